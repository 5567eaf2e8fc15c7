"""Reading from SQLite while Python is at work: it works on one processor core for each connection."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from portfolio.queries.states import Statement

Rows = list[tuple[Any, ...]]

# Below this many rows to go through, one look at all of them is over before a second connection is open.
WORTH_TWO = 10_000


def read_together(
    statements: Sequence[Statement], *, beside: bool, meanwhile: Callable[[], object] | None
) -> list[Rows]:
    """Return the rows of each SELECT. With `beside`, a second connection reads; `meanwhile` is done here.

    Then both take of what is left, the first statements first. `beside` says that it is worth it, and that
    this transaction has not written what they read. All the same they are read here, one after the other, and
    nothing is done meanwhile, where another connection may not see the same.
    """
    if not beside or not _others_see_the_same():
        return [_read(statement) for statement in statements]
    left = deque(enumerate(statements))
    found: list[Rows] = [[] for _ in statements]

    def take() -> None:
        while left:
            try:
                place, statement = left.popleft()
            except IndexError:  # the other one was quicker
                return
            found[place] = _read(statement)

    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(_on_its_own_connection, take)
        try:
            if meanwhile:
                meanwhile()
            take()
        finally:
            left.clear()  # after an error here there is nothing to wait for but the statement being read
        other.result()
    return found


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


def _on_its_own_connection(take: Callable[[], None]) -> None:
    """Read on the connection that a thread has for itself, and close it."""
    try:
        take()
    finally:
        connection.close()
