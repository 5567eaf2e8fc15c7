"""A list as CSV: RFC 4180, UTF-8, a header row, CRLF after each row, quotes only where they are needed.

Free text that a spreadsheet would run as a formula is made harmless by an apostrophe before it. The dialect
for spreadsheets of a continental locale has a byte order mark, semicolons, and decimal commas.
"""

import csv
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portfolio.exports import writing_postgresql, writing_sqlite
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import DECIMALS, NUMBER, Kind, text_of
from portfolio.exports.writing_files import Rows, cells_of
from portfolio.exports.writing_query import MAY_RUN

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PIECE = 64_000
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What CSV is written with."""

    delimiter: str = ","
    mark: str = "."
    start: str = ""


DIALECTS = {"standard": Dialect(), "excel": Dialect(";", ",", BYTE_ORDER_MARK)}


def csv_content(rows: Rows, columns: tuple[Column, ...], dialect: Dialect) -> Generator[bytes, None, None]:
    """Yield a list as CSV: its header before any row is looked for."""
    yield dialect.start.encode() + _lines([[column.name for column in columns]], dialect)
    if not isinstance(rows, QuerySet):
        yield from _made(rows, columns, dialect)
        return
    writer = writing_postgresql if connection.vendor == "postgresql" else writing_sqlite
    yield from writer.csv_pieces(rows, columns, dialect.delimiter, dialect.mark)


def _made(rows: Rows, columns: tuple[Column, ...], dialect: Dialect) -> Iterator[bytes]:
    piece: list[list[str]] = []
    size = 0
    for row in cells_of(rows, columns):
        cells = [csv_cell(column, value, dialect) for column, value in zip(columns, row, strict=True)]
        piece.append(cells)
        size += sum(map(len, cells))
        if size >= PIECE:
            yield _lines(piece, dialect)
            piece, size = [], 0
    if piece:
        yield _lines(piece, dialect)


def csv_cell(column: Column, value: Any, dialect: Dialect) -> str:
    """Return the text of a cell, before quoting."""
    text = text_of(column.kind, value)
    if column.kind in MAY_RUN:
        return neutral(text)
    if column.kind in DECIMALS or (column.kind == Kind.CELL and NUMBER.fullmatch(text)):
        return text.replace(".", dialect.mark)
    return text


def neutral(text: str) -> str:
    """Return free text so that a spreadsheet shows it instead of running it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines(rows: list[list[str]], dialect: Dialect) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, delimiter=dialect.delimiter, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
