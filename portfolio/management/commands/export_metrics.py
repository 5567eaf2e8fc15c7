from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portfolio.exports.metric_tables import METRIC_TABLES, metric_csv
from portfolio.management.dates import add_as_of
from portfolio.management.output import writing_into
from portfolio.queries.results import compute
from portfolio.queries.snapshot import one_snapshot
from portfolio.rules.dates import today


class Command(BaseCommand):
    help = "Write the four metric tables as CSV files, computed from the facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write into")
        add_as_of(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        with one_snapshot():
            tables = compute(options["as_of"] or today())
        with writing_into(out):
            out.mkdir(parents=True, exist_ok=True)
            for table in METRIC_TABLES:
                partial = out / f".{table.file_name}.partial"
                with partial.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(metric_csv(table, tables))
                partial.replace(out / table.file_name)
        self.stdout.write(f"Wrote the four metric tables as of {tables.as_of} to {out}.")
