"""The compared tables of a scenario as its page shows them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from portfolio.exports.metric_tables import MetricTable
from portfolio.exports.scenario_tables import (
    TABLE_BY_NAME,
    ComparedRow,
    changed_rows,
    compared_columns,
    compared_rows,
)
from portfolio.exports.scenario_words import METRIC_LABELS, Line, bound, column_label, line
from portfolio.queries.scenarios import record_names
from portfolio.queries.what_if import WhatIf
from portfolio.rules.project_coverage import ProjectCoverage, is_ended, is_selected

ROWS_ON_A_PAGE = 50
TITLES = {
    "portfolio_summary": "Portfolio",
    "project_coverage": "Projects",
    "envelope_utilisation": "Envelopes",
    "chip_comparison": "Chips",
}
HEADLINES = ("coverage_selected", "secured_selected_eur", "need_selected_eur", "gigafactory_slots_free")
Lacking = dict[str, tuple[str, str]]
PAGES = {"project": "project", "envelope": "envelope"}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a table on both sides: what it is about, the page of that, and its figures in words."""

    key: str
    name: str
    page: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table: its rows that differ, or as many as fit, and how many there are."""

    name: str
    address: str
    title: str
    rows: list[ShownRow]
    changed: int
    total: int

    @property
    def left_out(self) -> int:
        return self.changed - len(self.rows)


@dataclass(frozen=True, slots=True)
class AllRows:
    """One page of all rows of a table."""

    name: str
    address: str
    title: str
    labels: list[str]
    rows: list[ShownRow]
    shown: Page[ComparedRow]


def changed_tables(found: WhatIf) -> list[ShownTable]:
    """Return the four tables with the rows that differ, the portfolio first."""
    lacking, others = _lacking(found), found.others.total()
    changed = {name: changed_rows(TABLE_BY_NAME[name], found) for name in TITLES}
    names = _names(
        row.key for name, (rows, _) in changed.items() for row in rows if _about(name) == "project"
    )
    tables = []
    for name, title in TITLES.items():
        table = TABLE_BY_NAME[name]
        rows, differing = changed[name]
        number = sum(1 for _ in table.rows(found.baseline))
        tables.append(
            ShownTable(
                name,
                name.replace("_", "-"),
                title,
                [_shown(table, row, names, lacking) for row in rows],
                differing,
                number + others if _about(name) == "project" else number,
            )
        )
    return tables


def _about(name: str) -> str:
    return TABLE_BY_NAME[name].columns[0]


def _names(projects: Iterable[str]) -> dict[str, Mapping[str, str]]:
    of_projects, of_envelopes = record_names(set(projects))
    return {"project": of_projects, "envelope": of_envelopes, "metric": METRIC_LABELS}


def all_rows(table: MetricTable, found: WhatIf, number: str | None) -> AllRows:
    """Return one page of all rows of a table, those that differ first."""
    rows = sorted(compared_rows(table, found), key=lambda row: not row.changed_cells)
    shown = Paginator(rows, ROWS_ON_A_PAGE).get_page(number)
    lacking = _lacking(found)
    names = _names(row.key for row in shown if _about(table.name) == "project")
    labels = ["value"] if table.columns[0] == "metric" else _labels(table)
    return AllRows(
        table.name,
        table.name.replace("_", "-"),
        TITLES[table.name],
        labels,
        [_shown(table, row, names, lacking, changed_only=False) for row in shown],
        shown,
    )


def headlines(found: WhatIf) -> list[Line]:
    """Return the figures that the page leads with."""
    rows = {row.key: row for row in compared_rows(TABLE_BY_NAME["portfolio_summary"], found)}
    lacking = _lacking(found)
    return [
        line(METRIC_LABELS[metric], rows[metric].cells[0], metric, _bounds(metric, lacking), short=True)
        for metric in HEADLINES
    ]


def _lacking(found: WhatIf) -> Lacking:
    """Return for which reasons the sums of the portfolio's metrics leave something out, on both sides."""
    sides = (found.baseline.project_coverage, found.scenario.project_coverage)
    scopes: dict[str, Callable[[str], bool]] = {
        "selected": is_selected,
        "running": lambda stage: not is_ended(stage),
    }
    return {
        scope: (_reasons(sides[0], found, counts), _reasons(sides[1], found, counts))
        for scope, counts in scopes.items()
    }


def _reasons(rows: list[ProjectCoverage], found: WhatIf, counts: Callable[[str], bool]) -> str:
    lacking = {row.incomplete for row in rows if counts(row.stage)}
    lacking |= {incomplete for stage, incomplete in found.others if counts(stage)}
    return ";".join(sorted({word for reasons in lacking for word in reasons.split(";")}))


def _bounds(metric: str, lacking: Lacking) -> tuple[str, str]:
    before, after = lacking["selected" if "selected" in metric else "running"]
    return bound("portfolio_summary", metric, before), bound("portfolio_summary", metric, after)


def places_exceeded(found: WhatIf) -> bool:
    """Whether the scenario has more selected gigafactories than places, which records may not have."""
    free = {row.metric: row.value for row in found.scenario.portfolio_summary}["gigafactory_slots_free"]
    return free is not None and free < 0


def _labels(table: MetricTable) -> list[str]:
    return [column_label(table.model, name) for name in compared_columns(table)]


def _shown(
    table: MetricTable,
    row: ComparedRow,
    names: Mapping[str, Mapping[str, str]],
    lacking: Lacking,
    *,
    changed_only: bool = True,
) -> ShownRow:
    about = table.columns[0]
    cells = row.changed_cells if changed_only else row.cells
    if about == "metric":
        lines = [line("value", cell, row.key, _bounds(row.key, lacking)) for cell in cells]
    else:
        incomplete = next(cell for cell in row.cells if cell.column == "incomplete")
        lines = [
            line(
                column_label(table.model, cell.column),
                cell,
                cell.column,
                (
                    bound(table.name, cell.column, incomplete.baseline),
                    bound(table.name, cell.column, incomplete.scenario),
                ),
            )
            for cell in cells
        ]
    return ShownRow(row.key, names[about].get(row.key, row.key), PAGES.get(about, ""), lines)
