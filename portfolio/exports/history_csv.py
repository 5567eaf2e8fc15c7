"""Recorded changes as CSV: a row a field that a change gave another value, newest first."""

import csv
from collections.abc import Iterator
from io import StringIO

from django.utils import timezone

from portfolio.exports.writing_csv import neutral
from portfolio.queries.edit_history import Kind, Search, everything
from portfolio.queries.recorded_changes import RecordedChange, described

AT_ONCE = 500
COLUMNS = (
    "changed_at",
    "changed_by",
    "door",
    "how",
    "kind",
    "key",
    "record",
    "version",
    "what",
    "field",
    "old",
    "new",
)


def history_csv(kinds: list[Kind], search: Search) -> Iterator[bytes]:
    """Yield all changes that a search finds, in constant memory; values as stored, empty for none."""
    yield _lines([list(COLUMNS)])
    for places in everything(kinds, search, AT_ONCE):
        rows = [row for change in described(places, kinds) for row in _rows(change, search.field)]
        yield _lines(rows)


def _rows(change: RecordedChange, field: str) -> Iterator[list[str]]:
    at = timezone.localtime(change.made.at).isoformat() if change.made.at else ""
    about = [
        at,
        neutral(change.made.by),
        change.door.value,
        neutral(change.made.how),
        change.kind.name,
        neutral(change.key),
        str(change.record),
        str(change.version),
        change.word,
    ]
    shown = [one for one in change.fields if field in ("", one.name)]
    for one in shown:
        yield [*about, one.name, neutral(one.old_stored), neutral(one.new_stored)]
    if not shown:
        yield [*about, "", "", ""]


def _lines(rows: list[list[str]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
