"""The four tables of a scenario beside those of the facts, cell by cell: for the page and the list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.exports.metric_tables import METRIC_TABLES, MetricTable
from portfolio.queries.what_if import MOST_ROWS, WhatIf

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


def compared_rows(table: MetricTable, found: WhatIf) -> Iterator[ComparedRow]:
    """Return the rows of a table on both sides, in the table's order."""
    return _compared(table, _pairs(table, found))


def changed_rows(table: MetricTable, found: WhatIf) -> tuple[list[ComparedRow], int]:
    """Return the first rows that differ, in the table's order, MOST_ROWS at most; and how many differ."""
    differing = [(before, after) for before, after in _pairs(table, found) if before != after]
    number = len(differing)
    if table.name == "chip_comparison":
        number += found.other_chips.number
        differing = sorted([*differing, *found.other_chips.first], key=lambda pair: str(pair[0].project))
    return list(_compared(table, differing[:MOST_ROWS])), number


def _pairs(table: MetricTable, found: WhatIf) -> Iterator[tuple[Any, Any]]:
    return zip(table.rows(found.baseline), table.rows(found.scenario), strict=True)


def _compared(table: MetricTable, pairs: Iterable[tuple[Any, Any]]) -> Iterator[ComparedRow]:
    columns = compared_columns(table)
    for before, after in pairs:
        yield ComparedRow(
            getattr(before, table.columns[0]),
            [ComparedCell(name, getattr(before, name), getattr(after, name)) for name in columns],
        )
