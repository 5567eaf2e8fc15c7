"""Pages of a list: after, or before, the row that a cursor names, so that no row is missed or given twice.

A cursor is signed, and tied to what was asked for: with other filters, another order or another day it is
refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q

from portfolio.exports.lists.asking import refused
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.selection import RowSelection, Selection, Sort, TableSelection

# What changes neither which rows there are nor their order.
SHOWN_ONLY = frozenset({"fields", "format", "dialect", "page_size", "cursor"})
NEXT, PREVIOUS = "next", "previous"
_SIGNER = signing.Signer(salt="portfolio.exports.lists.pages")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, each by column name, and the cursors of the pages beside it, if any."""

    rows: list[Mapping[str, Any]]
    next: str | None
    previous: str | None


def page_of(selection: Selection, columns: tuple[Column, ...], version: int) -> Page:
    """Return the page that the query's cursor names, or the first; raise ParameterRefused.

    `version` is that of the facts. At most one query for a list of the database.
    """
    query = selection.query
    way, place = _opened(query.cursor, _tie(selection)) if query.cursor else (NEXT, None)
    if isinstance(selection, TableSelection):
        return _of_table(selection, columns, way, place)
    return _of_rows(selection, columns, place, version)


# --- Cursors ------------------------------------------------------------------------------------------------


def _tie(selection: Selection) -> str:
    """Return what a cursor is tied to, shortened."""
    given = {name: text for name, text in selection.query.given.items() if name not in SHOWN_ONLY}
    path = {name: str(value) for name, value in sorted(selection.asked.parameters.items())}
    told = repr((selection.table.name, sorted(given.items()), path, selection.asked.as_of.isoformat()))
    return sha256(told.encode()).hexdigest()[:16]


def _closed(way: str, place: Any, tie: str) -> str:
    return _SIGNER.sign_object([way, place, tie], compress=True)


def _opened(cursor: str, tie: str) -> tuple[str, Any]:
    try:
        way, place, tied = _SIGNER.unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise refused("cursor", cursor, "what `next` or `previous` of a page says, as it is") from error
    if tied != tie:
        raise refused(
            "cursor", cursor, "a cursor of a page with the same filters, ordering and day; or none to begin"
        )
    return way, place


# --- Lists of the database ----------------------------------------------------------------------------------


def _of_table(selection: TableSelection, columns: tuple[Column, ...], way: str, place: Any) -> Page:
    back = way == PREVIOUS
    size, sorts = selection.query.page_size, selection.sorts
    rows = selection.sorted_rows(columns).annotate(**{sort.alias: sort.expression for sort in sorts})
    if place is not None:
        fields = [rows.query.annotations[sort.alias].output_field for sort in sorts]
        rows = rows.filter(_beyond(sorts, _read(fields, place), back))
    rows = rows.order_by(*(reverse(sort).ordering if back else sort.ordering for sort in sorts))
    names = [column.alias for column in columns] + [sort.alias for sort in sorts]
    found = list(rows.values_list(*names)[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    width, tie = len(columns), _tie(selection)

    def cursor(which: str, row: Sequence[Any]) -> str:
        return _closed(which, [_written(value) for value in row[width:]], tie)

    before, after = (more, True) if back else (place is not None, more)
    return Page(
        [{column.name: value for column, value in zip(columns, row, strict=False)} for row in found],
        cursor(NEXT, found[-1]) if found and after else None,
        cursor(PREVIOUS, found[0]) if found and before else None,
    )


def reverse(sort: Sort) -> Sort:
    """Return what orders the other way round."""
    return replace(sort, descending=not sort.descending, nulls_first=not sort.nulls_first)


def _beyond(sorts: Sequence[Sort], values: Sequence[Any], back: bool) -> Q:
    """Return the condition of rows that come after a row, of which these are the values, or before it."""
    found = Q(pk__in=[])
    equal = Q()
    for sort, value in zip(sorts, values, strict=True):
        turned = reverse(sort) if back else sort
        found |= equal & _after(turned, value)
        equal &= Q(**{f"{sort.alias}__isnull": True}) if value is None else Q(**{sort.alias: value})
    first = reverse(sorts[0]) if back else sorts[0]
    if not first.nullable:
        # Said once more for the database, which finds the place by an index.
        found &= Q(**{f"{first.alias}__{'lte' if first.descending else 'gte'}": values[0]})
    return found


def _after(sort: Sort, value: Any) -> Q:
    if value is None:
        return Q(**{f"{sort.alias}__isnull": False}) if sort.nulls_first else Q(pk__in=[])
    later = Q(**{f"{sort.alias}__{'lt' if sort.descending else 'gt'}": value})
    if sort.nullable and not sort.nulls_first:
        later |= Q(**{f"{sort.alias}__isnull": True})
    return later


def _written(value: Any) -> Any:
    """Return a value as JSON has it, from which the field that it is of reads it again."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _read(fields: Sequence[Any], place: Sequence[Any]) -> list[Any]:
    try:
        return [field.to_python(value) for field, value in zip(fields, place, strict=True)]
    except (ValidationError, ValueError, TypeError) as error:
        # A cursor of an earlier version of the program: the signature holds, the columns are others.
        raise refused("cursor", "…", "a cursor of this version; leave it out to begin") from error


# --- Lists made in Python -----------------------------------------------------------------------------------


def _of_rows(selection: RowSelection, columns: tuple[Column, ...], place: Any, version: int) -> Page:
    start, size = 0, selection.query.page_size
    if place is not None:
        start, made_of = place
        if made_of != version:
            raise refused("cursor", "…", "no cursor: the records have changed since this one; begin again")
    rows = iter(selection.read(columns))
    found = list(islice(rows, start, start + size + 1))
    close = getattr(rows, "close", None)
    if close is not None:
        close()
    more, tie = len(found) > size, _tie(selection)
    return Page(
        found[:size],
        _closed(NEXT, [start + size, version], tie) if more else None,
        _closed(PREVIOUS, [max(start - size, 0), version], tie) if start else None,
    )
