"""Reading the facts and results of one moment."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, transaction
from psycopg import IsolationLevel

T = TypeVar("T")
# What was read in the snapshot that is open, by who read it and what was asked; None outside of one.
_read: ContextVar[dict[Hashable, Any] | None] = ContextVar("read", default=None)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Open a transaction that sees the facts of one moment, so that what is read never mixes old and new."""
    with _repeatable() if not connection.in_atomic_block else nullcontext(), transaction.atomic():
        yield


@contextmanager
def _repeatable() -> Iterator[None]:
    """Have the next transaction begin as one of repeatable reads, where that has to be said."""
    if connection.vendor == "postgresql":
        connection.ensure_connection()
    session: Any = connection.connection
    if connection.vendor != "postgresql" or session.closed:  # what is closed says so when it is used
        yield
        return
    usual = session.isolation_level
    session.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        if not session.closed:
            session.isolation_level = usual


@contextmanager
def reading() -> Iterator[None]:
    """Open a snapshot for reading alone: on SQLite it leaves the turn to write to others."""
    database: Any = connection
    token = _read.set({})
    try:
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            with one_snapshot():
                yield
            return
        database.ensure_connection()  # the mode of a thread's first transaction is known once it is connected
        usual = database.transaction_mode
        database.transaction_mode = "DEFERRED"
        try:
            with transaction.atomic():
                database.transaction_mode = usual
                yield
        finally:
            database.transaction_mode = usual
    finally:
        _read.reset(token)


def is_reading() -> bool:
    """Whether a snapshot is open for reading alone, so that nothing seen in it can be rolled back."""
    return _read.get() is not None


def hold(read: Callable[[], T], said: T) -> None:
    """Keep what a read made `once_a_snapshot` says, known from another one, while somebody is `reading`."""
    found = _read.get()
    if found is not None:
        found[read] = said


def once_a_snapshot(read: Callable[[], T]) -> Callable[[], T]:
    """Return a read that is made once while somebody is `reading`: a snapshot would only say it again."""

    @wraps(read)
    def made() -> T:
        return in_this_snapshot(made, read)

    return made


def in_this_snapshot(asked: Hashable, read: Callable[[], T]) -> T:
    """Return what a read says; while somebody is `reading`, one that was asked the same is not made again."""
    found = _read.get()
    if found is None:
        return read()
    if asked not in found:
        found[asked] = read()
    said: T = found[asked]
    return said
