"""The records that changes of a scenario name, as of a day: each kind read once, however many changes."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, Model, QuerySet, Window
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
from portfolio.queries.project_amounts import rate_of
from portfolio.queries.states import LADDER
from portfolio.queries.together import read_together
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
    return dict(_rate_rows(currencies, as_of))


def _rate_rows(currencies: Iterable[str], as_of: date) -> QuerySet[Any]:
    newest = Window(RowNumber(), partition_by=F("currency"), order_by=F("date").desc())
    rates = ExchangeRate.objects.filter(currency__in=set(currencies), date__lte=as_of).annotate(n=newest)
    return rates.filter(n=1).order_by().values_list("currency", "per_euro")


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


def _named(model: type[Record], key: str, names: Iterable[str]) -> QuerySet[Record]:
    return model._default_manager.filter(**{f"{key}__in": {name for name in names if name}}).order_by()


class Records:
    """What changes name: records by natural key, states, estimates and rates as of a day."""

    def __init__(self, changes: Sequence[ScenarioChange], as_of: date) -> None:
        self.as_of = as_of
        of_projects, of_contributions, of_envelopes, of_financiers, of_models = read_together(
            _named(Project, "slug", (change.project for change in changes)),
            _named(Contribution, "reference", (change.contribution for change in changes)).select_related(
                "project", "financier", "envelope"
            ),
            _named(Envelope, "slug", (change.envelope for change in changes)),
            _named(Financier, "slug", (change.financier for change in changes)),
            _named(ChipModel, "slug", (change.chip_model for change in changes)),
        )
        self.projects: dict[str, Project] = {record.slug: record for record in of_projects}
        self.contributions: dict[str, Contribution] = {
            record.reference: record for record in of_contributions
        }
        self.envelopes: dict[str, Envelope] = {record.slug: record for record in of_envelopes}
        self.financiers: dict[str, Financier] = {record.slug: record for record in of_financiers}
        self.chip_models: dict[str, ChipModel] = {record.slug: record for record in of_models}
        currencies = {change.currency for change in changes}
        currencies |= {contribution.currency for contribution in self.contributions.values()}
        rates, events, estimates = read_together(
            _rate_rows(currencies, as_of), self._deciding_events(), self._newest_estimates()
        )
        self.rates: dict[str, Decimal] = dict(rates)
        self.standings, self.cancelled_today = self._standings(events)
        self.estimates: dict[int, Estimate] = {
            project: Estimate(*estimate) for project, *estimate in estimates
        }

    @property
    def all_projects(self) -> list[Project]:
        """The projects that changes name, and those of contributions that they name, by key."""
        found = {
            contribution.project.slug: contribution.project for contribution in self.contributions.values()
        }
        return [project for _, project in sorted((found | self.projects).items())]

    def _deciding_events(self) -> QuerySet[Any]:
        ids = [contribution.pk for contribution in self.contributions.values()]
        events = ContributionEvent.objects.filter(contribution__in=ids, occurred_on__lte=self.as_of)
        deciding = events.exclude(kind=EventKind.DISBURSED).order_by()
        return deciding.values_list("contribution_id", "kind", "occurred_on", "amount")

    def _standings(self, events: Iterable[Any]) -> tuple[dict[int, Standing], set[int]]:
        """Return where contributions stand (rule 2), and which of them were cancelled on the day itself."""
        rows = sorted(events, key=lambda row: (row[2], LADDER.index(row[1])))
        cancelled = {row[0] for row in rows if row[1:3] == (EventKind.CANCELLED, self.as_of)}
        return {id_: Standing(kind, amount) for id_, kind, _, amount in rows}, cancelled

    def _newest_estimates(self) -> QuerySet[Any]:
        """Return the read of the newest cost estimate of each project that has one, by id (rule 4)."""
        newest = Window(RowNumber(), partition_by=F("project_id"), order_by=F("estimated_on").desc())
        dated = CostEstimate.objects.filter(
            project__in=[project.pk for project in self.projects.values()], estimated_on__lte=self.as_of
        )
        rows = dated.annotate(n=newest, per_euro=rate_of("currency")).filter(n=1).order_by()
        return rows.values_list("project_id", "amount", "currency", "per_euro")
