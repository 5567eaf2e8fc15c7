"""Comparing stored results with what the facts say, cell by cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from portfolio.models import (
    ChipComparison,
    ContributionState,
    EnvelopeRollup,
    EnvelopeUtilisation,
    PortfolioSummary,
    ProjectCoverage,
    ProjectRollup,
    ResultSet,
)
from portfolio.queries.contribution_states import is_newest
from portfolio.queries.results import MetricTables, compute
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.states import STATE_COLUMNS, Statement, states

MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not what the facts say: its table, row and column; None where a row is missing."""

    table: str
    key: str
    column: str
    stored: Any
    expected: Any

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.column}: stored {self.stored}, expected {self.expected}"


@dataclass(slots=True)
class Comparison:
    """How many rows were compared, and the cells in which they differ."""

    rows: int
    differences: list[Difference]


def compare(results: ResultSet) -> Comparison:
    """Compare everything stored of a result set with the facts; the caller holds one snapshot."""
    tables = compute(results.as_of)
    found = Comparison(0, [])
    for name, expected, stored in _metric_tables(results, tables):
        found.rows += len(expected)
        found.differences.extend(_differing(name, expected, stored))
    for source in _sources(results):
        found.differences.extend(source)
    return found


Rows = Mapping[str, Mapping[str, Any]]


def _metric_tables(results: ResultSet, tables: MetricTables) -> Iterator[tuple[str, Rows, Rows]]:
    for name, model, key, path in (
        ("project_coverage", ProjectCoverage, "project", "project__slug"),
        ("chip_comparison", ChipComparison, "project", "project__slug"),
        ("envelope_utilisation", EnvelopeUtilisation, "envelope", "envelope__slug"),
        ("portfolio_summary", PortfolioSummary, "metric", "metric"),
    ):
        rows: list[Any] = getattr(tables, name)
        columns = (
            [field.name for field in fields(rows[0]) if field.name not in (key, "as_of")] if rows else []
        )
        expected = {getattr(row, key): {column: getattr(row, column) for column in columns} for row in rows}
        if name == "portfolio_summary":
            expected = {metric: {"value": _text(row["value"])} for metric, row in expected.items()}
        listed = model._default_manager.filter(result_set=results).order_by().values_list(path, *columns)
        stored = {found: dict(zip(columns, values, strict=True)) for found, *values in listed}
        yield name, expected, stored


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else format(value, "f")


def _differing(table: str, expected: Rows, stored: Rows) -> Iterator[Difference]:
    for key in sorted(expected.keys() | stored.keys()):
        if key not in stored:
            yield Difference(table, key, "row", None, "a row")
        elif key not in expected:
            yield Difference(table, key, "row", "a row", None)
        else:
            for column, value in expected[key].items():
                if stored[key][column] != value:
                    yield Difference(table, key, column, stored[key][column], value)


def _sources(results: ResultSet) -> Iterator[Iterable[Difference]]:
    """Compare the states and rollups that stand behind a result set."""
    statement = states(results.as_of)
    names = ", ".join(STATE_COLUMNS)
    fresh = f"WITH fresh({names}) AS ({statement.sql})"
    behind = f"WHERE result_set_id = {results.pk}"
    project = ["project_id", *PROJECT_SUMS]
    line = ["project_id", "envelope_id", *ENVELOPE_SUMS]
    if is_newest(results):
        table = ContributionState._meta.db_table
        expected = Statement(f"{fresh} SELECT {names} FROM fresh", statement.params)
        yield _rows_differing(table, STATE_COLUMNS, 1, expected, "")
    expected = Statement(f"{fresh} {project_rollups('fresh')}", statement.params)
    yield _rows_differing(ProjectRollup._meta.db_table, project, 1, expected, behind)
    sums = envelope_rollups("fresh").replace(
        "SELECT s.envelope_id, s.project_id", "SELECT s.project_id, s.envelope_id", 1
    )
    yield _rows_differing(
        EnvelopeRollup._meta.db_table, line, 2, Statement(f"{fresh} {sums}", statement.params), behind
    )


def _rows_differing(
    table: str, columns: Sequence[str], keys: int, expected: Statement, where: str
) -> Iterable[Difference]:
    """Compare a table with a SELECT of the same columns; the first `keys` columns are its key."""
    stored = f"SELECT {', '.join(columns)} FROM {table} {where}"
    right = f"SELECT * FROM ({expected.sql}) AS expected"
    with connection.cursor() as cursor:
        cursor.execute(f"{right} EXCEPT {stored} LIMIT {MOST_ROWS}", expected.params)
        lacking = {
            row[:keys]: dict(zip(columns[keys:], row[keys:], strict=True)) for row in cursor.fetchall()
        }
        cursor.execute(f"{stored} EXCEPT {right} LIMIT {MOST_ROWS}", expected.params)
        odd = {row[:keys]: dict(zip(columns[keys:], row[keys:], strict=True)) for row in cursor.fetchall()}
    return _differing(
        table,
        {"/".join(map(str, key)): row for key, row in lacking.items()},
        {"/".join(map(str, key)): row for key, row in odd.items()},
    )
