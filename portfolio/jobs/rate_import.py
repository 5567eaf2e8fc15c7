"""Importing the euro reference rates of the European Central Bank: all of a file, or nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from portfolio.jobs.bundle_format import FILE_BY_NAME
from portfolio.jobs.bundle_reading import Fault, Staged, stage_rows
from portfolio.jobs.bundle_writing import Author, write
from portfolio.jobs.ecb_rates import LARGEST_FILE, PublishedRate, RatesRefused, read_ecb_rates
from portfolio.jobs.exchange_rates import TooLarge, refresh_euro_values
from portfolio.jobs.locks import hold_facts
from portfolio.jobs.requests import request_recompute
from portfolio.rules.dates import today

REASON = "import_exchange_rates"
RATES = FILE_BY_NAME["exchange_rates"]


class CurrencyChanges(NamedTuple):
    """How many rates of a currency were new and changed, and the first and the last day of these."""

    currency: str
    added: int
    changed: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took from its file, and what it changed."""

    currencies: list[str]
    days: list[str]
    rates: int
    not_available: int
    changes: list[CurrencyChanges]
    euro_values: int

    @property
    def added(self) -> int:
        return sum(change.added for change in self.changes)

    @property
    def changed(self) -> int:
        return sum(change.changed for change in self.changes)

    @property
    def unchanged(self) -> int:
        return self.rates - self.added - self.changed


def import_exchange_rates(
    path: Path, *, currencies: Collection[str] = (), since: date | None = None
) -> Imported:
    """Record the new and corrected rates of an ECB file, and derive the euro values that depend on them.

    Of all currencies and days in the file, or of those asked for; rates that the file does not have stay.
    Raise RatesRefused with every fault of the whole file, OSError where it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    published = read_ecb_rates(path.name, content, today())
    in_file = {rate.currency for rate in published}
    missing = sorted(set(currencies) - in_file)
    if missing:
        accepted = ", ".join(sorted(in_file))
        wrong = "this currency is not in the file"
        raise RatesRefused([Fault(path.name, 1, currency, wrong, accepted) for currency in missing])
    wanted = in_file if not currencies else set(currencies)
    from_day = since.isoformat() if since else ""
    taken = [rate for rate in published if rate.currency in wanted and rate.day >= from_day]
    known = [rate for rate in taken if rate.millionths is not None]
    with transaction.atomic():
        changes, euro_values = _record(path.name, known)
    return Imported(
        currencies=sorted({rate.currency for rate in taken}),
        days=sorted({rate.day for rate in taken}),
        rates=len(known),
        not_available=len(taken) - len(known),
        changes=changes,
        euro_values=euro_values,
    )


def _record(name: str, rates: list[PublishedRate]) -> tuple[list[CurrencyChanges], int]:
    """Write the rates that differ; return what changed by currency, and how many euro values did."""
    hold_facts(alone=True)
    staged = stage_rows(RATES, iter(rates))
    changes = _changes(staged)
    euro_values = 0
    if changes:
        write({RATES.name: staged}, replace=False, author=Author(REASON))
        try:
            euro_values = refresh_euro_values(change.currency for change in changes)
        except TooLarge as error:
            raise RatesRefused([_place(name, rates, error)]) from error
        # A rate bears on amounts of its day and later ones: results of earlier dates stand.
        first = min(change.first for change in changes)
        request_recompute(None, REASON, since=date.fromisoformat(first))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {staged.table}")
    return changes, euro_values


def _changes(staged: Staged) -> list[CurrencyChanges]:
    """Return which currencies have rates that are not recorded yet, or recorded otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.currency, SUM(CASE WHEN m.id IS NULL THEN 1 ELSE 0 END),"
            " SUM(CASE WHEN m.id IS NULL THEN 0 ELSE 1 END), MIN(s.date), MAX(s.date)"
            f" FROM {staged.table} AS s LEFT JOIN {RATES.model._meta.db_table} AS m"
            " ON m.currency = s.currency AND m.date = s.date"
            " WHERE m.per_euro IS DISTINCT FROM s.per_euro GROUP BY s.currency ORDER BY s.currency"
        )
        return [
            CurrencyChanges(currency, int(added), int(changed), str(first), str(last))
            for currency, added, changed, first, last in cursor.fetchall()
        ]


def _place(name: str, rates: list[PublishedRate], error: TooLarge) -> Fault:
    """Return the fault of the rate at which a recorded amount would be worth more than can be stored."""
    at = error.currency, error.rate_on.isoformat()
    line = next((rate.line for rate in rates if (rate.currency, rate.day) == at), 1)
    return Fault(name, line, f"{error.currency} of {error.rate_on}", str(error), "a rate that exists")
