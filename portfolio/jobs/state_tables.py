"""Keeping contribution states at today, and the rollups behind each result set."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, models

from portfolio.models import ContributionState, EnvelopeRollup, ProjectRollup, ResultSet
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.states import STATE_COLUMNS, Statement, states

STATE_TABLE = ContributionState._meta.db_table
STATE_KEY = STATE_COLUMNS[0]
FRESH_STATES, FRESH_ROWS, DIFFERING = "fresh_states", "fresh_rows", "differing_rows"


class Rows(NamedTuple):
    """What the rows of a table should be: which columns, by which of them rows are the same, and a SELECT."""

    model: type[models.Model]
    columns: Sequence[str]
    keys: Sequence[str]
    fresh: Statement


def refresh(results: ResultSet, projects: Collection[int] | None, *, is_today: bool) -> None:
    """Derive contribution states and rollups afresh, of some projects (database ids) or of all.

    The rollups are those of the result set. States are stored for today alone.
    """
    if projects is None:
        _refresh_all(results, is_today)
    elif projects:
        _refresh_some(results, sorted(projects), is_today)


def _refresh_all(results: ResultSet, is_today: bool) -> None:
    if is_today:
        _make_states_equal(states(results.as_of))
        for rows in _rollup_rows(results, Statement(STATE_TABLE, [])):
            _make_equal(rows, results)
        return
    with _temporary(FRESH_STATES, _named(states(results.as_of))):
        for rows in _rollup_rows(results, Statement(FRESH_STATES, [])):
            _replace(rows, Statement("result_set_id = %s", [results.pk]))


def _refresh_some(results: ResultSet, some: list[int], is_today: bool) -> None:
    """Write the rows of some projects anew: so few that comparing them first would cost more."""
    fresh = states(results.as_of, some)
    of_some = f"project_id IN ({', '.join(['%s'] * len(some))})"
    if is_today:
        _replace(Rows(ContributionState, STATE_COLUMNS, [STATE_KEY], fresh), Statement(of_some, some))
        source = Statement(f"(SELECT * FROM {STATE_TABLE} WHERE {of_some})", some)
    else:
        source = Statement(f"({_named(fresh).sql})", fresh.params)
    for rows in _rollup_rows(results, source):
        _replace(rows, Statement(f"result_set_id = %s AND {of_some}", [results.pk, *some]))


def _named(fresh: Statement) -> Statement:
    """Return a SELECT of states with the columns named."""
    return Statement(f"WITH s({', '.join(STATE_COLUMNS)}) AS ({fresh.sql}) SELECT * FROM s", fresh.params)


def _rollup_rows(results: ResultSet, source: Statement) -> list[Rows]:
    """Return what the rollups behind a result set should be, from a source of contribution states."""
    return [
        Rows(
            model,
            ["result_set_id", *keys, *names],
            keys,
            Statement(f"SELECT {results.pk}, r.* FROM ({sums(source.sql)}) AS r", source.params),
        )
        for model, keys, names, sums in (
            (ProjectRollup, ["project_id"], PROJECT_SUMS, project_rollups),
            (EnvelopeRollup, ["envelope_id", "project_id"], ENVELOPE_SUMS, envelope_rollups),
        )
    ]


def _make_states_equal(fresh: Statement) -> None:
    """Make the stored states what they should be; only those that differ are written.

    One statement compares them all while it derives them, so that in most runs no state is written anywhere.
    """
    names = ", ".join(STATE_COLUMNS)
    rows = Rows(ContributionState, STATE_COLUMNS, [STATE_KEY], fresh)
    compared = (
        f"WITH f({names}) AS ({fresh.sql}) SELECT s.{STATE_KEY} AS stored_key, f.*"
        f" FROM f FULL JOIN {STATE_TABLE} AS s ON {_same(rows)} WHERE {_differ(rows)}"
    )
    _write_differing(rows, Statement(compared, fresh.params))


def _make_equal(rows: Rows, results: ResultSet) -> None:
    """Make the stored rows of a result set what they should be; only those that differ are written."""
    names = ", ".join(rows.columns)
    fresh = f"WITH f({names}) AS ({rows.fresh.sql}) SELECT * FROM f"
    stored = f"(SELECT * FROM {rows.model._meta.db_table} WHERE result_set_id = %s)"
    compared = (
        f"SELECT s.{_key(rows)} AS stored_key, f.* FROM {stored} AS s"
        f" FULL JOIN {FRESH_ROWS} AS f ON {_same(rows)} WHERE {_differ(rows)}"
    )
    with _temporary(FRESH_ROWS, Statement(fresh, rows.fresh.params)):
        with connection.cursor() as cursor:
            # SQLite makes a full join by an index on its right side, or compares every pair.
            cursor.execute(f"CREATE INDEX {FRESH_ROWS}_keys ON {FRESH_ROWS} ({', '.join(rows.keys)})")
        _write_differing(rows, Statement(compared, [results.pk]))


def _write_differing(rows: Rows, compared: Statement) -> None:
    """Write what a comparison found: the key of a stored row, a fresh row, or both where they differ.

    The comparison ends before the writing begins: a table that grows while rows are looked for in it would be
    gone through again and again.
    """
    table, names = rows.model._meta.db_table, ", ".join(rows.columns)
    with _temporary(DIFFERING, compared), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {_key(rows)} IN (SELECT stored_key FROM {DIFFERING})")
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {DIFFERING} WHERE {rows.keys[0]} IS NOT NULL"
        )


def _key(rows: Rows) -> str:
    return str(rows.model._meta.pk.column)


def _same(rows: Rows) -> str:
    return " AND ".join(f"f.{name} = s.{name}" for name in rows.keys)


def _differ(rows: Rows) -> str:
    return " OR ".join(f"f.{name} IS DISTINCT FROM s.{name}" for name in rows.columns)


def _replace(rows: Rows, where: Statement) -> None:
    """Write the rows of a condition anew, whatever they were."""
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {where.sql}", where.params)
        cursor.execute(f"INSERT INTO {table} ({', '.join(rows.columns)}) {rows.fresh.sql}", rows.fresh.params)


@contextmanager
def _temporary(table: str, rows: Statement) -> Iterator[None]:
    """Hold the rows of a SELECT in a temporary table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} AS {rows.sql}", rows.params)
        yield
        cursor.execute(f"DROP TABLE {table}")
