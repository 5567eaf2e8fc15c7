"""Rows of a query as PostgreSQL writes them: COPY does the quoting, and sends each row as it is found."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import CharField, DecimalField, TextField

from portfolio.exports.lists.kinds import DECIMALS, Kind
from portfolio.exports.writing_query import MAY_RUN, TEXTS, Cell, Query
from portfolio.models.fields import RatioField, ScaledDecimalField

PIECE = 64 * 1024
FORMULA_CODES = "61, 43, 45, 64, 9, 13"  # = + - @ tab CR
MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""


def csv_pieces(query: Query, delimiter: str, mark: str) -> Iterator[bytes]:
    """Yield the rows of a query as CSV, each ended by CRLF; `mark` is that of decimals."""
    cells = [_csv(cell, mark) for cell in query.cells]
    if len(cells) == 1:
        cells = [f"COALESCE(({cells[0]})::text, '')"]  # else an empty cell would be no row at all
    options = f"FORMAT csv, DELIMITER '{delimiter}'"
    for rows in _copied(f"SELECT {', '.join(cells)} FROM ({_whole(query)}) AS listed", options):
        piece = b"".join(rows)
        if piece.count(b"\n") == len(rows):
            yield piece.replace(b"\n", b"\r\n")
        else:  # a text has line ends of its own, and keeps them
            yield b"".join([bytes(row[:-1]) + b"\r\n" for row in rows])


def json_pieces(query: Query) -> Iterator[bytes]:
    """Yield the rows of a query as JSON objects, each ended by a line feed."""
    cells = ", ".join(
        f"{_json(cell)} AS {connection.ops.quote_name(cell.column.name)}" for cell in query.cells
    )
    made = f"SELECT row_to_json(made)::text FROM (SELECT {cells} FROM ({_whole(query)}) AS listed) AS made"
    for rows in _copied(made, "FORMAT text"):
        # COPY doubles each backslash; what else it would write otherwise, JSON has written so already.
        yield b"".join(rows).replace(b"\\\\", b"\\")


def _whole(query: Query) -> str:
    """Return the query with its parameters in it: COPY takes none."""
    operations: Any = connection.ops
    return str(operations.compose_sql(query.sql, query.parameters))


def _copied(query: str, options: str) -> Iterator[list[Any]]:
    """Yield rows as COPY writes them, many at a time. Who stops reading ends the query."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL datestyle TO 'ISO, YMD'")
        with cursor.cursor.copy(f"COPY ({query}) TO STDOUT ({options})") as copy:
            rows: list[Any] = []
            size = 0
            for row in copy:
                rows.append(row)
                size += len(row)
                if size >= PIECE:
                    yield rows
                    rows, size = [], 0
            if rows:
                yield rows


def _csv(cell: Cell, mark: str) -> str:
    """Return a cell as CSV has it, before quoting; NULL is written as nothing."""
    name, kind = cell.sql, cell.column.kind
    if kind in MAY_RUN:
        return f"CASE WHEN ascii({name}) IN ({FORMULA_CODES}) THEN '''' || {name} ELSE NULLIF({name}, '') END"
    if kind in DECIMALS and mark != ".":
        return f"replace(({_decimal(cell)})::text, '.', '{mark}')"
    if kind == Kind.CELL and mark != ".":
        number = rf"{name} ~ '^-?[0-9]+\.[0-9]+$'"
        return f"CASE WHEN {number} THEN replace({name}, '.', '{mark}') ELSE NULLIF({name}, '') END"
    return _value(cell)


def _json(cell: Cell) -> str:
    kind = cell.column.kind
    if kind in (Kind.WHOLE, Kind.FLAG):
        return cell.sql
    return f"({_value(cell)})::text"


def _value(cell: Cell) -> str:
    """Return an expression that is written as the value is; NULL for what is unknown."""
    name, kind = cell.sql, cell.column.kind
    if kind in TEXTS:
        return f"NULLIF({name}, '')"
    if kind in DECIMALS:
        return _decimal(cell)
    if kind == Kind.MOMENT:
        return f"to_char({name} AT TIME ZONE 'UTC', {MOMENT})"
    return f"{name}::text" if kind == Kind.FLAG else name


def _decimal(cell: Cell) -> str:
    """Return a number with its places; one of the kind NUMBER without trailing zeros."""
    name = cell.sql
    if isinstance(cell.field, ScaledDecimalField):
        number = f"({name} * 0.{'1'.rjust(cell.places, '0')})"  # numeric, so exact
    elif isinstance(cell.field, RatioField):
        number = f"{name}::numeric"
    elif isinstance(cell.field, CharField | TextField):
        return f"NULLIF({name}, '')"
    elif isinstance(cell.field, DecimalField):
        number = name
    else:
        return name
    return f"trim_scale({number})" if cell.column.kind == Kind.NUMBER else number
