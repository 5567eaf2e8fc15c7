"""Several reads in one statement, each with the rows and the order that it would have alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

ROW_PLACE = "row_place"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A read as a SELECT with the types of its columns, and what makes of rows what is asked for."""

    place: int
    rows: QuerySet[Any]
    compiler: Any
    sql: str
    params: Sequence[Any]
    types: list["_Type"]


def read_together(*reads: QuerySet[Any]) -> list[list[Any]]:
    """Return what each of some queries gives, in the order of the queries; all read by one statement.

    The statement is a UNION ALL with NULL where a read has no column of a type. Queries may do what they do
    alone, but give no part of their rows; `values_list` is for those without an order. Models that have one
    say their place in it as `row_place`.
    """
    compiled = [read for place, rows in enumerate(reads) if (read := _compiled(place, rows)) is not None]
    given: list[list[Any]] = [[] for _ in reads]
    if not compiled:
        return given
    slots = _slots([read.types for read in compiled])
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_united(compiled, slots), [value for read in compiled for value in read.params])
        rows = cursor.fetchall()
    for read, own in zip(compiled, slots, strict=True):
        of_it = [row for row in rows if row[0] == read.place]
        pick = itemgetter(*own)
        picked = [pick(row) for row in of_it] if len(own) > 1 else [(row[own[0]],) for row in of_it]
        given[read.place] = list(_as_asked(read, picked))
    return given


def _compiled(place: int, rows: QuerySet[Any]) -> _Read | None:
    """Return a read whose rows say their place, if they have one; None where no row can be."""
    order: Any = rows.query.order_by
    if order:
        rows = rows.annotate(**{ROW_PLACE: Window(RowNumber(), order_by=[*order])})
    rows = rows.order_by()
    compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    types = [_type_of(column.output_field) for column, _, _ in compiler.select]
    return _Read(place, rows, compiler, sql, params, types)


class _Type(NamedTuple):
    """The type of a column, and that of a NULL in its place.

    SQLite reads dates by the declared type of the first part of a UNION, and casts dates and moments alike.
    """

    declared: str
    cast: str


@lru_cache(maxsize=1_000)
def _type_of(field: Any) -> _Type:
    database = connections[DEFAULT_DB_ALIAS]
    # What fits in one column of a UNION: texts of any length, numbers of any precision.
    declared, cast = (
        "text" if name.startswith("varchar") else name.partition("(")[0]
        for name in (field.db_type(database), field.cast_db_type(database))
    )
    return _Type(declared, cast)


def _slots(types_of: list[list[_Type]]) -> list[list[int]]:
    """Return the columns of the UNION, counted from 1, in which the columns of each read stand."""
    columns: list[_Type] = []
    slots = []
    for types in types_of:
        free: dict[_Type, Iterator[int]] = {}
        own = []
        for name in types:
            if name not in free:
                free[name] = iter([place for place, type_ in enumerate(columns, 1) if type_ == name])
            place = next(free[name], 0)
            if not place:
                columns.append(name)
                place = len(columns)
            own.append(place)
        slots.append(own)
    return slots


def _united(reads: list[_Read], slots: list[list[int]]) -> str:
    """Return the statement of several reads: number of the read, and the columns of all."""
    nothing = {
        place: f"CAST(NULL AS {type_.cast})"
        for read, own in zip(reads, slots, strict=True)
        for place, type_ in zip(own, read.types, strict=True)
    }
    named, selects = [], []
    for read, own in zip(reads, slots, strict=True):
        columns = [f"c{place}" for place in own]
        named.append(f"r{read.place}({', '.join(columns)}) AS ({read.sql})")
        row = nothing | dict(zip(own, columns, strict=True))
        cells = [row[place] for place in range(1, len(row) + 1)]
        selects.append(f"SELECT {read.place}, {', '.join(cells)} FROM r{read.place}")
    return f"WITH {', '.join(named)} {' UNION ALL '.join(selects)}"


def _as_asked(read: _Read, found: list[Row]) -> QuerySet[Any]:
    """Return a query that takes its rows from what was read."""
    places = read.compiler.annotation_col_map or {}
    if ROW_PLACE in places:
        found.sort(key=itemgetter(places[ROW_PLACE]))
    query: Any = read.rows.query
    read.compiler.execute_sql = lambda *_, **__: [found]
    query.get_compiler = lambda *_, **__: read.compiler
    return read.rows
