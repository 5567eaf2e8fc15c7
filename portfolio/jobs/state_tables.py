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
FRESH_STATES, FRESH_ROWS, DIFFERING = "fresh_states", "fresh_rows", "differing_states"


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
    differ = " OR ".join(f"f.{name} IS DISTINCT FROM s.{name}" for name in STATE_COLUMNS)
    compared = (
        f"WITH f({names}) AS ({fresh.sql}) SELECT s.{STATE_KEY} AS stored_key, f.*"
        f" FROM f FULL JOIN {STATE_TABLE} AS s ON s.{STATE_KEY} = f.{STATE_KEY} WHERE {differ}"
    )
    with _temporary(DIFFERING, Statement(compared, fresh.params)), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {STATE_TABLE} WHERE {STATE_KEY} IN (SELECT stored_key FROM {DIFFERING})")
        cursor.execute(
            f"INSERT INTO {STATE_TABLE} ({names}) SELECT {names} FROM {DIFFERING}"
            f" WHERE {STATE_KEY} IS NOT NULL"
        )


def _make_equal(rows: Rows, results: ResultSet) -> None:
    """Make the stored rows of a result set what they should be; only those that differ are written."""
    table, names = rows.model._meta.db_table, ", ".join(rows.columns)
    if not rows.model._default_manager.filter(result_set=results).exists():
        # Looking for each new row in an empty table that grows meanwhile would go through it again and again.
        _replace(rows, Statement("result_set_id = %s", [results.pk]))
        return
    fresh = f"WITH f({names}) AS ({rows.fresh.sql}) SELECT * FROM f"
    same = " AND ".join(f"f.{name} = {table}.{name}" for name in rows.columns)
    same_keys = " AND ".join(f"f.{name} = {table}.{name}" for name in rows.keys)
    with _temporary(FRESH_ROWS, Statement(fresh, rows.fresh.params)), connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {FRESH_ROWS}_keys ON {FRESH_ROWS} ({', '.join(rows.keys)})")
        cursor.execute(
            f"DELETE FROM {table} WHERE result_set_id = %s"
            f" AND NOT EXISTS (SELECT 1 FROM {FRESH_ROWS} AS f WHERE {same})",
            [results.pk],
        )
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {FRESH_ROWS} AS f WHERE NOT EXISTS"
            f" (SELECT 1 FROM {table} WHERE {table}.result_set_id = %s AND {same_keys})",
            [results.pk],
        )


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
