"""How many projects each choice of a filter would keep, beside what the other filters keep."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Max, Value, When

from portfolio.models import AlertEvaluation, ResultSet
from portfolio.queries.project_columns import funding_state, has_alerts, stage_or_none
from portfolio.queries.project_list import (
    ANY_SELECTED,
    WITH_ALERTS,
    WITHOUT_ALERTS,
    Filters,
    rows_with,
)
from portfolio.queries.remembered import remembered
from portfolio.vocabulary import SELECTED_STAGES

FACETS = ("kind", "stage", "country", "funding", "alerts")


class Alike(NamedTuple):
    """Projects that no filter but the text tells apart, and how many there are."""

    kind: str
    stage: str
    countries: str
    funding: str
    alerted: bool
    number: int


Words = Callable[[Alike], tuple[str, ...]]
WORDS: dict[str, Words] = {
    "kind": lambda group: (group.kind,),
    "stage": lambda group: (group.stage, ANY_SELECTED) if group.stage in SELECTED_STAGES else (group.stage,),
    "country": lambda group: tuple(code for code in group.countries.split(";") if code),
    "funding": lambda group: (group.funding,),
    "alerts": lambda group: (WITH_ALERTS if group.alerted else WITHOUT_ALERTS,),
}


def facet_counts(results: ResultSet, filters: Filters) -> dict[str, Counter[str]]:
    """Return by filter and word how many projects have the word and all that the other filters keep."""
    chosen = {
        "kind": set(filters.kinds),
        "stage": set(filters.stages),
        "country": set(filters.countries),
        "funding": set(filters.funding),
        "alerts": set(filters.alerts),
    }
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for group in _groups(results, filters.text, _alerts_of()):
        words = {facet: WORDS[facet](group) for facet in FACETS}
        failed = [facet for facet in FACETS if chosen[facet] and not chosen[facet].intersection(words[facet])]
        for facet in FACETS:
            if not failed or failed == [facet]:
                for word in words[facet]:
                    counts[facet][word] += group.number
    return counts


def _alerts_of() -> datetime | None:
    """Return when alerts were last brought up to date: none appears or ends at any other time."""
    newest: datetime | None = AlertEvaluation.objects.aggregate(newest=Max("evaluated_at"))["newest"]
    return newest


@remembered
def _groups(results: ResultSet, text: str, alerts_of: datetime | None) -> list[Alike]:
    alerted = Case(
        When(has_alerts(results.as_of), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    rows = rows_with(results, text).annotate(
        at_stage=stage_or_none(), funding=funding_state(), alerted=alerted
    )
    names = ("project__kind", "at_stage", "project__countries", "funding", "alerted")
    grouped = rows.order_by().values_list(*names).annotate(number=Count("pk"))
    return [Alike(*group) for group in grouped]
