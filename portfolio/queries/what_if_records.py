"""The records that changes of a scenario name, as of a day: each kind read once, however many changes."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, Model, Q, Window
from django.db.models.functions import RowNumber

from portfolio.models import (
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Financier,
    Project,
    ScenarioChange,
)
from portfolio.models.fields import MAX_EURO_VALUE
from portfolio.queries.states import LADDER
from portfolio.rules.money import to_euro
from portfolio.vocabulary import EventKind

Record = TypeVar("Record", bound=Model)


class NotApplicable(Exception):
    """A change that the facts of the day leave no room for; its text says why, in a sentence."""


class Estimate(NamedTuple):
    """A cost as estimated: an amount, and the rate it is valued at (None: there is none)."""

    amount: Decimal
    currency: str
    per_euro: Decimal | None


class Standing(NamedTuple):
    """Where a contribution stands: its state, and its amount in its own currency (None: not disclosed)."""

    state: str
    amount: Decimal | None


def newest_rates(currencies: Iterable[str], as_of: date) -> dict[str, Decimal]:
    """Return the newest rate of each currency on or before a day; a currency without any is absent."""
    newest = Window(RowNumber(), partition_by=F("currency"), order_by=F("date").desc())
    rates = ExchangeRate.objects.filter(currency__in=set(currencies), date__lte=as_of).annotate(n=newest)
    return dict(rates.filter(n=1).order_by().values_list("currency", "per_euro"))


def euro_value(amount: Decimal, currency: str, per_euro: Decimal | None) -> Decimal | None:
    """Return what an amount is worth (rule 1), None without a rate; raise NotApplicable beyond all bounds."""
    if currency == "EUR":
        return amount
    if per_euro is None:
        return None
    euro = to_euro(amount, per_euro)
    if euro > MAX_EURO_VALUE:
        raise NotApplicable(f"{currency} {amount} is worth more than {MAX_EURO_VALUE} euro at {per_euro}.")
    return euro


def _by(model: type[Record], key: str, names: Iterable[str], *related: str) -> dict[str, Record]:
    wanted = model._default_manager.filter(**{f"{key}__in": {name for name in names if name}})
    return {getattr(record, key): record for record in wanted.select_related(*related).order_by()}


class Records:
    """What changes name: records by natural key, states, estimates and rates as of a day."""

    def __init__(self, changes: Sequence[ScenarioChange], as_of: date) -> None:
        self.as_of = as_of
        self.projects = _by(Project, "slug", (change.project for change in changes))
        self.contributions = _by(
            Contribution,
            "reference",
            (change.contribution for change in changes),
            "project",
            "financier",
            "envelope",
        )
        self.envelopes = _by(Envelope, "slug", (change.envelope for change in changes))
        self.financiers = _by(Financier, "slug", (change.financier for change in changes))
        self.chip_models = _by(ChipModel, "slug", (change.chip_model for change in changes))
        currencies = {change.currency for change in changes}
        currencies |= {contribution.currency for contribution in self.contributions.values()}
        self.rates = newest_rates(currencies, as_of)
        self.standings, self.cancelled_today = self._standings()
        self.estimates = self._estimates()

    def _standings(self) -> tuple[dict[int, Standing], set[int]]:
        """Return where contributions stand (rule 2), and which of them were cancelled on the day itself."""
        ids = [contribution.pk for contribution in self.contributions.values()]
        events = ContributionEvent.objects.filter(contribution__in=ids, occurred_on__lte=self.as_of)
        deciding = events.exclude(kind=EventKind.DISBURSED).order_by()
        rows = list(deciding.values_list("contribution_id", "kind", "occurred_on", "amount"))
        rows.sort(key=lambda row: (row[2], LADDER.index(row[1])))
        cancelled = {row[0] for row in rows if row[1:3] == (EventKind.CANCELLED, self.as_of)}
        return {id_: Standing(kind, amount) for id_, kind, _, amount in rows}, cancelled

    def _estimates(self) -> dict[int, Estimate]:
        """Return the newest cost estimate of each project that has one, by id (rule 4)."""
        newest = Window(RowNumber(), partition_by=F("project_id"), order_by=F("estimated_on").desc())
        dated = CostEstimate.objects.filter(
            project__in=[project.pk for project in self.projects.values()], estimated_on__lte=self.as_of
        )
        rows = dated.annotate(n=newest).filter(n=1).order_by()
        found = list(rows.values_list("project_id", "amount", "currency", "rate_on"))
        rates = _rates_of((currency, on) for _, _, currency, on in found)
        return {
            project: Estimate(amount, currency, rates.get((currency, on)))
            for project, amount, currency, on in found
        }


def _rates_of(pairs: Iterable[tuple[str, date | None]]) -> dict[tuple[str, Any], Decimal]:
    """Return the rates of some currencies and days; one query, also where there are none."""
    wanted = Q(pk__in=[])
    for currency, on in set(pairs):
        if on is not None:
            wanted |= Q(currency=currency, date=on)
    rates = ExchangeRate.objects.filter(wanted).order_by()
    return {
        (currency, on): per_euro
        for currency, on, per_euro in rates.values_list("currency", "date", "per_euro")
    }
