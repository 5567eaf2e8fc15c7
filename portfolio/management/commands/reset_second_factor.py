"""Takes away the second factor of somebody who lost it, where no administrator can."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from portfolio.jobs.second_factors import take_away


class Command(BaseCommand):
    help = "Take away the second factor of an account: its password alone lets in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is no account {username}.")
        if take_away(person, None, None):
            self.stdout.write(f"The second factor of {username} is taken away, with its recovery codes.")
        else:
            self.stdout.write(f"{username} had no second factor.")
