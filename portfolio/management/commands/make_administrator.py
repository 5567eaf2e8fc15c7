"""Makes the first administrator, with a generated password that is shown once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portfolio.jobs.access_changes import note_account


class Command(BaseCommand):
    help = "Make an administrator with a generated password, unless there is one already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin", help="default: admin")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        users = get_user_model().objects
        existing = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if existing:
            self.stdout.write(f"There is an administrator already: {existing.get_username()}")
            return
        if users.filter(username=username).exists():
            raise CommandError(
                f"There is a user {username} who is no administrator. Choose another name with --username."
            )
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            note_account(users.create_superuser(username=username, password=password), None, None, None)
        self.stdout.write(f"Administrator: {username}, password: {password}  (shown this once; note it down)")
