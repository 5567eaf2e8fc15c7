"""The compared tables of a scenario as its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.paginator import Page, Paginator

from portfolio.dashboards.scenario_words import METRIC_LABELS, Line, column_label, line
from portfolio.exports.metric_tables import MetricTable
from portfolio.exports.scenario_tables import (
    TABLE_BY_NAME,
    ComparedRow,
    compared_columns,
    compared_rows,
)
from portfolio.queries.scenarios import envelope_names, project_names
from portfolio.queries.what_if import WhatIf

ROWS_ON_A_PAGE = 100
CHANGED_ROWS_SHOWN = 50
TITLES = {
    "portfolio_summary": "Portfolio",
    "project_coverage": "Projects",
    "envelope_utilisation": "Envelopes",
    "chip_comparison": "Chips",
}
HEADLINES = ("coverage_selected", "secured_selected_eur", "need_selected_eur", "gigafactory_slots_free")
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
    names = {"project": project_names(), "envelope": envelope_names(), "metric": METRIC_LABELS}
    tables = []
    for name, title in TITLES.items():
        table = TABLE_BY_NAME[name]
        rows = list(compared_rows(table, found, changed_only=True))
        tables.append(
            ShownTable(
                name,
                name.replace("_", "-"),
                title,
                [_shown(table, row, names) for row in islice(rows, CHANGED_ROWS_SHOWN)],
                len(rows),
                sum(1 for _ in table.rows(found.baseline)),
            )
        )
    return tables


def all_rows(table: MetricTable, found: WhatIf, number: str | None) -> AllRows:
    """Return one page of all rows of a table, those that differ first."""
    names = {"project": project_names(), "envelope": envelope_names(), "metric": METRIC_LABELS}
    rows = sorted(compared_rows(table, found), key=lambda row: not row.changed_cells)
    shown = Paginator(rows, ROWS_ON_A_PAGE).get_page(number)
    labels = ["value"] if table.columns[0] == "metric" else _labels(table)
    return AllRows(
        table.name,
        table.name.replace("_", "-"),
        TITLES[table.name],
        labels,
        [_shown(table, row, names, changed_only=False) for row in shown],
        shown,
    )


def headlines(found: WhatIf) -> list[Line]:
    """Return the figures that the page leads with."""
    rows = {row.key: row for row in compared_rows(TABLE_BY_NAME["portfolio_summary"], found)}
    return [line(METRIC_LABELS[metric], rows[metric].cells[0], metric) for metric in HEADLINES]


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
    *,
    changed_only: bool = True,
) -> ShownRow:
    about = table.columns[0]
    cells: list[Any] = row.changed_cells if changed_only else row.cells
    lines = [
        line(column_label(table.model, cell.column), cell, row.key if about == "metric" else cell.column)
        for cell in cells
    ]
    return ShownRow(row.key, names[about].get(row.key, row.key), PAGES.get(about, ""), lines)
