from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portfolio.jobs.month_ends import keep_month_ends
from portfolio.jobs.recompute import recompute
from portfolio.management.dates import add_as_of


class Command(BaseCommand):
    help = "Recompute everything from the facts and publish the results."

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser)
        parser.add_argument(
            "--month-ends", action="store_true", help="bring the results of all month ends up to date too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = recompute(as_of=options["as_of"])
        seconds = (run.finished_at - run.started_at).total_seconds()
        self.stdout.write(
            f"Recomputed {run.projects} projects as of {run.as_of} in {seconds:.2f} s:"
            f" {run.rows_changed} result rows changed, {run.requests} pending requests answered."
        )
        if options["month_ends"]:
            months = keep_month_ends()
            self.stdout.write(
                f"Results of {len(months.dates)} month ends are kept,"
                f" {len(months.outdated)} of them out of date."
            )
