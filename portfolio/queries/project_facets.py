"""How many projects each choice of a filter would keep beside the other filters, and what all kept add up to.

Both are kept by project: an edit reads its projects alone, and a text only which projects have it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Count, Value, When

from portfolio.models import AlertEvaluation, ResultSet
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.parts import Key, Numbers, Row, SumsByProject
from portfolio.queries.project_columns import alerted_projects, funding_state, has_alerts, stage_or_none
from portfolio.queries.project_list import (
    ANY_SELECTED,
    REASONS,
    SUMS,
    WITH_ALERTS,
    WITHOUT_ALERTS,
    Filters,
    project_rows,
    rows_with,
    said_totals,
    totals,
)
from portfolio.queries.remembered import remembered
from portfolio.queries.snapshot import once_a_snapshot
from portfolio.rules.dates import today
from portfolio.rules.money import decimal_of
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
    chosen = _chosen(filters)
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for group in _groups_of(results, filters.text):
        words = {facet: WORDS[facet](group) for facet in FACETS}
        failed = [facet for facet in FACETS if chosen[facet] and not chosen[facet].intersection(words[facet])]
        for facet in FACETS:
            if not failed or failed == [facet]:
                for word in words[facet]:
                    counts[facet][word] += group.number
    return counts


def totals_of(results: ResultSet, filters: Filters) -> dict[str, Any]:
    """Return what `project_list.totals` does of the projects that the filters keep."""
    sums = _sums_by_words(results, filters.text)
    if sums is None:
        return totals(project_rows(results, filters))
    chosen = {facet: words for facet, words in _chosen(filters).items() if words}
    kept = [
        numbers
        for key, numbers in sums.items()
        if all(words.intersection(WORDS[facet](Alike._make((*key, 0)))) for facet, words in chosen.items())
    ]
    number, without_need, lower_bounds, *rest = (
        map(sum, zip(*kept, strict=True)) if kept else (0,) * (3 + len(REASONS) + len(SUMS))
    )
    euro = (decimal_of(cents, 2) for cents in rest[len(REASONS) :])
    return said_totals(
        number,
        without_need,
        lower_bounds,
        dict(zip(REASONS, rest, strict=False)),
        dict(zip(SUMS, euro, strict=True)),
    )


def _chosen(filters: Filters) -> dict[str, set[str]]:
    return {
        "kind": set(filters.kinds),
        "stage": set(filters.stages),
        "country": set(filters.countries),
        "funding": set(filters.funding),
        "alerts": set(filters.alerts),
    }


@once_a_snapshot
def _evaluated() -> AlertEvaluation | None:
    return AlertEvaluation.objects.first()


def _sums_by_words(results: ResultSet, text: str) -> dict[Key, Numbers] | None:
    """Return the sums of the projects with a text by what tells them apart; None where they are not kept.

    Alerts that were not brought up to date wait for a run that looks at all of them. A changed threshold
    makes a new evaluation: any alert may come or go, without any result. Which there were at the end of a
    past day stays as it is.
    """
    evaluated = None
    if results.as_of >= today():
        evaluated = _evaluated()
        known = (evaluated.as_of, evaluated.data_version) if evaluated else None
        if evaluated is None or known != (results.as_of, results.data_version):
            return None
    parts = _SUMS.parts(results, evaluated.pk if evaluated else None)
    return parts.of_projects(_with_text(results, text)) if text else parts.total


@remembered
def _with_text(results: ResultSet, text: str) -> list[int]:
    """Return the database ids of the projects with a text in what is searched."""
    return list(rows_with(results, text).order_by().values_list("project_id", flat=True))


def _groups_of(results: ResultSet, text: str) -> list[Alike]:
    """Return the projects with a text in what is searched by what tells them apart."""
    sums = _sums_by_words(results, text)
    if sums is None:
        evaluated = _evaluated()
        return _groups(results, text, evaluated.evaluated_at if evaluated else None)
    return [Alike._make((*key, numbers[0])) for key, numbers in sums.items() if numbers[0]]


def _read(results: ResultSet, projects: list[int] | None) -> Iterator[Row]:
    """Yield a row for each project, of all or of some (database ids): what is counted, then sums in cents."""
    alerted = alerted_projects(results.as_of, projects)
    rows = rows_with(results, "").annotate(at_stage=stage_or_none(), funding=funding_state()).order_by()
    if projects is not None:
        rows = rows.filter(project__in=projects)
    names = ("project__kind", "at_stage", "project__countries", "funding")
    for project, incomplete, *row in rows.values_list("project_id", "incomplete", *names, *SUMS):
        words, euro = row[: len(names)], row[len(names) :]
        lacks = [int(reason in incomplete) for reason in REASONS]
        counted = (1, int(euro[0] is None), max(lacks, default=0), *lacks)
        yield project, (*words, project in alerted), (*counted, *(int((sum_ or 0) * 100) for sum_ in euro))


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
