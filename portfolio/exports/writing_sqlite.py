"""Rows of a query as SQLite writes them: whole lines, made of whole numbers and texts, never of floats."""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.db.models import CharField, DecimalField, TextField

from portfolio.exports.lists.kinds import DECIMALS, Kind
from portfolio.exports.writing_query import MAY_RUN, TEXTS, Cell, Query
from portfolio.models.fields import RatioField, ScaledDecimalField

ROWS = 500
MOST_ARGUMENTS = 90  # of one call of a function; SQLite has room for a hundred
FORMULA_CODES = "61, 43, 45, 64, 9, 13"  # = + - @ tab CR

Part = tuple[str, tuple[str, ...]]


def csv_pieces(query: Query, delimiter: str, mark: str) -> Iterator[bytes]:
    """Yield the rows of a query as CSV, each ended by CRLF; `mark` is that of decimals."""
    parts = [_csv(cell, delimiter, mark) for cell in query.cells]
    if len(parts) == 1:
        [(form, values)] = parts
        parts = [("%s", (f"""COALESCE(NULLIF(printf('{form}', {", ".join(values)}), ''), '""')""",))]
    joined = [(form + (delimiter if place else "\r\n"), values) for place, (form, values) in _from_end(parts)]
    yield from _selected(_line(joined), query)


def json_pieces(query: Query) -> Iterator[bytes]:
    """Yield the rows of a query as JSON objects, each ended by a line feed."""
    parts = [(f'"{cell.column.name}":%s', (_json(cell),)) for cell in query.cells]
    joined = [(form + ("," if place else "}\n"), values) for place, (form, values) in _from_end(parts)]
    first, values = joined[0]
    yield from _selected(_line([("{" + first, values), *joined[1:]]), query)


def _from_end(parts: Sequence[Part]) -> Iterator[tuple[int, Part]]:
    """Yield each part with how many follow it."""
    return zip(range(len(parts) - 1, -1, -1), parts, strict=True)


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
    with connection.cursor() as cursor:
        cursor.execute(f"{made} FROM ({query.sql}) AS listed", query.parameters)
        while rows := cursor.fetchmany(ROWS):
            yield b"".join([row for (row,) in rows])


def _csv(cell: Cell, delimiter: str, mark: str) -> Part:
    name, kind = cell.sql, cell.column.kind
    if kind == Kind.MONEY and isinstance(cell.field, ScaledDecimalField):
        return "%s%s", _scaled(cell, mark)
    if kind in DECIMALS:
        number = _decimal(cell)
        return "%s", (number if mark == "." else f"replace({number}, '.', '{mark}')",)
    if kind not in TEXTS or cell.plain:
        return "%s", (_value(cell),)
    text = name
    if kind in MAY_RUN:
        text = f"CASE WHEN unicode({name}) IN ({FORMULA_CODES}) THEN '''' || {name} ELSE {name} END"
    elif kind == Kind.CELL and mark != ".":
        one_point = f"{name} NOT GLOB '*[^-0-9.]*' AND length({name}) = length(replace({name}, '.', '')) + 1"
        text = f"CASE WHEN {one_point} THEN replace({name}, '.', '{mark}') ELSE {name} END"
    special = f"""GLOB '*["{delimiter}\r\n]*'"""
    return "%s", (
        f"""CASE WHEN {name} {special} THEN '"' || replace({text}, '"', '""') || '"' ELSE {text} END""",
    )


def _json(cell: Cell) -> str:
    name, kind = cell.sql, cell.column.kind
    if kind in (Kind.WHOLE, Kind.FLAG):
        return f"COALESCE({_value(cell)}, 'null')"
    if kind in TEXTS and not cell.plain:
        return f"json_quote(NULLIF({name}, ''))"
    value = _value(cell)
    return f"""COALESCE('"' || {value} || '"', 'null')"""


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
