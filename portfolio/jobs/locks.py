"""Who may do what at the same time as whom: the locks of PostgreSQL.

Edits share a lock on all facts, held until their transaction ends, and what derives from many facts at once
(a bundle, a rate) has it alone. Recomputations have one of their own, results of past dates another, and so
has each of the few places of large exports. SQLite has one writer at a time by itself; its places are files.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, OperationalError, connection

RECOMPUTING, FACTS, PAST_DATES = 0x1A7E57A1, 0x1A7E57A2, 0x1A7E57A3
EXPORTS = 0x1A7E5800  # the first place; the others follow
WAIT_SECONDS = 20.0
LOCK_NOT_AVAILABLE = "55P03"


class Busy(Exception):
    """Others held a lock for longer than one may wait for it."""


class FactsBusy(Exception):
    """Facts are being written for too long; its text says so."""


@contextmanager
def holding(lock: int, seconds: float | None = None) -> Iterator[None]:
    """Hold a lock; raise Busy after waiting for it in vain for some seconds. Who dies lets go of it."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        if seconds is not None:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds * 1000:.0f}ms"])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise Busy from error
            raise
        finally:
            if seconds is not None:
                with suppress(DatabaseError):
                    cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        # A broken connection, or one whose transaction is to be rolled back, lets go of the lock by itself.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


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
    try:
        with holding(FACTS, WAIT_SECONDS):
            yield
    except Busy as error:
        raise FactsBusy("Records are being loaded. Try again in a minute.") from error


@contextmanager
def a_place(first: int, places: int) -> Iterator[None]:
    """Hold one of several places, over all processes, until a transaction ends; raise Busy if all are taken.

    It has to be entered inside that transaction, which lets go of it however it ends, and so does who dies.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for lock in range(first, first + places):
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
                if cursor.fetchone()[0]:
                    break
            else:
                raise Busy
        yield
        return
    for place in range(places):
        file = os.open(
            f"{connection.settings_dict['NAME']}-place-{first + place:x}", os.O_CREAT | os.O_RDWR, 0o600
        )
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        try:
            yield
        finally:
            os.close(file)
        return
    raise Busy
