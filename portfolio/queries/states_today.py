"""Contributions by their state today: how many, and what they are worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from portfolio.models import Contribution, ContributionState
from portfolio.rules.money import ZERO
from portfolio.vocabulary import EventKind

STATES = [*(str(kind) for kind in EventKind), None]


@dataclass(frozen=True, slots=True)
class StateTotal:
    """Contributions in one state: those of unknown amount are counted, and add nothing."""

    state: str | None
    contributions: int
    amount_eur: Decimal
    unknown: int
    disbursed_eur: Decimal

    @property
    def label(self) -> str:
        return EventKind(self.state).label if self.state else "No state yet"


def totals_by_state(chosen: QuerySet[Contribution]) -> list[StateTotal]:
    """Return the totals of some contributions by their state today, in the order of states; two queries."""
    stored = ContributionState.objects.filter(contribution__in=chosen.order_by().values("pk")).order_by()
    rows = stored.values("state").annotate(
        contributions=Count("pk"),
        worth=Sum("amount_eur"),
        unknown=Count("pk", filter=Q(state__isnull=False, amount_eur=None)),
        paid=Sum("disbursed_eur"),
    )
    found = {row["state"]: _total(row) for row in rows}
    stateless = chosen.order_by().values("pk").distinct().count() - _contributions(found.values())
    if stateless:
        before = found.get(None, StateTotal(None, 0, ZERO, 0, ZERO))
        found[None] = StateTotal(
            None, before.contributions + stateless, ZERO, before.unknown, before.disbursed_eur
        )
    return [found[state] for state in STATES if state in found]


def _total(row: Mapping[str, Any]) -> StateTotal:
    worth, paid = row["worth"] or ZERO, row["paid"] or ZERO
    return StateTotal(row["state"], row["contributions"], worth, row["unknown"], paid)


def _contributions(totals: Iterable[StateTotal]) -> int:
    return sum(total.contributions for total in totals)
