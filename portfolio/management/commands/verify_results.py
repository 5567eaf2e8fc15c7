from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.jobs.verification import NotSettled, verify_results
from portfolio.management.dates import add_as_of

MOST_LINES = 200


class Command(BaseCommand):
    help = (
        "Compute all results aside from the facts and compare them with what is stored, cell by cell;"
        " exit status 1 where any differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser, "verify this day only, YYYY-MM-DD; every stored day by default")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verified = verify_results(options["as_of"])
        except NotSettled as error:
            raise CommandError(str(error)) from error
        dates = f"{len(verified.dates)} date{'s' * (len(verified.dates) != 1)}"
        if verified.differences:
            lines = [f"{day}: {difference}" for day, difference in verified.differences]
            more = [f"and {len(lines) - MOST_LINES} more"] * (len(lines) > MOST_LINES)
            count = f"{len(lines)} cell{'s differ' if len(lines) > 1 else ' differs'} in {dates}."
            raise CommandError("\n".join([*lines[:MOST_LINES], *more, count]))
        self.stdout.write(f"Verified {verified.rows} result rows of {dates}: no cell differs.")
