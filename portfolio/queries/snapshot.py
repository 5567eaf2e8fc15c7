"""Reading the facts and results of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Open a transaction that sees the facts of one moment, so that what is read never mixes old and new."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def reading() -> Iterator[None]:
    """Open a snapshot for reading alone: on SQLite it leaves the turn to write to others."""
    database: Any = connection
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
