"""Reading two things at once from SQLite, which works on one processor core for each connection."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from portfolio.queries.states import Statement

Rows = list[tuple[Any, ...]]

# Below this many rows to go through, one look at all of them is over before a second connection is open.
WORTH_TWO = 10_000


def read_together(statements: Sequence[Statement], *, beside: bool) -> list[Rows]:
    """Return the rows of each SELECT; with `beside`, the first is read here, the others at the same time.

    `beside` says that they are worth it, and that this transaction has not written what they read. All the
    same they are read here, one after the other, where another connection may not see the same.
    """
    if not beside or not _others_see_the_same():
        return [_read(statement) for statement in statements]
    here, *others = statements
    with ThreadPoolExecutor(max(len(others), 1)) as threads:
        waiting = [threads.submit(_read_beside, statement) for statement in others]
        return [_read(here), *(one.result() for one in waiting)]


def _others_see_the_same() -> bool:
    """Whether what was committed last is what this transaction began with, and can be read by others.

    It is while the transaction has the turn to write. One within another transaction sees what that wrote,
    and a database in memory is not shared.
    """
    database: Any = connection
    return (
        database.vendor == "sqlite"
        and not database.is_in_memory_db()
        and database.transaction_mode == "IMMEDIATE"
        and database.in_atomic_block
        and not database.savepoint_ids
    )


def _read(statement: Statement) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return list(cursor.fetchall())


def _read_beside(statement: Statement) -> Rows:
    """Read on the connection that a thread has for itself, and close it."""
    try:
        return _read(statement)
    finally:
        connection.close()
