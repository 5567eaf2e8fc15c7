"""Reads of the list of projects: filtered and sorted rows, and totals of exactly those rows."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from portfolio.models import Project, ProjectCoverage, ResultSet
from portfolio.names import folded
from portfolio.queries.ordering import by_code_point
from portfolio.vocabulary import LOWER_BOUNDS, SELECTED_STAGES

SORTS = {
    "name": "project__folded_name",
    "stage": "stage",
    "need": "need_eur",
    "secured": "secured_eur",
    "pipeline": "pipeline_eur",
    "gap": "gap_eur",
    "coverage": "coverage",
}
SUMS = (
    "need_eur",
    "announced_eur",
    "under_appraisal_eur",
    "approved_eur",
    "signed_eur",
    "disbursed_eur",
    "pipeline_eur",
    "secured_eur",
    "gap_eur",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of projects is narrowed to; empty texts narrow nothing."""

    text: str = ""
    kind: str = ""
    stage: str = ""
    country: str = ""
    sort: str = "name"
    descending: bool = False


def project_rows(results: ResultSet, filters: Filters) -> QuerySet[ProjectCoverage]:
    """Return the published rows of the projects that the filters keep, in their order."""
    rows = ProjectCoverage.objects.filter(result_set=results).select_related("project")
    if filters.text:
        rows = rows.filter(project__folded_text__contains=folded(filters.text))
    if filters.kind:
        rows = rows.filter(project__kind=filters.kind)
    if filters.stage == "any_selected":
        rows = rows.filter(stage__in=SELECTED_STAGES)
    elif filters.stage == "none":
        rows = rows.filter(stage="")
    elif filters.stage:
        rows = rows.filter(stage=filters.stage)
    if filters.country:
        rows = rows.filter(project__countries__contains=filters.country)
    column = F(SORTS[filters.sort])
    ordered = column.desc(nulls_last=True) if filters.descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, by_code_point("project__slug"))


def totals(rows: QuerySet[ProjectCoverage]) -> dict[str, Any]:
    """Return the sums over exactly these rows, how many there are, and how many lack a need; one query.

    Under `lacking` stand the reasons for which the sums leave something out, as tables write them.
    """
    left_out = {word.value: Count("pk", filter=Q(incomplete__contains=word.value)) for word in LOWER_BOUNDS}
    found = rows.order_by().aggregate(
        number=Count("pk"),
        without_need=Count("pk", filter=Q(need_eur=None)),
        **left_out,
        **{f"sum_{name}": Sum(name) for name in SUMS},
    )
    return {
        "rows": found["number"],
        "without_need": found["without_need"],
        "lacking": ";".join(word for word in left_out if found[word]),
        **{name: found[f"sum_{name}"] or Decimal("0.00") for name in SUMS},
    }


def countries() -> list[str]:
    """Return the codes of all countries that projects name, sorted."""
    found: set[str] = set()
    for codes in Project.objects.order_by().values_list("countries", flat=True).distinct():
        found.update(code for code in codes.split(";") if code)
    return sorted(found)
