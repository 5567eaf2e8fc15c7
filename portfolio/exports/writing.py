"""Writing a list as a file: its headers, and its content as it is read."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from typing import Any

from django.db.models import QuerySet

from portfolio.exports.lists.columns import AnyList, Column
from portfolio.exports.lists.kinds import json_of, text_of
from portfolio.queries.streaming import streamed

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 64_000

CONTENT_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DIALECTS = ("standard", "excel")


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: which list, as of when, from where, with which filters."""

    table: AnyList
    as_of: date
    data_version: int
    row_count: int
    address: str
    made_at: datetime
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its headers (with Content-Type and Content-Disposition), and its content in pieces."""

    headers: dict[str, str]
    content: Iterator[bytes]


class CannotBeWritten(Exception):
    """A set of rows that a format has no room for; its text says so, and which format has."""


def write(
    table: AnyList,
    rows: QuerySet[Any] | Iterable[Mapping[str, Any]],
    columns: tuple[Column, ...],
    format_: str,
    dialect: str,
    about: About,
) -> Written:
    """Return a list as a file of a format (csv, jsonl, xlsx), whole and in its order.

    `rows` is a query that has each column under its alias, or dicts by column name. The caller keeps a
    snapshot open until the content is read to its end, and closes it. Raise CannotBeWritten.
    """
    name = f"{table.file_name}.{format_}"
    headers = {
        "Content-Type": CONTENT_TYPES[format_],
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    content = WRITERS[format_](cells_of(rows, columns), columns)
    return Written(headers, content)


def neutral(text: str) -> str:
    """Return free text so that a spreadsheet shows it instead of running it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cells_of(
    rows: QuerySet[Any] | Iterable[Mapping[str, Any]], columns: tuple[Column, ...]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of each row in the order of the columns."""
    if isinstance(rows, QuerySet):
        with streamed(rows, [column.alias for column in columns]) as stored:
            yield from stored
        return
    names = [column.name for column in columns]
    for row in rows:
        yield tuple(row[name] for name in names)


def _csv(rows: Iterator[tuple[Any, ...]], columns: tuple[Column, ...]) -> Iterator[bytes]:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    kinds = [(column.kind, column.free) for column in columns]
    for row in rows:
        writer.writerow(
            [
                neutral(text_of(kind, value)) if free and isinstance(value, str) else text_of(kind, value)
                for (kind, free), value in zip(kinds, row, strict=True)
            ]
        )
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _lines(rows: Iterator[tuple[Any, ...]], columns: tuple[Column, ...]) -> Iterator[bytes]:
    piece: list[str] = []
    for row in rows:
        cells = {column.name: json_of(column.kind, value) for column, value in zip(columns, row, strict=True)}
        piece.append(json.dumps(cells, ensure_ascii=False) + "\n")
        if len(piece) > 500:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


Writer = Callable[[Iterator[tuple[Any, ...]], tuple[Column, ...]], Iterator[bytes]]
WRITERS: dict[str, Writer] = {"csv": _csv, "jsonl": _lines}
