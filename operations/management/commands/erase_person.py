from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from operations.persons import NotErased, erase, mentions


class Command(BaseCommand):
    help = (
        "Take out of the database who a person is: the account becomes former-user-NUMBER, what it did stays."
        " Without --apply, only say what would go. It can't be taken back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--apply", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"There is no account {options['username']}.")
        words = [person.get_username(), person.email, person.get_full_name()]
        try:
            with transaction.atomic():
                done = erase(person)
                left = mentions(words)
                if not options["apply"]:
                    transaction.set_rollback(True)
        except NotErased as refused:
            raise CommandError(str(refused)) from refused
        for what, count in done.items():
            self.stdout.write(f"{what}: {count}")
        for where, count in left.items():
            self.stdout.write(f"still named in {where}: {count}; decide by hand (docs/data-protection.md)")
        if options["apply"]:
            self.stdout.write(f"Erased. The account is called {person.get_username()} now.")
        else:
            self.stdout.write("Nothing was changed: --apply does it.")
