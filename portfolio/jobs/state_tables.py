"""Keeping contribution states at today, and the rollups behind each result set."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection

from portfolio.models import ContributionState, EnvelopeRollup, ProjectRollup, ResultSet
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.states import STATE_COLUMNS, states

STATE_TABLE = ContributionState._meta.db_table
FRESH = "fresh_states"


def refresh(results: ResultSet, projects: Collection[int] | None, *, is_today: bool) -> None:
    """Derive contribution states and rollups afresh, of some projects or of all.

    The rollups are those of the result set. States are stored for today alone.
    """
    some = None if projects is None else sorted(projects)
    if some == []:
        return
    with _fresh_states(results.as_of, some):
        if is_today:
            _store_states(some)
        _store_rollups(results, some)


@contextmanager
def _fresh_states(as_of: date, some: list[int] | None) -> Iterator[None]:
    """Hold the states as of a day in the temporary table FRESH."""
    statement = states(as_of, some)
    names = ", ".join(STATE_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {FRESH}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {FRESH} AS WITH s({names}) AS ({statement.sql}) SELECT * FROM s",
            statement.params,
        )
        yield
        cursor.execute(f"DROP TABLE {FRESH}")


def _store_states(some: list[int] | None) -> None:
    """Make the stored states equal the fresh ones; only rows that differ are written."""
    names = ", ".join(STATE_COLUMNS)
    equal = " AND ".join(f"f.{name} IS NOT DISTINCT FROM {STATE_TABLE}.{name}" for name in STATE_COLUMNS[1:])
    where, params = _of_projects(some)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {FRESH}_key ON {FRESH} (contribution_id)")
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {FRESH}")
        cursor.execute(
            f"DELETE FROM {STATE_TABLE} WHERE {where} AND NOT EXISTS (SELECT 1 FROM {FRESH} AS f"
            f" WHERE f.contribution_id = {STATE_TABLE}.contribution_id AND {equal})",
            params,
        )
        cursor.execute(
            f"INSERT INTO {STATE_TABLE} ({names}) SELECT {names} FROM {FRESH} AS f WHERE NOT EXISTS"
            f" (SELECT 1 FROM {STATE_TABLE} AS s WHERE s.contribution_id = f.contribution_id)"
        )


def _store_rollups(results: ResultSet, some: list[int] | None) -> None:
    """Sum the fresh states into the rollups of a result set."""
    where, params = _of_projects(some)
    tables = (
        (ProjectRollup, ["project_id", *PROJECT_SUMS], project_rollups(FRESH)),
        (EnvelopeRollup, ["envelope_id", "project_id", *ENVELOPE_SUMS], envelope_rollups(FRESH)),
    )
    with connection.cursor() as cursor:
        for model, columns, sums in tables:
            table = model._meta.db_table
            cursor.execute(f"DELETE FROM {table} WHERE result_set_id = %s AND {where}", [results.pk, *params])
            cursor.execute(
                f"INSERT INTO {table} (result_set_id, {', '.join(columns)})"
                f" SELECT {results.pk}, r.* FROM ({sums}) AS r"
            )


def _of_projects(some: list[int] | None) -> tuple[str, list[int]]:
    if some is None:
        return "TRUE", []
    return f"project_id IN ({', '.join(['%s'] * len(some))})", some
