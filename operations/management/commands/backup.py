from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backups import BackupRefused, back_up


class Command(BaseCommand):
    help = "Write the whole database into a new file, while the application goes on working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            size = back_up(options["file"])
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Wrote {options['file']}: {size:,} bytes.")
