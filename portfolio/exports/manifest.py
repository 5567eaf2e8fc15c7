"""The manifest of a file: what proves that a download of it is complete and unaltered."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
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
from portfolio.exports.writing import NEUTRALISED, text_content
from portfolio.exports.writing_files import About, Rows
from portfolio.exports.writing_query import query_of

FORMATS = ("csv", "jsonl")
CURRENCY = "currency"
MOST = 256
# Whole numbers are added up in two parts, so that no sum is too large for the database.
PART = 1_000_000

_made: OrderedDict[Any, dict[str, Any]] = OrderedDict()
_turn = Lock()


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
    TooManyExports; what it takes of places, the stack of the caller lets go of.
    """
    query = selection.query
    key = (state, about.table.name, about.address, about.as_of, about.data_version)
    with _turn:
        known = _made.get(key)
    if known is None:
        take_place(stack, about.row_count)
        known = {**_content(selection, format_, query.dialect), **_sums(selection)}
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


def _content(selection: Selection, format_: str, dialect: str) -> dict[str, Any]:
    columns = selection.query.fields
    digest, size = sha256(), 0
    for piece in text_content(selection.read(columns), columns, format_, dialect):
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
    columns = [column for column in selection.query.fields if column.kind == Kind.MONEY]
    currency = selection.table.by_name.get(CURRENCY)
    sums: dict[str, Any] = {}
    for column in columns:
        by = currency if column.unit == CURRENCY else None
        read = (column,) if by is None else (column, by)
        found = _added(selection.read(read), column, by)
        if by is None:
            sums[column.name] = found.get("", Sum()).document
        else:
            sums[column.name] = {word: found[word].document for word in sorted(found)}
    return {"sums": sums}


def _added(rows: Rows, column: Column, by: Column | None) -> Mapping[str, Sum]:
    """Return the sum of a column, by currency where one is given."""
    if isinstance(rows, QuerySet):
        return _added_by_database(rows, column, by)
    found: defaultdict[str, Sum] = defaultdict(Sum)
    for row in rows:
        value = row[column.name]
        part = found[str(row[by.name]) if by else ""]
        if value is None or value == "":
            part.unknown += 1
        else:
            part.total += Decimal(value)
    return found


def _added_by_database(rows: QuerySet[Any], column: Column, by: Column | None) -> Mapping[str, Sum]:
    query = query_of(rows.order_by(), (column,) if by is None else (column, by))
    cell = query.cells[0]
    group = query.cells[1].sql if by else "''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {group}, SUM({cell.sql} / {PART}), SUM({cell.sql} %% {PART}),"
            f" COUNT(*) - COUNT({cell.sql}) FROM ({query.sql}) AS listed GROUP BY 1",
            query.parameters,
        )
        return {
            str(word): Sum(
                (Decimal(whole or 0) * PART + Decimal(part or 0)).scaleb(-cell.places), int(unknown)
            )
            for word, whole, part, unknown in cursor.fetchall()
        }
