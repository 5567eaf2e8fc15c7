from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backups import BackupRefused, restore, tables


class Command(BaseCommand):
    help = "Make the database what it was when a backup was written: all of it, or nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that the command backup wrote")
        parser.add_argument(
            "--replace", action="store_true", help="put it in the place of what the database holds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restore(options["file"], replace=options["replace"])
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"Restored {len(tables())} tables. Next: manage.py migrate, if the backup is of an"
            " earlier version; then start web, worker and beat again."
        )
