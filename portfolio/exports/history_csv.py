"""Recorded changes as CSV: a row a field that a change gave another value, newest first."""

import csv
from collections.abc import Iterator
from io import StringIO

from django.utils import timezone

from portfolio.exports.lists.shared_columns import UNKNOWN, key, moment, text, whole, word
from portfolio.exports.writing_csv import neutral
from portfolio.queries.edit_history import Kind, Search, everything
from portfolio.queries.recorded_changes import RecordedChange, described
from portfolio.vocabulary import Door

AT_ONCE = 500
HISTORY_COLUMNS = (
    moment("changed_at", "When the change was made.", empty=UNKNOWN),
    text("changed_by", "Who made it.", empty="nobody is known"),
    word("door", Door, "By which door it came.", empty=UNKNOWN),
    text("how", "More about the way, as it was noted.", empty="nothing was noted"),
    key("kind", "The kind of record."),
    text("key", "The key of the record, or of what it belongs to.", empty="it has none"),
    whole("record", "Identifies the record among those of its kind in this installation.", "number"),
    whole("version", "Identifies the change among those of its kind.", "number"),
    key("what", "What was done with the record."),
    key("field", "The field that has another value.", empty="no field has"),
    text("old", "Its value before, as it is stored.", empty="empty, or there was no such record"),
    text("new", "Its value since, as it is stored.", empty="empty, or there is no such record any more"),
)
HISTORY_MEANING = (
    "Recorded changes that a search finds: a row a field that has another value, the newest change first."
)


def history_csv(kinds: list[Kind], search: Search) -> Iterator[bytes]:
    """Yield all changes that a search finds, in constant memory; values as stored, empty for none."""
    yield _lines([[column.name for column in HISTORY_COLUMNS]])
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
