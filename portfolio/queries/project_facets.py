"""How many projects each choice of a filter would keep, beside what the other filters keep."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Value, When

from portfolio.models import AlertEvaluation, ResultSet
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.parts import Row, SumsByProject
from portfolio.queries.project_columns import alerted_projects, funding_state, has_alerts, stage_or_none
from portfolio.queries.project_list import (
    ANY_SELECTED,
    WITH_ALERTS,
    WITHOUT_ALERTS,
    Filters,
    rows_with,
)
from portfolio.queries.remembered import remembered
from portfolio.rules.dates import today
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
    for group in _groups_of(results, filters.text):
        words = {facet: WORDS[facet](group) for facet in FACETS}
        failed = [facet for facet in FACETS if chosen[facet] and not chosen[facet].intersection(words[facet])]
        for facet in FACETS:
            if not failed or failed == [facet]:
                for word in words[facet]:
                    counts[facet][word] += group.number
    return counts


def _groups_of(results: ResultSet, text: str) -> list[Alike]:
    """Return the projects with a text in what is searched by what tells them apart."""
    evaluated = AlertEvaluation.objects.first()
    if evaluated is None:
        return _groups(results, text, None)
    # Alerts that were not brought up to date wait for a run that looks at all of them.
    settled = (evaluated.as_of, evaluated.data_version) == (results.as_of, results.data_version)
    if text or not settled or results.as_of < today():
        return _groups(results, text, evaluated.evaluated_at)
    # A changed threshold makes a new evaluation: any alert may come or go, without any result.
    sums = _SUMS.of(results, evaluated.pk)
    return [Alike(*(*key, number)) for key, (number,) in sums.items() if number]


def _read(results: ResultSet, projects: list[int] | None) -> Iterator[Row]:
    """Yield a row for each project: of all, or of some (database ids)."""
    alerted = alerted_projects(results.as_of, projects)
    rows = rows_with(results, "").annotate(at_stage=stage_or_none(), funding=funding_state()).order_by()
    if projects is not None:
        rows = rows.filter(project__in=projects)
    names = ("project__kind", "at_stage", "project__countries", "funding")
    for project, *words in rows.values_list("project_id", *names):
        yield project, (*words, project in alerted), (1,)


_SUMS = SumsByProject(_read)
to_be_read_ahead(lambda results: _groups_of(results, ""))


@remembered
def _groups(results: ResultSet, text: str, alerts_of: datetime | None) -> list[Alike]:
    """Return them; alerts appear and end when they are brought up to date, and at no other time."""
    alerted = Case(
        When(has_alerts(results.as_of), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    rows = rows_with(results, text).annotate(
        at_stage=stage_or_none(), funding=funding_state(), alerted=alerted
    )
    names = ("project__kind", "at_stage", "project__countries", "funding", "alerted")
    grouped = rows.order_by().values_list(*names).annotate(number=Count("pk"))
    return [Alike(*group) for group in grouped]
