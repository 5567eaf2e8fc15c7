"""Reads of the page of chips."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from portfolio.models import ChipComparison, ResultSet
from portfolio.queries.listed import Listed
from portfolio.queries.ordering import by_code_point, by_name
from portfolio.vocabulary import ENDED_STAGES


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of projects that have not ended: how many have known and unknown chips, and the largest number."""

    known: int
    unknown: int
    largest: int | None


def _rows(results: ResultSet) -> QuerySet[ChipComparison]:
    return ChipComparison.objects.filter(result_set=results).exclude(stage__in=ENDED_STAGES)


def numbers(results: ResultSet) -> Numbers:
    """Return the numbers of the page; one query."""
    return Numbers(
        **_rows(results).aggregate(
            known=Count("chips"), unknown=Count("pk", filter=Q(chips=None)), largest=Max("chips")
        )
    )


def known_rows(results: ResultSet, count: int) -> Listed[ChipComparison]:
    """Return the published rows of projects with known chips that have not ended, the largest first."""
    rows = _rows(results).filter(chips__isnull=False).select_related("project")
    return Listed(rows.order_by("-chips", by_code_point("project__slug")), count)


def unknown_rows(results: ResultSet, most: int) -> list[ChipComparison]:
    """Return some of the published rows of projects with unknown chips that have not ended, by name."""
    rows = _rows(results).filter(chips=None).select_related("project")
    return list(rows.order_by(*by_name("project"))[:most])
