"""The four tables of a scenario beside those of the facts, cell by cell: for the page and the list."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.exports.metric_tables import METRIC_TABLES, MetricTable
from portfolio.queries.what_if import WhatIf

# What names a row, and what the whole table has in common: these are not compared.
GIVEN = ("project", "envelope", "metric", "as_of")
# Columns of words, which have no difference.
WORDS = ("kind", "stage", "over_allocated", "on_track", "incomplete")

TABLE_BY_NAME = {table.name: table for table in METRIC_TABLES}


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """A figure as the facts have it, and as the scenario would. None is unknown."""

    column: str
    baseline: Any
    scenario: Any

    @property
    def changed(self) -> bool:
        return bool(self.baseline != self.scenario)

    @property
    def difference(self) -> Decimal | int | None:
        """The scenario less the facts, exactly; None for words and where one of the two is unknown."""
        if self.column in WORDS or self.baseline is None or self.scenario is None:
            return None
        difference: Decimal | int = self.scenario - self.baseline
        return difference


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of a table on both sides."""

    key: str
    cells: list[ComparedCell]

    @property
    def changed_cells(self) -> list[ComparedCell]:
        return [cell for cell in self.cells if cell.changed]


def compared_columns(table: MetricTable) -> list[str]:
    """Return the columns of a table that are compared."""
    return [name for name in table.columns if name not in GIVEN]


def compared_rows(table: MetricTable, found: WhatIf, *, changed_only: bool = False) -> Iterator[ComparedRow]:
    """Yield the rows of a table on both sides, in the table's order; all, or only those that differ."""
    columns = compared_columns(table)
    for before, after in zip(table.rows(found.baseline), table.rows(found.scenario), strict=True):
        if changed_only and before == after:
            continue
        yield ComparedRow(
            getattr(before, table.columns[0]),
            [ComparedCell(name, getattr(before, name), getattr(after, name)) for name in columns],
        )
