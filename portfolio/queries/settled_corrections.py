"""What is known of corrections that are settled: read once in this process, and only continued.

Entries of histories are never changed, and none comes later with a moment before some minutes ago, or a
minute where nobody is writing: what was counted of them holds, and only newer ones are counted again after an
edit.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from portfolio.models import Recomputation
from portfolio.queries.memories import forgotten_by

SETTLED_AFTER, SETTLED_WITHOUT_WRITERS = timedelta(minutes=10), timedelta(minutes=1)
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
    """Return the moment before which histories are settled; it moves every ten minutes, or every one."""
    if connection.vendor != "postgresql" or _somebody_writes():
        since = _writing_since() if connection.vendor == "postgresql" else None
        settled = now - SETTLED_AFTER
        settled = min(settled, since - SETTLED_WITHOUT_WRITERS) if since else settled
        return settled.replace(minute=settled.minute - settled.minute % 10, second=0, microsecond=0)
    return (now - SETTLED_WITHOUT_WRITERS).replace(second=0, microsecond=0)


def _somebody_writes() -> bool:
    """Whether a transaction may have written entries that are not seen in this snapshot."""
    return bool(
        _said("SELECT pg_snapshot_xmin(seen) <> pg_snapshot_xmax(seen) FROM pg_current_snapshot() AS seen")
    )


def _writing_since() -> datetime | None:
    """Return when the first of the transactions that write now has begun, as far as it can be told."""
    found: datetime | None = _said(
        "SELECT MIN(xact_start) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
    )
    return found


def _said(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def settled_part(
    asked: Hashable,
    since: datetime,
    moment: datetime,
    read: Callable[[datetime, datetime], tuple[Numbers, list[Found]]],
) -> Settled:
    """Return what is known of corrections before a moment, or a later one; only what is new is read."""
    key = (asked, Recomputation.objects.order_by("id").values_list("started_at", flat=True).first())
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
