"""The columns of the list of projects: which are shown, and what their files are called."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from portfolio.dashboards.addresses import address_of
from portfolio.exports.bars import Segment, place_bar
from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries.project_list import WITH_ALERTS, Filters
from portfolio.rules.dates import today

TABLE = "project-coverage"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may be shown.

    `of` is the column of the API that says the same, empty for a picture; `kind` says how its cells are
    written, and `sum` which total stands under it.
    """

    name: str
    label: str
    of: str
    kind: str

    @property
    def numeric(self) -> bool:
        return self.kind in ("money", "need", "left", "percent", "count")

    @property
    def sum(self) -> str:
        return self.of if self.kind in ("money", "need", "left") else ""


NAME = Column("name", "Project", "project_name", "name")
COLUMNS = {
    column.name: column
    for column in (
        Column("kind", "Kind", "project_kind", "kind"),
        Column("countries", "Countries", "country", "countries"),
        Column("stage", "Stage", "stage", "stage"),
        Column("need", "Need", "need_eur", "need"),
        Column("announced", "Announced", "announced_eur", "money"),
        Column("under_appraisal", "Under appraisal", "under_appraisal_eur", "money"),
        Column("approved", "Approved", "approved_eur", "money"),
        Column("signed", "Signed", "signed_eur", "money"),
        Column("disbursed", "Disbursed", "disbursed_eur", "money"),
        Column("secured", "Secured", "secured_eur", "money"),
        Column("pipeline", "Pipeline", "pipeline_eur", "money"),
        Column("guaranteed", "Guaranteed", "guaranteed_eur", "money"),
        Column("gap", "Gap", "gap_eur", "left"),
        Column("coverage", "Coverage", "coverage", "percent"),
        Column("potential_coverage", "Potential coverage", "potential_coverage", "percent"),
        Column("alerts", "Alerts", "open_alerts", "count"),
        Column("bar", "Funding of need", "", "bar"),
    )
}
USUAL = ("stage", "need", "secured", "pipeline", "gap", "coverage", "bar")


def read_columns(asked: QueryDict) -> tuple[str, ...]:
    """Return the columns that an address names, in the list's own order; the usual ones for none."""
    named = set(asked.getlist("columns"))
    return tuple(name for name in COLUMNS if name in named) or USUAL


def written_columns(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the columns as parameters of an address; none where they are the usual ones."""
    return [] if names == USUAL else [("columns", name) for name in names]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column of a row."""

    column: Column
    value: Any
    drawn: list[Segment]


def cells(row: ProjectCoverage, columns: list[Column], alerts: dict[int, int]) -> list[Cell]:
    """Return the cells of a project in the columns that are shown."""
    return [
        Cell(
            column,
            _value(row, column, alerts),
            place_bar(row) if column.kind == "bar" and row.need_eur else [],
        )
        for column in columns
    ]


def _value(row: ProjectCoverage, column: Column, alerts: dict[int, int]) -> Any:
    match column.kind:
        case "kind":
            return row.project.get_kind_display()
        case "countries":
            return row.project.countries
        case "stage":
            return row.get_stage_display()
        case "count":
            return alerts.get(row.project_id, 0)
        case "bar":
            return None
    return getattr(row, column.of)


def file_addresses(results: ResultSet, filters: Filters, names: tuple[str, ...]) -> dict[str, str]:
    """Return the addresses of files with the rows, order and columns that are shown, by format."""
    shown = [COLUMNS[name].of for name in names if COLUMNS[name].of]
    order = {"name": "project_folded_name", "kind": "project_kind"}
    sort = order.get(filters.sort) or COLUMNS[filters.sort].of
    asked = {
        "as_of": results.as_of.isoformat() if results.as_of < today() else "",
        "search": filters.text,
        "project_kind__in": ",".join(filters.kinds),
        "project_stage__in": ",".join(sorted(filters.stages_kept)),
        "country__in": ",".join(filters.countries),
        "funding__in": ",".join(filters.funding),
        **_alerts(filters),
        "ordering": f"{'-' if filters.descending else ''}{sort}",
        "fields": ",".join(["project", NAME.of, *shown, "incomplete"]),
    }
    address = address_of("api:table", TABLE)
    given = {name: text for name, text in asked.items() if text}
    return {form: f"{address}?{urlencode({'format': form, **given})}" for form in ("csv", "xlsx")}


def _alerts(filters: Filters) -> dict[str, str]:
    if len(set(filters.alerts)) != 1:
        return {}
    return {"open_alerts__gte": "1"} if WITH_ALERTS in filters.alerts else {"open_alerts__lte": "0"}
