from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portfolio.jobs.bundles import save_portfolio
from portfolio.management.dates import add_as_of
from portfolio.management.output import writing_into


class Command(BaseCommand):
    help = "Write the whole portfolio as a bundle of CSV files; with --as-of, what existed on that day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write into")
        add_as_of(parser, "the day to cut the portfolio off at, YYYY-MM-DD; all of it by default")

    def handle(self, *args: Any, **options: Any) -> None:
        def announce(name: str, rows: int) -> None:
            if options["verbosity"] > 0:
                self.stdout.write(f"{name}: {rows} rows")

        with writing_into(options["out"]):
            save_portfolio(options["out"], announce, options["as_of"])
