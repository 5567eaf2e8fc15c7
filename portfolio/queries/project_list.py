"""Reads of the list of projects: filtered and sorted rows, and totals of exactly those rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from portfolio.models import Project, ProjectCoverage, ResultSet
from portfolio.names import folded
from portfolio.queries.ordering import by_code_point
from portfolio.queries.project_columns import (
    NO_STAGE,
    funding_state,
    has_alerts,
    open_alerts,
    stage_place,
    text_or_none,
)
from portfolio.vocabulary import LOWER_BOUNDS, SELECTED_STAGES

ANY_SELECTED = "any_selected"
WITH_ALERTS, WITHOUT_ALERTS = "yes", "no"
MONEY = (
    "need",
    "announced",
    "under_appraisal",
    "approved",
    "signed",
    "disbursed",
    "secured",
    "pipeline",
    "guaranteed",
    "gap",
)
SORTS: dict[str, Callable[[date], Any]] = {
    "name": lambda _: F("project__folded_name"),
    "kind": lambda _: by_code_point("project__kind"),
    "countries": lambda _: text_or_none("project__countries"),
    "stage": lambda _: stage_place(),
    **{name: lambda _, column=f"{name}_eur": F(column) for name in MONEY},  # type: ignore[misc]
    "coverage": lambda _: F("coverage"),
    "potential_coverage": lambda _: F("potential_coverage"),
    "alerts": open_alerts,
}
SUMS = tuple(f"{name}_eur" for name in MONEY)
REASONS = tuple(word.value for word in LOWER_BOUNDS)  # for which a sum leaves something out


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of projects is narrowed to: one of the words of each kind; none narrow nothing."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    sort: str = "name"
    descending: bool = False

    @property
    def stages_kept(self) -> frozenset[str]:
        """The stages that are kept, NO_STAGE among them; empty for all."""
        kept = frozenset(self.stages)
        return (kept - {ANY_SELECTED}) | SELECTED_STAGES if ANY_SELECTED in kept else kept


def rows_with(results: ResultSet, text: str) -> QuerySet[ProjectCoverage]:
    """Return the published rows of the projects with a text in what is searched; all where there is none."""
    rows = ProjectCoverage.objects.filter(result_set=results)
    return rows.filter(project__folded_text__contains=folded(text)) if text else rows


def project_rows(results: ResultSet, filters: Filters) -> QuerySet[ProjectCoverage]:
    """Return the published rows of the projects that the filters keep, in their order."""
    rows = rows_with(results, filters.text).select_related("project")
    if filters.kinds:
        rows = rows.filter(project__kind__in=filters.kinds)
    if filters.stages:
        rows = rows.filter(stage__in={"" if stage == NO_STAGE else stage for stage in filters.stages_kept})
    if filters.countries:
        named = Q()
        for code in filters.countries:
            named |= Q(project__countries__contains=code)
        rows = rows.filter(named)
    if filters.funding:
        rows = rows.alias(funding_state=funding_state()).filter(funding_state__in=filters.funding)
    if len(set(filters.alerts)) == 1:
        alerted = has_alerts(results.as_of)
        rows = rows.filter(alerted if WITH_ALERTS in filters.alerts else ~alerted)
    rows = rows.alias(sorted_by=SORTS[filters.sort](results.as_of))
    column = F("sorted_by")
    ordered = column.desc(nulls_last=True) if filters.descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, by_code_point("project__slug"))


def totals(rows: QuerySet[ProjectCoverage]) -> dict[str, Any]:
    """Return the sums over exactly these rows, how many there are, and how many lack a need; one query.

    Under `lacking` stand the reasons for which the sums leave something out, as tables write them, and under
    `lower_bounds` of how many rows they do.
    """
    left_out = {word: Q(incomplete__contains=word) for word in REASONS}
    any_of_them = Q()
    for condition in left_out.values():
        any_of_them |= condition
    found = rows.order_by().aggregate(
        number=Count("pk"),
        without_need=Count("pk", filter=Q(need_eur=None)),
        lower_bounds=Count("pk", filter=any_of_them),
        **{word: Count("pk", filter=condition) for word, condition in left_out.items()},
        **{f"sum_{name}": Sum(name) for name in SUMS},
    )
    lacking = {word: found[word] for word in REASONS}
    sums = {name: found[f"sum_{name}"] or Decimal("0.00") for name in SUMS}
    return said_totals(found["number"], found["without_need"], found["lower_bounds"], lacking, sums)


def said_totals(
    number: int, without_need: int, lower_bounds: int, lacking: dict[str, int], sums: dict[str, Decimal]
) -> dict[str, Any]:
    """Return totals as `totals` does, of what was counted and added up."""
    return {
        "rows": number,
        "without_need": without_need,
        "with_need": number - without_need,
        "lower_bounds": lower_bounds,
        "lacking": ";".join(word for word, rows in lacking.items() if rows),
        **sums,
    }


def open_alerts_of(results: ResultSet, projects: list[int]) -> dict[int, int]:
    """Return how many alerts of some projects (database ids) are not resolved; one query."""
    rows = ProjectCoverage.objects.filter(result_set=results, project__in=projects).order_by()
    return dict(rows.annotate(number=open_alerts(results.as_of)).values_list("project_id", "number"))


def countries() -> list[str]:
    """Return the codes of all countries that projects name, sorted."""
    found: set[str] = set()
    for codes in Project.objects.order_by().values_list("countries", flat=True).distinct():
        found.update(code for code in codes.split(";") if code)
    return sorted(found)
