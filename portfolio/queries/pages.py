"""Reads that pages share, and the reads of the smaller pages."""

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from portfolio.models import (
    Envelope,
    Memorandum,
    MemorandumAction,
    Programme,
    PublishedFigure,
    PublishedFigureReading,
    RecomputeRequest,
)
from portfolio.queries.ordering import by_name
from portfolio.queries.page_facts import NOTICE
from portfolio.queries.snapshot import once_a_snapshot


@once_a_snapshot
def pending_requests() -> int:
    """Return how many changes wait for a recomputation."""
    return RecomputeRequest.objects.count()


def envelope_names() -> list[tuple[str, str]]:
    """Return slug and name of every envelope, by name."""
    return list(Envelope.objects.order_by("name", "slug").values_list("slug", "name"))


def published_figures(programme: Programme | None = None) -> QuerySet[PublishedFigure]:
    """Return published figures with their sources and the readings of other sources.

    All of them; or, of one programme, those that other sources read differently.
    """
    readings = PublishedFigureReading.objects.select_related("source").order_by("source__published_on", "pk")
    figures = PublishedFigure.objects.exclude(key=NOTICE).select_related("programme", "source")
    if programme is not None:
        figures = figures.filter(
            Exists(readings.filter(figure=OuterRef("pk")).order_by()), programme=programme
        )
    return figures.prefetch_related(Prefetch("readings", readings)).order_by(*by_name("programme"), "key")


def memoranda() -> QuerySet[Memorandum]:
    """Return memoranda with their actions and sources."""
    actions = MemorandumAction.objects.order_by("due_on", "key")
    found = Memorandum.objects.select_related("source").prefetch_related(Prefetch("actions", actions))
    return found.order_by(*by_name())
