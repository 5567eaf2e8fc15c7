"""Who may write facts at the same time as whom.

On PostgreSQL a lock on all facts, held until the transaction ends: edits share it, and what derives from many
facts at once (a bundle, a rate) has it alone. SQLite has one writer at a time by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, OperationalError, connection

FACTS = 0x1A7E57A2
WAIT = "20s"


class FactsBusy(Exception):
    """Facts are being written for too long; its text says so."""


def hold_facts(*, alone: bool) -> None:
    """Wait for those who may not write at the same time, and keep them waiting until the transaction ends."""
    if connection.vendor != "postgresql":
        return
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [FACTS])


@contextmanager
def between_edits() -> Iterator[None]:
    """Let edits under way end and keep new ones waiting: for the moment in which a snapshot begins.

    What such a snapshot sees was recorded before that moment, and what it does not see after it. Raise
    FactsBusy after waiting in vain.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [WAIT])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [FACTS])
        except OperationalError as error:
            raise FactsBusy("Records are being loaded. Try again in a minute.") from error
        finally:
            with suppress(DatabaseError):
                cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        # A broken connection lets go of the lock by itself.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [FACTS])
