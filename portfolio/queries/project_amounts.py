"""The amounts of a project's contributions and cost estimates, with the exchange rates that valued them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.models import Contribution, ContributionEvent, ContributionState, CostEstimate, ExchangeRate

Rates = dict[tuple[str, date], Decimal]


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


def project_amounts(
    contributions: Iterable[Contribution],
    states: Mapping[int, ContributionState],
    estimates: Iterable[CostEstimate],
) -> ProjectAmounts:
    """Return contributions (with `dated_events` at hand; states by id) and estimates with their rates."""
    contributions, estimates = list(contributions), list(estimates)
    events = {line.pk: list[ContributionEvent](line.dated_events) for line in contributions}  # type: ignore[attr-defined]
    rates = _rates(
        [
            *((line.currency, event.rate_on) for line in contributions for event in events[line.pk]),
            *((estimate.currency, estimate.rate_on) for estimate in estimates),
        ]
    )
    return ProjectAmounts(
        [_line(line, states.get(line.pk), events[line.pk], rates) for line in contributions],
        [_dated(estimate, estimate.currency, rates) for estimate in estimates],
    )


def _rates(used: Iterable[tuple[str, date | None]]) -> Rates:
    """Return the rates of some currencies and days: always one query, also where no rate was used."""
    pairs = {(currency, day) for currency, day in used if day is not None}
    rates = ExchangeRate.objects.filter(
        currency__in={"", *(currency for currency, _ in pairs)},
        date__in={date.min, *(day for _, day in pairs)},
    )
    return {(rate.currency, rate.date): rate.per_euro for rate in rates.order_by()}


def _dated(record: ContributionEvent | CostEstimate, currency: str, rates: Rates) -> Dated:
    return Dated(record, currency, rates.get((currency, record.rate_on)) if record.rate_on else None)


def _line(
    contribution: Contribution, state: ContributionState | None, events: list[ContributionEvent], rates: Rates
) -> ContributionLine:
    """Return a contribution's line; kind and day name the deciding event, since only payments repeat."""
    dated = [_dated(event, contribution.currency, rates) for event in events]
    deciding = next(
        (
            amount
            for amount, event in zip(dated, events, strict=True)
            if state is not None and (event.kind, event.occurred_on) == (state.state, state.decided_on)
        ),
        None,
    )
    return ContributionLine(contribution, state, deciding, dated)
