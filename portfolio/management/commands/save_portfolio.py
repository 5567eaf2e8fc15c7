from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.exports.everything import all_contents, save_everything
from portfolio.jobs.bundles import SavingRefused, save_portfolio
from portfolio.management.dates import add_as_of
from portfolio.management.output import writing_into


class Command(BaseCommand):
    help = (
        "Write the whole portfolio as a bundle of CSV files, or into a zip file that describes itself;"
        " with --as-of, what existed on that day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "out",
            type=Path,
            metavar="OUT",
            help="the folder to write into; or FILE.zip, with a datapackage.json",
        )
        add_as_of(parser, "the day to cut the portfolio off at, YYYY-MM-DD; all of it by default")
        parser.add_argument(
            "--confidential",
            action="store_true",
            help="write the confidential files too: meetings, notes and assessments of advice",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def announce(name: str, rows: int) -> None:
            if options["verbosity"] > 0:
                self.stdout.write(f"{name}: {rows} rows")

        out: Path = options["out"]
        with writing_into(out):
            if out.suffix.lower() == ".zip" and not out.is_dir():
                contents = all_contents(options["as_of"], confidential=options["confidential"])
                save_everything(out, contents, announce)
                return
            try:
                save_portfolio(out, announce, options["as_of"], confidential=options["confidential"])
            except SavingRefused as refused:
                raise CommandError(str(refused)) from None
