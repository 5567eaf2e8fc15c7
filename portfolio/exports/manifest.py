"""The manifest of a file: what proves that a download of it is complete and unaltered."""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from threading import Lock
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import Kind, text_of
from portfolio.exports.lists.selection import Selection
from portfolio.exports.places import take_place
from portfolio.exports.writing import NEUTRALISED, write
from portfolio.exports.writing_files import About, Rows
from portfolio.exports.writing_query import query_of
from portfolio.queries.memories import forgotten_by

FORMATS = ("csv", "jsonl", "xlsx")
CURRENCY = "currency"
MOST = 256
# Whole numbers are added up in two parts, so that no sum is too large for the database.
PART = 1_000_000

_made: OrderedDict[Any, dict[str, Any]] = OrderedDict()
_turn = Lock()
forgotten_by(_made.clear)


@dataclass(slots=True)
class Sum:
    """What the known values of a column add up to, and how many rows have none."""

    total: Decimal = Decimal("0.00")
    unknown: int = 0

    @property
    def document(self) -> dict[str, Any]:
        return {"sum": text_of(Kind.MONEY, self.total), "rows_without": self.unknown}


def manifest_of(
    selection: Selection, about: About, state: str, format_: str, stack: ExitStack
) -> dict[str, Any]:
    """Return a file's manifest as JSON values: rows, sums, columns, and its length and SHA-256.

    The file is written for it once for each state of the records; `state` differs once anything that lists
    are made of has changed. Sums of amounts in the row's own currency are given for each currency. Raise
    TooManyExports or CannotBeWritten; what it takes of places, the stack of the caller lets go of.
    """
    query = selection.query
    key = (state, about.table.name, about.address, about.as_of, about.data_version, selection.asked.seen)
    with _turn:
        known = _made.get(key)
    if known is None:
        take_place(stack, about.row_count)
        known = {**_content(selection, about, format_), **_sums(selection)}
        with _turn:
            _made[key] = known
            while len(_made) > MOST:
                _made.popitem(last=False)
    return {
        "list": about.table.name,
        "title": about.table.title,
        "address": about.address,
        "as_of": about.as_of.isoformat(),
        "data_version": about.data_version,
        "filters": dict(about.filters),
        "format": format_,
        "dialect": query.dialect if format_ == "csv" else None,
        "row_count": about.row_count,
        **known,
        "columns": [_column(column) for column in query.fields],
        "note": NEUTRALISED,
    }


def _content(selection: Selection, about: About, format_: str) -> dict[str, Any]:
    columns, dialect = selection.query.fields, selection.query.dialect
    digest, size = sha256(), 0
    content: Any = write(about.table, selection.read(columns), columns, format_, dialect, about).content
    with closing(content):
        for piece in content:
            digest.update(piece)
            size += len(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": str(column.kind),
        "unit": column.unit,
        "meaning": column.meaning,
        "empty_means": column.empty,
    }


def _sums(selection: Selection) -> dict[str, Any]:
    """Return the sums of all amounts among the columns; in the row's currency, for each currency."""
    amounts = [column for column in selection.query.fields if column.kind == Kind.MONEY]
    currency = selection.table.by_name.get(CURRENCY)
    own = [column for column in amounts if column.unit == CURRENCY and currency is not None]
    sums: dict[str, Any] = {}
    for columns, by in ((own, currency), ([column for column in amounts if column not in own], None)):
        if not columns:
            continue
        read = (*columns, by) if by else tuple(columns)
        found = _added(selection.read(read), columns, by)
        for place, column in enumerate(columns):
            if by:
                sums[column.name] = {word: found[word][place].document for word in sorted(found)}
            else:
                sums[column.name] = (found[""][place] if found else Sum()).document
    return {"sums": {column.name: sums[column.name] for column in amounts}}


def _added(rows: Rows, columns: Sequence[Column], by: Column | None) -> dict[str, list[Sum]]:
    """Return the sums of columns, all together under an empty text, or by currency where it is given."""
    if isinstance(rows, QuerySet):
        return _added_by_database(rows, columns, by)
    found: dict[str, list[Sum]] = {}
    for row in rows:
        sums = found.setdefault(str(row[by.name]) if by else "", [Sum() for _ in columns])
        for added, column in zip(sums, columns, strict=True):
            value = row[column.name]
            if value is None or value == "":
                added.unknown += 1
            else:
                added.total += Decimal(value)
    return found


def _added_by_database(
    rows: QuerySet[Any], columns: Sequence[Column], by: Column | None
) -> dict[str, list[Sum]]:
    query = query_of(rows.order_by(), (*columns, by) if by else tuple(columns))
    cells = query.cells[: len(columns)]
    parts = [
        f"SUM({cell.sql} / {PART}), SUM({cell.sql} %% {PART}), COUNT(*) - COUNT({cell.sql})" for cell in cells
    ]
    group = query.cells[-1].sql if by else "''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {group}, {', '.join(parts)} FROM ({query.sql}) AS listed GROUP BY 1", query.parameters
        )
        found = {}
        for word, *numbers in cursor.fetchall():
            found[str(word)] = [
                Sum(_joined(numbers[3 * place : 3 * place + 2], cell.places), int(numbers[3 * place + 2]))
                for place, cell in enumerate(cells)
            ]
        return found


def _joined(parts: Sequence[Any], places: int) -> Decimal:
    """Return the sum of which the database has added up the two parts."""
    whole, rest = (Decimal(part or 0) for part in parts)
    return (whole * PART + rest).scaleb(-places)
