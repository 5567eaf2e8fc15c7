"""Which edits need a second pair of eyes: those of amounts and stages with more at stake than the threshold.

What is at stake is in euro: the larger of the amounts before and after the edit. A stage has at stake what
its project costs, by its newest estimate; a contribution whose currency changes, its largest event. What
cannot be said in euro (no rate, no amount, no estimate) counts as above any threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from portfolio.jobs.exchange_rates import Rates, TooLarge
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ProjectStage,
    ReviewThreshold,
)

# The fields that are an amount or a stage, or decide what it is worth.
REVIEWED: dict[type[models.Model], tuple[str, ...]] = {
    ContributionEvent: ("contribution", "kind", "occurred_on", "amount"),
    CostEstimate: ("project", "estimated_on", "amount", "currency"),
    Envelope: ("amount_eur",),
    ProjectStage: ("project", "stage", "reached_on"),
    Contribution: ("currency",),
}


@dataclass(frozen=True, slots=True)
class Stake:
    """What an edit that needs a second person has at stake in euro (None: unknown), and the threshold."""

    value_eur: Decimal | None
    threshold_eur: Decimal

    def __str__(self) -> str:
        worth = "an amount unknown in euro" if self.value_eur is None else f"{self.value_eur:,} euro"
        return f"{worth}, above the threshold of {self.threshold_eur:,}"


def threshold() -> Decimal | None:
    """Return the amount in euro above which a second person is needed; None where nobody is."""
    value = ReviewThreshold.objects.order_by("pk").values_list("value_eur", flat=True).first()
    return value or None


def save_review_threshold(found: ReviewThreshold, how: str) -> None:
    """Record the threshold, with `how` in its history; proposals that wait go on waiting."""
    with transaction.atomic():
        found._change_reason = how  # type: ignore[attr-defined]
        found.save()


class Review:
    """Says of one edit after another whether it needs a second person; reads rates and currencies once."""

    def __init__(self) -> None:
        self.threshold = threshold()
        self._rates: Rates | None = None
        self._currencies: dict[int, str] = {}
        self._needs: dict[int, Decimal | None] = {}

    def stake(self, before: models.Model | None, after: models.Model | None) -> Stake | None:
        """Return what an edit has at stake; None where nobody else is needed.

        `before` is None for a new record, `after` for one that is to be deleted.
        """
        record = after if after is not None else before
        fields = REVIEWED.get(type(record)) if record is not None else None
        if self.threshold is None or fields is None or not self._touched(fields, before, after):
            return None
        values = [self._value(state, before, after) for state in (before, after) if state is not None]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return Stake(None, self.threshold)
        largest = max(known, default=Decimal(0))
        return Stake(largest, self.threshold) if largest > self.threshold else None

    @staticmethod
    def _touched(fields: Iterable[str], before: Any, after: Any) -> bool:
        if isinstance(after, Contribution) and before is None:
            return False
        if isinstance(before, Contribution) and after is None:
            return False
        if before is None or after is None:
            return True
        names = [before._meta.get_field(name).attname for name in fields]
        return any(getattr(before, name) != getattr(after, name) for name in names)

    def _value(self, state: Any, before: Any, after: Any) -> Decimal | None:
        if isinstance(state, Envelope):
            return state.amount_eur
        if isinstance(state, ProjectStage):
            return self._need(state.project_id)
        if isinstance(state, CostEstimate):
            return self._euro(state.amount, state.currency, state.estimated_on)
        if isinstance(state, Contribution):
            return self._largest_event(state)
        return self._euro(state.amount, self._currency(state.contribution_id), state.occurred_on)

    def _euro(self, amount: Decimal | None, currency: str, day: Any) -> Decimal | None:
        if self._rates is None:
            self._rates = Rates()
        try:
            return self._rates.euro_value(amount, currency, day).amount_eur
        except TooLarge:
            return None  # which the write door refuses

    def _currency(self, contribution: int) -> str:
        if contribution not in self._currencies:
            rows = Contribution.objects.filter(pk=contribution).values_list("currency", flat=True)
            self._currencies[contribution] = rows.first() or ""
        return self._currencies[contribution]

    def _need(self, project: int) -> Decimal | None:
        if project not in self._needs:
            rows = CostEstimate.objects.filter(project=project).order_by("-estimated_on")
            self._needs[project] = rows.values_list("amount_eur", flat=True).first()
        return self._needs[project]

    def _largest_event(self, contribution: Contribution) -> Decimal | None:
        events = ContributionEvent.objects.filter(contribution=contribution.pk).exclude(amount=None)
        values = [
            self._euro(amount, contribution.currency, day)
            for amount, day in events.order_by().values_list("amount", "occurred_on")
        ]
        known = [value for value in values if value is not None]
        return max(known, default=Decimal(0)) if len(known) == len(values) else None
