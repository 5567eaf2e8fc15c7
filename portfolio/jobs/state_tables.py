"""Keeping contribution states at today, and the rollups behind each result set."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from django.db import connection, models

from portfolio.models import ContributionEvent, ContributionState, EnvelopeRollup, ProjectRollup, ResultSet
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.second_connection import WORTH_TWO, read_together
from portfolio.queries.states import STATE_COLUMNS, Statement, states
from portfolio.queries.wrong_states import WrongStates, looks_at_states, wrong_states

T = TypeVar("T")
STATE_TABLE = ContributionState._meta.db_table
STATE_KEY = STATE_COLUMNS[0]
FRESH_STATES, FRESH_ROWS, DIFFERING, WRONG = "fresh_states", "fresh_rows", "differing_rows", "wrong_keys"
# Two connections share the look at all states in pieces of this number, so that both end at about one time.
PIECES = 8


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


def refreshed(
    results: ResultSet, projects: Collection[int] | None, read: Callable[[], T], *, is_today: bool
) -> T:
    """Derive states and rollups afresh, as `refresh` does, and return what `read` makes of them."""
    if projects is None and is_today and connection.vendor == "sqlite" and ContributionState.objects.exists():
        return _looked_at(results, read)
    refresh(results, projects, is_today=is_today)
    return read()


class _Guess(Generic[T]):
    """What a read makes of rows of which it is not known yet whether they are right."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._made: list[T] = []

    def make(self) -> None:
        with suppress(Exception):  # what is wrong may make no sense; a read of what is right fails again
            self._made = [self._read()]

    def right(self) -> T:
        """Return it, now that the rows are known to be right."""
        return self._made[0] if self._made else self._read()


def _looked_at(results: ResultSet, read: Callable[[], T]) -> T:
    """Correct what is wrong in stored states and rollups, on SQLite; return what `read` makes of them.

    In most runs nothing is wrong: so what is stored is read while another connection looks at it.
    """
    stored = ContributionState.objects.count()
    large, guess = stored >= WORTH_TWO, _Guess(read)
    rollups = _rollup_rows(results, Statement(STATE_TABLE, []))
    known = ProjectRollup.objects.filter(result_set=results).exists()  # there are none of a new day
    looks = [_look(rows, results) for rows in rollups if known]
    looks_at_all = [*looks, *looks_at_states(results.as_of, PIECES if large else 1)]
    found = read_together(looks_at_all, beside=large, meanwhile=guess.make if known else None)
    wrong = wrong_states(found[len(looks) :], stored)
    if wrong:
        _correct_states(wrong, results.as_of)
    elif known:
        equal = [fresh == same == kept for ((fresh, same, kept),) in found[: len(looks)]]
        if all(equal):
            return guess.right()
        rollups = [rows for rows, right in zip(rollups, equal, strict=True) if not right]
    for rows in rollups:
        _make_equal(rows, results)
    return read()


def _refresh_all(results: ResultSet, is_today: bool) -> None:
    if is_today:
        _make_states_equal(results.as_of)
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


def _make_states_equal(as_of: date) -> None:
    """Make the stored states those of a day, writing those that differ."""
    if not ContributionState.objects.exists():
        _insert(Rows(ContributionState, STATE_COLUMNS, [STATE_KEY], states(as_of)))
        return
    # One statement compares them all while it derives them: in most runs no state is written anywhere.
    fresh = states(as_of)
    rows = Rows(ContributionState, STATE_COLUMNS, [STATE_KEY], fresh)
    compared = (
        f"WITH f({', '.join(STATE_COLUMNS)}) AS ({fresh.sql}) SELECT s.{STATE_KEY} AS stored_key, f.*"
        f" FROM f FULL JOIN {STATE_TABLE} AS s ON {_same(rows)} WHERE {_differ(rows)}"
    )
    _write_differing(rows, Statement(compared, fresh.params))


def _correct_states(wrong: WrongStates, as_of: date) -> None:
    """Write the states of some contributions anew, and remove those of contributions without an event."""
    keys = f"SELECT id FROM {WRONG}"
    with _temporary(WRONG, Statement("SELECT 0 AS id WHERE FALSE", [])):
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {WRONG} VALUES (%s)", [(key,) for key in wrong.contributions])
        fresh = states(as_of, contributions=keys)
        rows = Rows(ContributionState, STATE_COLUMNS, [STATE_KEY], fresh)
        _replace(rows, Statement(f"{STATE_KEY} IN ({keys})", []))
    if wrong.superfluous:
        event = ContributionEvent._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {STATE_TABLE} WHERE NOT EXISTS (SELECT 1 FROM {event} AS e"
                f" WHERE e.contribution_id = {STATE_TABLE}.{STATE_KEY} AND e.occurred_on <= %s)",
                [as_of],
            )


def _look(rows: Rows, results: ResultSet) -> Statement:
    """Return the SELECT of how many rows there should be, how many of those are stored, and how many are.

    SQLite finds stored rows by their index as it derives the fresh ones, and writes none of them anywhere.
    """
    table = rows.model._meta.db_table
    stored = f"(SELECT COUNT(*) FROM {table} WHERE result_set_id = %s)"
    equal = " AND ".join(f"f.{name} = s.{name}" for name in rows.columns)
    sql = (
        f"WITH f({', '.join(rows.columns)}) AS ({rows.fresh.sql})"
        f" SELECT COUNT(*), COUNT(CASE WHEN {equal} THEN 1 END), {stored}"
        f" FROM f LEFT JOIN {table} AS s ON s.result_set_id = %s AND {_same(rows)}"
    )
    return Statement(sql, [*rows.fresh.params, results.pk, results.pk])


def _make_equal(rows: Rows, results: ResultSet) -> None:
    """Make the stored rows of a result set what they should be; only those that differ are written."""
    if not rows.model._default_manager.filter(result_set=results).exists():
        _insert(rows)
        return
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
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {rows.model._meta.db_table} WHERE {where.sql}", where.params)
    _insert(rows)


def _insert(rows: Rows) -> None:
    table, names = rows.model._meta.db_table, ", ".join(rows.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {rows.fresh.sql}", rows.fresh.params)


@contextmanager
def _temporary(table: str, rows: Statement) -> Iterator[None]:
    """Hold the rows of a SELECT in a temporary table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} AS {rows.sql}", rows.params)
        yield
        cursor.execute(f"DROP TABLE {table}")
