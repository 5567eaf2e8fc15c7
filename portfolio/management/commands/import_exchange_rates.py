from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.jobs.cells import CellFault
from portfolio.jobs.cells import currency as currency_cell
from portfolio.jobs.ecb_rates import RatesRefused
from portfolio.jobs.rate_import import Imported, import_exchange_rates
from portfolio.management.dates import as_of_day
from portfolio.queries.publications import restated_by


def currency(text: str) -> str:
    """Return the currency; argparse shows the sentence of a refused one."""
    try:
        return currency_cell(text)
    except CellFault as fault:
        raise ArgumentTypeError(str(fault)) from fault


class Command(BaseCommand):
    help = (
        "Record the euro reference rates of a file of the European Central Bank (eurofxref-hist as CSV,"
        " zipped or XML) and the euro values that depend on them: all, or nothing with every fault named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file, as the ECB publishes it")
        parser.add_argument(
            "--currency",
            type=currency,
            action="append",
            dest="currencies",
            metavar="PLN",
            help="take this currency only; may be given several times; all by default",
        )
        parser.add_argument(
            "--since", type=as_of_day, metavar="DATE", help="take this day, YYYY-MM-DD, and later ones only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            imported = import_exchange_rates(
                path, currencies=options["currencies"] or (), since=options["since"]
            )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}. Name a file of the ECB.") from error
        except RatesRefused as refused:
            count = len(refused.faults)
            raise CommandError(
                f"{refused}\nNothing was imported: {count} fault{'s' * (count != 1)}."
            ) from None
        for line in report(path.name, imported):
            self.stdout.write(line)
        if sentence := restated_by(first_changed(imported)):
            self.stdout.write(sentence)


def first_changed(imported: Imported) -> date | None:
    """Return the first day whose rate an import changed; None where it changed nothing."""
    return min((date.fromisoformat(change.first) for change in imported.changes), default=None)


def report(name: str, imported: Imported) -> list[str]:
    """Return what an import did, a sentence a line."""
    if not imported.days:
        return [f"{name} has no rates of these days. Nothing had changed."]
    count = len(imported.days)
    days = f"{count} day{'s' * (count != 1)}, {imported.days[0]} to {imported.days[-1]}"
    lines = [f"{name}: {days}; {', '.join(imported.currencies)}."]
    lines.extend(
        f"{change.currency}: {change.added} new, {change.changed} changed, {change.first} to {change.last}"
        for change in imported.changes
    )
    lines.append(
        f"Rates: {imported.added} new, {imported.changed} changed, {imported.unchanged} unchanged,"
        f" {imported.not_available} not available (N/A)."
    )
    if imported.changes:
        lines.append(f"Euro values that changed: {imported.euro_values}.")
    else:
        lines.append("Nothing had changed.")
    return lines
