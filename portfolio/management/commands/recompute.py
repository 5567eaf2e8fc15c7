from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portfolio.jobs.recompute import recompute
from portfolio.management.dates import add_as_of


class Command(BaseCommand):
    help = "Recompute everything from the facts and publish the results."

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        run = recompute(as_of=options["as_of"])
        seconds = (run.finished_at - run.started_at).total_seconds()
        self.stdout.write(
            f"Recomputed {run.projects} projects as of {run.as_of} in {seconds:.2f} s:"
            f" {run.rows_changed} result rows changed, {run.requests} pending requests answered."
        )
