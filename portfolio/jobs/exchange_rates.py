"""Euro values of dated amounts (rule 1): derived whenever an amount or a rate is written."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q

from portfolio.models import ContributionEvent, CostEstimate, ExchangeRate
from portfolio.models.fields import MAX_EURO_VALUE
from portfolio.queries.streaming import streamed
from portfolio.rules.money import to_euro

BATCH = 5_000


class TooLarge(ValueError):
    """An amount whose euro value is beyond what can be stored, at the rate of a currency and day."""

    def __init__(self, amount: Decimal, currency: str, rate_on: date, per_euro: Decimal) -> None:
        super().__init__(
            f"{currency} {amount} at {per_euro} for one euro is worth more than {MAX_EURO_VALUE} euro:"
            " check the amount and the rate"
        )
        self.currency = currency
        self.rate_on = rate_on


class EuroValue(NamedTuple):
    """What an amount is worth, and the date of the rate; both None without a rate or an amount."""

    amount_eur: Decimal | None
    rate_on: date | None

    def __str__(self) -> str:
        if self.amount_eur is None:
            return "unknown"
        return (
            f"{self.amount_eur} at the rate of {self.rate_on}"
            if self.rate_on
            else f"{self.amount_eur} without a rate"
        )


UNKNOWN = EuroValue(None, None)


class Rates:
    """The recorded rates of some currencies, or of all of them."""

    def __init__(self, currencies: Iterable[str] | None = None) -> None:
        rates = ExchangeRate.objects.order_by("currency", "date")
        if currencies is not None:
            rates = rates.filter(currency__in=set(currencies))
        self._dates: dict[str, list[date]] = defaultdict(list)
        self._rates: dict[str, list[Decimal]] = defaultdict(list)
        for currency, day, per_euro in rates.values_list("currency", "date", "per_euro"):
            self._dates[currency].append(day)
            self._rates[currency].append(per_euro)

    def euro_value(self, amount: Decimal | None, currency: str, on: date) -> EuroValue:
        """Return the value at the newest rate on or before the amount's date; never a later one (rule 1)."""
        if amount is None:
            return UNKNOWN
        if currency == "EUR":
            return EuroValue(amount, None)
        place = bisect_right(self._dates[currency], on)
        if not place:
            return UNKNOWN
        per_euro = self._rates[currency][place - 1]
        euro = to_euro(amount, per_euro)
        rate_on = self._dates[currency][place - 1]
        if euro > MAX_EURO_VALUE:
            raise TooLarge(amount, currency, rate_on, per_euro)
        return EuroValue(euro, rate_on)


def refresh_euro_values(currencies: Iterable[str] | None = None, contribution: int | None = None) -> int:
    """Bring the stored euro values up to date and return how many rows changed.

    Of all rows; with `currencies` of those in these currencies; with `contribution` of its events alone.
    Euro rows are one statement; others stream through Python, which divides exactly.
    """
    events = ContributionEvent.objects.order_by("id")
    estimates = CostEstimate.objects.order_by("id")
    if currencies is not None:
        currencies = set(currencies)
        events = events.filter(contribution__currency__in=currencies)
        estimates = estimates.filter(currency__in=currencies)
    if contribution is not None:
        events = events.filter(contribution=contribution)
        estimates = estimates.none()
    rates = Rates(currencies)
    changed = 0
    for rows, currency, on in (
        (events, "contribution__currency", "occurred_on"),
        (estimates, "currency", "estimated_on"),
    ):
        wrong = Q(rate_on__isnull=False) | ~(
            Q(amount_eur=F("amount")) | Q(amount_eur__isnull=True, amount__isnull=True)
        )
        in_euro = rows.model._default_manager.filter(
            pk__in=rows.filter(wrong, **{currency: "EUR"}).order_by().values_list("pk", flat=True)
        )
        changed += in_euro.update(amount_eur=F("amount"), rate_on=None)
        foreign = rows.exclude(**{currency: "EUR"})
        columns = ("id", "amount", currency, on, "amount_eur", "rate_on")
        with streamed(foreign, columns) as fields:
            differences = list(_differences(fields, rates))
        changed += _store(rows.model._meta.db_table, differences)
    return changed


def wrong_euro_values() -> Iterator[tuple[str, int, EuroValue, EuroValue]]:
    """Yield table, row, stored and right euro value of every dated amount whose stored value is wrong."""
    rates = Rates()
    for rows, currency, on in (
        (ContributionEvent.objects.order_by("id"), "contribution__currency", "occurred_on"),
        (CostEstimate.objects.order_by("id"), "currency", "estimated_on"),
    ):
        with streamed(rows, ("id", "amount", currency, on, "amount_eur", "rate_on")) as fields:
            for row, amount, code, day, amount_eur, rate_on in fields:
                value = rates.euro_value(amount, code, day)
                if value != (amount_eur, rate_on):
                    yield rows.model._meta.db_table, row, EuroValue(amount_eur, rate_on), value


def _differences(
    rows: Iterable[tuple[Any, ...]], rates: Rates
) -> Iterator[tuple[int | None, date | None, int]]:
    for row, amount, currency, on, stored_eur, stored_on in rows:
        value = rates.euro_value(amount, currency, on)
        if value != (stored_eur, stored_on):
            cents = None if value.amount_eur is None else int(value.amount_eur.scaleb(2))
            yield cents, value.rate_on, row


def _store(table: str, differences: list[tuple[int | None, date | None, int]]) -> int:
    changes = iter(differences)
    while batch := list(islice(changes, BATCH)):
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET amount_eur = %s, rate_on = %s WHERE id = %s", batch)
    return len(differences)
