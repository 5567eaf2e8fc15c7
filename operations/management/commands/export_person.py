import json
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from operations.persons import export


class Command(BaseCommand):
    help = "Write all that is kept of a person who has an account into a JSON file, but for secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("file", type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"There is no account {options['username']}.")
        found = export(person)
        file: Path = options["file"]
        try:
            file.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CommandError(f"{file} can't be made: {error.strerror}.") from error
        file.write_text(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        rows = sum(len(rows) for rows in found.values() if isinstance(rows, list))
        self.stdout.write(f"Wrote {file}: the account and {rows} rows about it.")
