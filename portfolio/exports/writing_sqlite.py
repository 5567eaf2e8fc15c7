"""Rows of a query as SQLite writes them: whole lines, made of whole numbers and texts, never of floats."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import CharField, DecimalField, QuerySet, TextField

from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import DECIMALS, Kind
from portfolio.exports.writing_query import MAY_RUN, TEXTS, Cell, Query
from portfolio.exports.writing_sqlite_order import query_and_order
from portfolio.models.fields import RatioField, ScaledDecimalField

ROWS = 500
MOST_ARGUMENTS = 90  # of one call of a function; SQLite has room for a hundred
CRLF = "\r\n"
FORMULA = "[-=+@\t\r]*"

Part = tuple[str, tuple[str, ...]]


def csv_pieces(
    rows: QuerySet[Any], columns: tuple[Column, ...], delimiter: str, mark: str
) -> Iterator[bytes]:
    """Yield rows as CSV, each ended by CRLF; `mark` is that of decimals."""
    query = query_and_order(rows, columns)
    parts = [_csv(cell, delimiter, mark) for cell in query.cells]
    if len(parts) == 1:
        [(form, values)] = parts
        parts = [("%s", (f"""COALESCE(NULLIF(printf('{form}', {", ".join(values)}), ''), '""')""",))]
    cells = zip(query.cells, parts, strict=True)
    usual = [_usual_amount(cell, mark) if _is_amount(cell) else part for cell, part in cells]
    yield from _selected(_line_of(query, parts, usual, delimiter, CRLF), query)


def json_pieces(rows: QuerySet[Any], columns: tuple[Column, ...]) -> Iterator[bytes]:
    """Yield rows as JSON objects, each ended by a line feed."""
    query = query_and_order(rows, columns)
    parts, usual = [], []
    for place, cell in enumerate(query.cells):
        start = f'{"" if place else "{"}"{cell.column.name}":'
        form, values = _json(cell)
        parts.append((start + form, values))
        form, values = _usual_amount(cell, ".") if _is_amount(cell) else (form, values)
        usual.append((f'{start}"{form}"' if _is_amount(cell) else start + form, values))
    yield from _selected(_line_of(query, parts, usual, ",", "}\n"), query)


def _line_of(query: Query, parts: Sequence[Part], usual: Sequence[Part], delimiter: str, end: str) -> str:
    """Return the expression of a line of parts, or of its usual parts where all amounts are as usual.

    Of most rows all amounts are known, and none is below zero: these are written in half the time.
    """
    line = _line(_joined(parts, delimiter, end))
    amounts = [f"{cell.sql} >= 0" for cell in query.cells if _is_amount(cell)]
    if not amounts or len(parts) == 1:
        return line
    return f"CASE WHEN {' AND '.join(amounts)} THEN {_line(_joined(usual, delimiter, end))} ELSE {line} END"


def _joined(parts: Sequence[Part], delimiter: str, end: str) -> list[Part]:
    """Return each part with what follows it in a line."""
    follows = [delimiter] * (len(parts) - 1) + [end]
    return [(form + mark, values) for (form, values), mark in zip(parts, follows, strict=True)]


def _line(parts: Sequence[Part]) -> str:
    """Return the expression of a line: as few calls of printf as there is room in."""
    calls: list[tuple[str, list[str]]] = []
    form, values = "", list[str]()
    for part, arguments in parts:
        if len(values) + len(arguments) > MOST_ARGUMENTS:
            calls.append((form, values))
            form, values = "", []
        form += part
        values = [*values, *arguments]
    calls.append((form, values))
    return " || ".join(f"printf('{form}', {', '.join(values)})" for form, values in calls)


def _selected(line: str, query: Query) -> Iterator[bytes]:
    made = f"SELECT CAST({line} AS BLOB)".replace("%", "%%")
    # A query with an order of its own would have each column of each row copied to where lines are made.
    order = f" ORDER BY {query.order}" if query.order else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{made} FROM ({query.sql}) AS listed{order}", query.parameters)
        while rows := cursor.fetchmany(ROWS):
            yield b"".join([row for (row,) in rows])


def _csv(cell: Cell, delimiter: str, mark: str) -> Part:
    name, kind = cell.sql, cell.column.kind
    if _is_amount(cell):
        return "%s%s", _scaled(cell, mark)
    if kind in DECIMALS:
        number = _decimal(cell)
        return "%s", (number if mark == "." else f"replace({number}, '.', '{mark}')",)
    if kind not in TEXTS:
        return "%s", (_value(cell),)
    return "%s", (name if cell.plain else _csv_text(cell, delimiter, mark),)


def _csv_text(cell: Cell, delimiter: str, mark: str) -> str:
    """Return an expression of a text between quotes where it needs them, and harmless to spreadsheets."""
    name, kind = cell.sql, cell.column.kind
    # Four searches for one character take less time than one for a class of four.
    tests = [f"instr({name}, '{character}')" for character in (delimiter, '"', "\n", "\r")]
    quoted, text = " OR ".join(tests), name
    if kind in MAY_RUN:
        text = f"CASE WHEN {name} GLOB '{FORMULA}' THEN '''' || {name} ELSE {name} END"
    elif kind == Kind.CELL and mark != ".":
        one_point = f"{name} NOT GLOB '*[^-0-9.]*' AND length({name}) = length(replace({name}, '.', '')) + 1"
        text = f"CASE WHEN {one_point} THEN replace({name}, '.', '{mark}') ELSE {name} END"
    return f"""CASE WHEN {quoted} THEN '"' || replace({text}, '"', '""') || '"' ELSE {text} END"""


def _is_amount(cell: Cell) -> bool:
    return cell.column.kind == Kind.MONEY and isinstance(cell.field, ScaledDecimalField)


def _usual_amount(cell: Cell, mark: str) -> Part:
    """Return an amount that is known and not below zero."""
    unit = 10**cell.places
    return f"%d{mark}%0{cell.places}d", (f"{cell.sql} / {unit}", f"{cell.sql} % {unit}")


def _json(cell: Cell) -> Part:
    name, kind = cell.sql, cell.column.kind
    if kind in (Kind.WHOLE, Kind.FLAG):
        return "%s", (f"COALESCE({_value(cell)}, 'null')",)
    if kind in TEXTS and not cell.plain:
        return "%s", (f"json_quote(NULLIF({name}, ''))",)
    if cell.always:
        return '"%s"', (name if kind in TEXTS else _value(cell),)
    return "%s", (f"""COALESCE('"' || {_value(cell)} || '"', 'null')""",)


def _value(cell: Cell) -> str:
    """Return an expression of a value's text, as JSON has it; NULL for what is unknown."""
    name, kind = cell.sql, cell.column.kind
    if kind in TEXTS:
        return f"NULLIF({name}, '')"
    if kind in DECIMALS:
        return _decimal(cell)
    if kind == Kind.MOMENT:
        return f"substr({name}, 1, 10) || 'T' || substr({name}, 12, 8) || 'Z'"
    if kind == Kind.FLAG:
        return f"CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    return name


