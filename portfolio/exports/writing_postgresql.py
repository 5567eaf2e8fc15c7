"""Rows of a query as PostgreSQL writes them: COPY does the quoting, and sends each row as it is found."""

import select
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import CharField, DecimalField, QuerySet, TextField
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import DECIMALS, Kind
from portfolio.exports.writing_query import MAY_RUN, TEXTS, Cell, Query, query_of
from portfolio.models.fields import RatioField, ScaledDecimalField

PIECE = 64 * 1024
FORMULA_CODES = "61, 43, 45, 64, 9, 13"  # = + - @ tab CR
MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""


def csv_pieces(
    listed: QuerySet[Any], columns: tuple[Column, ...], delimiter: str, mark: str
) -> Iterator[bytes]:
    """Yield rows as CSV, each ended by CRLF; `mark` is that of decimals."""
    query = query_of(listed, columns)
    for rows, number in _copied(csv_select(query, mark), f"FORMAT csv, DELIMITER '{delimiter}'"):
        if rows.count(b"\n") == number:
            yield bytes(rows.replace(b"\n", b"\r\n"))
        else:  # a text has line ends of its own, and keeps them: every other part is between quotes
            parts = rows.split(b'"')
            parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
            yield b'"'.join(parts)


def csv_select(query: Query, mark: str) -> str:
    """Return the SELECT that gives the cells of a query as CSV has them, before quoting."""
    cells = [_csv(cell, mark) for cell in query.cells]
    if len(cells) == 1:
        cells = [f"COALESCE(({cells[0]})::text, '')"]  # else an empty cell would be no row at all
    return f"SELECT {', '.join(cells)} FROM ({_whole(query)}) AS listed"


def json_pieces(listed: QuerySet[Any], columns: tuple[Column, ...]) -> Iterator[bytes]:
    """Yield rows as JSON objects, each ended by a line feed."""
    query = query_of(listed, columns)
    cells = ", ".join(
        f"{_json(cell)} AS {connection.ops.quote_name(cell.column.name)}" for cell in query.cells
    )
    made = f"SELECT row_to_json(made)::text FROM (SELECT {cells} FROM ({_whole(query)}) AS listed) AS made"
    for rows, _ in _copied(made, "FORMAT text"):
        # COPY doubles each backslash; what else it would write otherwise, JSON has written so already.
        yield bytes(rows.replace(b"\\\\", b"\\"))


def _whole(query: Query) -> str:
    """Return the query with its parameters in it: COPY takes none."""
    operations: Any = connection.ops
    return str(operations.compose_sql(query.sql, query.parameters))


def _copied(query: str, options: str) -> Iterator[tuple[bytearray, int]]:
    """Yield rows as COPY writes them, many at a time, and their number. Who stops reading ends the query."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL datestyle TO 'ISO, YMD'")
        with cursor.cursor.copy(f"COPY ({query}) TO STDOUT ({options})") as copy:
            yield from _received(copy.connection.pgconn)


def _received(server: PGconn) -> Iterator[tuple[bytearray, int]]:
    """Yield what the server sends, until it says that this is all; raise its error where it says that.

    This is what iterating over psycopg's Copy does, without a generator and an object kept for each row,
    which took twice as long as all else here.
    """
    take, readable = server.get_copy_data, select.poll()
    readable.register(server.socket, select.POLLIN)
    rows, number = bytearray(), 0
    size, row = take(1)
    while size >= 0:
        while size > 0:
            rows += row
            number += 1
            size, row = take(1)
        if len(rows) >= PIECE:
            yield rows, number
            rows, number = bytearray(), 0
        if size == 0:  # nothing more has arrived
            readable.poll()
            server.consume_input()
            size, row = take(1)
    while result := server.get_result():
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
    if rows:
        yield rows, number


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
