"""Comparing stored results with what the facts say, cell by cell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import connection

from portfolio.models import (
    ContributionState,
    EnvelopeRollup,
    EnvelopeTotal,
    PortfolioTotal,
    ProjectRollup,
    ResultSet,
)
from portfolio.queries.contribution_states import is_newest
from portfolio.queries.joined_results import Compared, Rows, joined_tables
from portfolio.queries.metric_tables import METRIC_TABLES, cell
from portfolio.queries.results import NOTHING, MetricTables, Totals, compute
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.states import STATE_COLUMNS, Statement, states
from portfolio.queries.totals import PORTFOLIO, envelope_totals
from portfolio.rules.envelope_utilisation import EnvelopeFunding, Mobilised

MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not what the facts say: its table, row and column; None where a row is missing.

    One of another app's table is not `open`: what all readers are told of it names no row and no value.
    """

    table: str
    key: str
    column: str
    stored: Any
    expected: Any
    open: bool = True

    def __str__(self) -> str:
        stored, expected = ("unknown" if value == "" else value for value in (self.stored, self.expected))
        return f"{self.table} {self.key} {self.column}: stored {stored}, expected {expected}"

    @property
    def told(self) -> str:
        """What everybody who may read is told."""
        return str(self) if self.open else f"{self.table} {self.column}: a cell differs"


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
    for name, expected, stored in joined_tables(results):
        found.rows += len(expected)
        found.differences.extend(replace(one, open=False) for one in _differing(name, expected, stored))
    for name, expected, stored in _totals(results, tables.totals):
        found.differences.extend(_differing(name, expected, stored))
    for source in _sources(results):
        found.differences.extend(source)
    return found


def _metric_tables(results: ResultSet, tables: MetricTables) -> Compared:
    """Yield the four tables as they are written, as expected and as stored."""
    for table in METRIC_TABLES:
        columns = table.columns
        rows = ([getattr(row, name) for name in columns] for row in table.rows(tables))
        yield table.name, _as_written(columns, rows), _as_written(columns, table.published_rows(results))


def _as_written(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Rows:
    """Return rows by their key, the first column, with each cell as the tables write it."""
    cells = ([cell(value) for value in row] for row in rows)
    return {key: dict(zip(columns[1:], values, strict=True)) for key, *values in cells}


def _totals(results: ResultSet, totals: Totals) -> Compared:
    """Yield the totals that edits adjust, of envelopes and of the portfolio, as expected and as stored."""
    expected, stored = (
        {str(id_): _named(*pair) for id_, pair in sums.items() if pair != NOTHING}
        for sums in (totals.envelopes, envelope_totals(results))
    )
    yield EnvelopeTotal._meta.db_table, expected, stored
    rows = PortfolioTotal.objects.filter(result_set=results).values("scope", *PORTFOLIO)
    yield PortfolioTotal._meta.db_table, asdict(totals.portfolio), {row.pop("scope"): row for row in rows}


def _named(funding: EnvelopeFunding, counted: Mobilised) -> dict[str, Any]:
    """Return the sums of an envelope by name; both parts have some of the same name."""
    return asdict(funding) | {f"counted {name}": value for name, value in asdict(counted).items()}


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
    line = ["envelope_id", "project_id", *ENVELOPE_SUMS]
    if is_newest(results):
        table = ContributionState._meta.db_table
        expected = Statement(f"{fresh} SELECT {names} FROM fresh", statement.params)
        yield _rows_differing(table, STATE_COLUMNS, 1, expected, "")
    expected = Statement(f"{fresh} {project_rollups('fresh')}", statement.params)
    yield _rows_differing(ProjectRollup._meta.db_table, project, 1, expected, behind)
    expected = Statement(f"{fresh} {envelope_rollups('fresh')}", statement.params)
    yield _rows_differing(EnvelopeRollup._meta.db_table, line, 2, expected, behind)


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
