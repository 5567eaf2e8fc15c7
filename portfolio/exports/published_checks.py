"""Published figures against records as CSV: one row a figure, and one row a part of what some are about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from portfolio.exports.fact_tables import neutral
from portfolio.exports.metric_tables import csv_lines
from portfolio.models import ResultSet
from portfolio.models.fields import plain
from portfolio.queries.published_checks import CheckedFigure, published_checks
from portfolio.rules.published_figures import FigureCheck

CHECK_COLUMNS = (
    "key",
    "programme",
    "statement",
    "value",
    "unit",
    "as_of",
    "claim",
    "measure",
    "measured",
    "measured_bound",
    "difference",
    "ratio",
    "verdict",
    "reason",
    "published_later",
    "readings",
    "conflicting",
    "newest_conflicting_source",
    "newest_conflicting_value",
    "newest_conflicting_on",
    "newest_conflicting_is_newer",
)
PART_COLUMNS = (
    "key",
    "part",
    "measure",
    "value",
    "unit",
    "claim",
    "measured",
    "measured_bound",
    "difference",
    "ratio",
    "verdict",
    "reason",
)


@dataclass(frozen=True, slots=True)
class CheckTable:
    """A table of checks: its name, its columns, and its rows of one figure."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[CheckedFigure], Iterable[dict[str, Any]]]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


def check_csv(table: CheckTable, results: ResultSet) -> Iterable[str]:
    """Yield a table of checks as CSV text, as of the day of the results, sorted by key."""
    figures = sorted(published_checks(results).figures, key=lambda checked: checked.figure.key)
    rows = (row for figure in figures for row in table.rows(figure))
    return csv_lines(table.columns, ([row[column] for column in table.columns] for row in rows))


def _figure_row(checked: CheckedFigure) -> Iterator[dict[str, Any]]:
    figure, newest = checked.figure, checked.newest_conflicting
    yield _cells(checked.check) | {
        "programme": figure.programme.slug,
        "statement": neutral(figure.statement),
        "as_of": figure.as_of,
        "published_later": checked.published_later,
        "readings": len(checked.readings),
        "conflicting": len(checked.conflicting),
        "newest_conflicting_source": newest.reading.source.key if newest else None,
        "newest_conflicting_value": newest and _plain(newest.reading.value),
        "newest_conflicting_on": newest.reading.source.published_on if newest else None,
        "newest_conflicting_is_newer": newest.newer if newest else None,
    }


def _part_rows(checked: CheckedFigure) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(checked.parts, start=1):
        yield _cells(part) | {"part": number}


def _cells(check: FigureCheck) -> dict[str, Any]:
    return {
        "key": check.key,
        "value": _plain(check.published),
        "unit": neutral(check.unit),
        "claim": str(check.claim),
        "measure": neutral(check.measure),
        "measured": check.measured,
        "measured_bound": None if check.measured is None else check.bound or "none",
        "difference": check.difference,
        "ratio": check.ratio,
        "verdict": str(check.verdict),
        "reason": neutral(check.reason),
    }


def _plain(value: Any) -> str | None:
    return None if value is None else plain(value)


CHECK_TABLES = (
    CheckTable("published_figure_checks", CHECK_COLUMNS, _figure_row),
    CheckTable("published_figure_parts", PART_COLUMNS, _part_rows),
)
