"""Reads of the page of recomputations: runs, what waits for one, and the last verification."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet

from portfolio.models import Recomputation, RecomputeRequest, Verification


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of runs is narrowed to; empty texts narrow nothing."""

    trigger: str = ""
    outcome: str = ""


def runs(filters: Filters) -> QuerySet[Recomputation]:
    """Return the runs that the filters keep, the newest first."""
    found = Recomputation.objects.order_by("-id")
    if filters.trigger:
        found = found.filter(trigger=filters.trigger)
    if filters.outcome:
        found = found.filter(outcome=filters.outcome)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """The changes that wait for a recomputation: how many, since when, and the first of them."""

    number: int
    since: datetime | None
    first: list[RecomputeRequest]


def waiting(most: int) -> Waiting:
    """Return what waits, with the `most` requests that have waited the longest."""
    found = RecomputeRequest.objects.order_by().aggregate(number=Count("pk"), since=Min("requested_at"))
    first = list(RecomputeRequest.objects.select_related("project").order_by("id")[:most])
    return Waiting(found["number"], found["since"], first)


def last_verification() -> Verification | None:
    """Return the newest comparison of all stored results with the facts; None before the first."""
    return Verification.objects.order_by("-id").first()
