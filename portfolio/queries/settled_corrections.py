"""What is known of corrections that are settled: read once in this process, and only continued.

Entries of histories are never changed, and none comes later with a moment from before all who still write
began: what was counted of them holds, and only newer ones are counted again after an edit.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from portfolio.queries.memories import forgotten_by, to_be_read_ahead
from portfolio.queries.snapshot import once_a_snapshot

SETTLED_AFTER = timedelta(minutes=10)
# Moments of entries come from the clocks of other machines than the database's.
CLOCKS_DIFFER = timedelta(minutes=1)
WRITING_SINCE = (
    "SELECT MIN(xact_start) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
)
FIRST_COMPUTATION = "SELECT started_at FROM portfolio_recomputation ORDER BY id LIMIT 1"
MOST_KEPT, FIRST_KEPT = 32, 50
# Where a correction stands: its fact, its entry, the entry before, its place in the list, and its moment.
Found = tuple[str, int, int | None, int, Any]
# How many there are by fact, kind, door and person.
Numbers = Counter[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of the corrections before a moment: how many by group, and the first of no bundle."""

    until: datetime
    numbers: Numbers
    first: list[Found]


# By what is asked for, and by when the records of this database were first computed.
_kept: dict[Hashable, Settled] = {}
forgotten_by(_kept.clear)


def settled_until(now: datetime) -> datetime:
    """Return the moment before which the histories seen in this snapshot are settled; it moves in steps.

    On SQLite it is some minutes ago: one writes at a time, for a shorter time than that.
    """
    if connection.vendor != "postgresql":
        settled = now - SETTLED_AFTER
        return settled.replace(minute=settled.minute - settled.minute % 10, second=0, microsecond=0)
    return (_no_writer_before(now) - CLOCKS_DIFFER).replace(second=0, microsecond=0)


class _Writers(NamedTuple):
    """Since when those have been writing who write now, and at which moment of the database that was seen."""

    since: datetime
    seen_at: datetime


_writers: list[_Writers] = []
forgotten_by(_writers.clear)


def _no_writer_before(now: datetime) -> datetime:
    """Return a moment: who began to write before it had ended when the snapshot of this transaction began.

    That takes a look at who writes from before this snapshot. Without one nobody knows: a day is long enough.
    """
    with connection.cursor() as cursor:
        # The clock is read after the list of who writes: OFFSET keeps the two apart.
        cursor.execute(
            "SELECT began, since, clock_timestamp() FROM (SELECT transaction_timestamp() AS began,"
            f" LEAST(transaction_timestamp(), ({WRITING_SINCE})) AS since OFFSET 0) AS writers"
        )
        began, since, seen_at = cursor.fetchone()
    known = next((seen.since for seen in _writers[-1:] if seen.seen_at <= began), now - timedelta(1))
    _writers[:] = [_Writers(since, seen_at)]
    return known


to_be_read_ahead(lambda results: settled_until(timezone.now()))


@once_a_snapshot
def first_computation() -> str:
    """Return when the records of this database were first computed; empty: never."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_COMPUTATION)
        return str(next(iter(cursor.fetchone() or ("",))))


def settled_part(
    asked: Hashable,
    since: datetime,
    moment: datetime,
    read: Callable[[datetime, datetime], tuple[Numbers, list[Found]]],
) -> Settled:
    """Return what is known of corrections before a moment, or a later one; only what is new is read."""
    key = (asked, first_computation())
    known = _kept.get(key)
    if known is None or known.until < moment:
        before = known or Settled(since, Counter(), [])
        numbers, first = read(before.until, moment)
        known = Settled(moment, before.numbers + numbers, in_order([*before.first, *first])[:FIRST_KEPT])
        _kept[key] = known
        for forgotten in list(_kept)[:-MOST_KEPT]:
            _kept.pop(forgotten, None)
    return known


def in_order(found: list[Found]) -> list[Found]:
    """Return rows in the order of the list: place, then the newest first, then name and the newest entry."""
    found.sort(key=lambda row: row[1], reverse=True)
    found.sort(key=lambda row: row[0])
    found.sort(key=lambda row: row[4], reverse=True)
    found.sort(key=lambda row: row[3])
    return found
