"""The amounts of a project's contributions and cost estimates, with the exchange rates that valued them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from portfolio.models import Contribution, ContributionEvent, ContributionState, CostEstimate, ExchangeRate


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated amount: its record, its currency and the rate at which it was valued, if it needed one."""

    record: ContributionEvent | CostEstimate
    currency: str
    per_euro: Decimal | None


@dataclass(frozen=True, slots=True)
class ContributionLine:
    """A contribution with its state, the event that decided it, and all its events."""

    contribution: Contribution
    state: ContributionState | None
    deciding: Dated | None
    events: list[Dated]


@dataclass(frozen=True, slots=True)
class ProjectAmounts:
    """A project's contributions and cost estimates, each amount with its rate."""

    contributions: list[ContributionLine]
    estimates: list[Dated]


def rate_of(currency: str) -> Subquery:
    """Return the rate that valued a dated amount, by the path to its currency; NULL where it needed none."""
    rates = ExchangeRate.objects.filter(currency=OuterRef(currency), date=OuterRef("rate_on"))
    return Subquery(rates.values("per_euro"))


def project_amounts(
    contributions: Iterable[Contribution],
    states: Mapping[int, ContributionState],
    estimates: Iterable[CostEstimate],
) -> ProjectAmounts:
    """Return contributions (with `dated_events` at hand; states by id) and estimates with their rates.

    Events and estimates have the `per_euro` of their rate (`rate_of`).
    """
    return ProjectAmounts(
        [_line(line, states.get(line.pk)) for line in contributions],
        [_dated(estimate, estimate.currency) for estimate in estimates],
    )


def _dated(record: ContributionEvent | CostEstimate, currency: str) -> Dated:
    return Dated(record, currency, record.per_euro)  # type: ignore[union-attr]


def _line(contribution: Contribution, state: ContributionState | None) -> ContributionLine:
    """Return a contribution's line; kind and day name the deciding event, since only payments repeat."""
    events: list[ContributionEvent] = contribution.dated_events  # type: ignore[attr-defined]
    dated = [_dated(event, contribution.currency) for event in events]
    deciding = next(
        (
            amount
            for amount, event in zip(dated, events, strict=True)
            if state is not None and (event.kind, event.occurred_on) == (state.state, state.decided_on)
        ),
        None,
    )
    return ContributionLine(contribution, state, deciding, dated)