def _scaled(cell: Cell, mark: str) -> tuple[str, str]:
    """Return what stands before the decimal mark, and what from it on."""
    name, unit = cell.sql, 10**cell.places
    return (
        f"CASE WHEN {name} >= 0 THEN {name} / {unit} WHEN {name} < 0 THEN '-' || -({name} / {unit}) END",
        f"'{mark}' || substr({unit} + abs({name} % {unit}), 2)",
    )


def _decimal(cell: Cell) -> str:
    """Return a number's text with its places; one of the kind NUMBER without trailing zeros."""
    name = cell.sql
    if isinstance(cell.field, ScaledDecimalField):
        whole, part = _scaled(cell, ".")
        number = f"({whole}) || {part}"
    elif isinstance(cell.field, RatioField):
        number = f"CASE WHEN ltrim({name}, '0') GLOB '.*' THEN '0' ELSE '' END || ltrim({name}, '0')"
    elif isinstance(cell.field, CharField | TextField):
        return f"NULLIF({name}, '')"
    elif isinstance(cell.field, DecimalField):
        # Of at most 15 digits, so that the float which SQLite keeps has all of them.
        number = f"CASE WHEN {name} IS NOT NULL THEN printf('%.{cell.field.decimal_places}f', {name}) END"
    else:
        return name
    return f"rtrim(rtrim({number}, '0'), '.')" if cell.column.kind == Kind.NUMBER else number
