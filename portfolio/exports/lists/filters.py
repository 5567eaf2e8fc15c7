"""Which filters a list has: made of its columns, the same for queries and for rows made in Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, DecimalField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, NullIf, StrIndex

from portfolio.exports.lists.columns import PREFIX, AnyList, Column
from portfolio.exports.lists.kinds import (
    DECIMALS,
    LIST_SEPARATOR,
    MOST_DIGITS,
    READERS,
    Kind,
    ValueRefused,
    read_flag,
    read_text,
    text_of,
)
from portfolio.models.fields import FOLDED_LENGTH
from portfolio.names import folded
from portfolio.rules.dates import BRUSSELS

SEARCH = "search"
# What parameters of all lists are called: a column of such a name has no filter of that name alone.
RESERVED = frozenset(
    {"as_of", "format", "dialect", "ordering", "fields", "page_size", "cursor", "page", "published"}
)
MOST_VALUES = 200
WITHOUT_IN = frozenset({Kind.TEXT, Kind.FLAG, Kind.MOMENT, Kind.LINK})


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: its parameter, the column it looks at (none for `search`), and how it looks."""

    parameter: str
    column: Column | None
    lookup: str
    meaning: str

    @property
    def several(self) -> bool:
        """Whether its value is a list with commas between."""
        return self.lookup == "in"


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter with the value that was given, read."""

    filter: Filter
    value: Any


def filters_of(table: AnyList) -> dict[str, Filter]:
    """Return the filters of a list by parameter."""
    found: list[Filter] = []
    for column in table.columns:
        if column.filter:
            found += _of_column(column)
    if searched(table):
        names = ", ".join(column.name for column in searched(table))
        found.append(
            Filter(
                SEARCH,
                None,
                "search",
                f"Rows with this in one of {names}, without regard to case or accents.",
            )
        )
    taken = RESERVED.union(parameter.name for parameter in table.parameters)
    return {filter_.parameter: filter_ for filter_ in found if filter_.parameter not in taken}


def searched(table: AnyList) -> list[Column]:
    """Return the columns that `search` looks at: free texts, and the list's own keys."""
    return [
        column
        for column in table.columns
        if column.filter and (column.free or (column.kind == Kind.KEY and column.name in table.key))
    ]


def _of_column(column: Column) -> list[Filter]:
    name, kind = column.name, column.kind
    has = "has this among its words" if kind == Kind.REASONS else "is this"
    found = [Filter(name, column, "exact", f"Rows whose {name} {has}.")]
    if kind not in WITHOUT_IN:
        found.append(
            Filter(f"{name}__in", column, "in", f"Rows whose {name} is one of these, commas between.")
        )
    if column.compared:
        found.append(Filter(f"{name}__gte", column, "gte", f"Rows whose {name} is this or more, or later."))
        found.append(Filter(f"{name}__lte", column, "lte", f"Rows whose {name} is this or less, or earlier."))
    if column.free:
        meaning = f"Rows with this in {name}, without regard to case or accents."
        found.append(Filter(f"{name}__contains", column, "contains", meaning))
    if column.empty:
        meaning = f"Rows whose {name} is empty ({column.empty}), or is not."
        found.append(Filter(f"{name}__empty", column, "empty", meaning))
    return found


# --- Reading values -----------------------------------------------------------------------------------------


def read_value(filter_: Filter, text: str) -> Any:
    """Return what the text of a filter states; raise ValueRefused with what is accepted."""
    if filter_.lookup == "empty":
        return read_flag(text)
    if filter_.column is None or filter_.lookup == "contains":
        return read_text(text)
    if not filter_.several:
        return _read(filter_.column, text)
    parts = text.split(",")
    if len(parts) > MOST_VALUES:
        raise ValueRefused(f"at most {MOST_VALUES} values with commas between")
    return tuple(_read(filter_.column, part) for part in parts)


def _read(column: Column, text: str) -> Any:
    if column.words and text not in column.words:
        raise ValueRefused(", ".join(column.words))
    if text == "":
        raise ValueRefused("a value; several with commas between, none of them empty")
    return READERS.get(column.kind, read_text)(text)


# --- As a query ---------------------------------------------------------------------------------------------

# Room for every decimal that a parameter may state.
NUMERIC = DecimalField(max_digits=2 * MOST_DIGITS, decimal_places=MOST_DIGITS)
TEXTUAL = frozenset({Kind.KEY, Kind.NAME, Kind.TEXT, Kind.WORD, Kind.REASONS, Kind.LINK, Kind.CELL})
# What annotations of filters are called, beside those of the columns.
LOOKED_AT = f"{PREFIX}at_"


def narrowed(rows: QuerySet[Any], condition: Condition, table: AnyList) -> QuerySet[Any]:
    """Return the rows of a query, which has the columns under their aliases, that meet a condition."""
    filter_, value = condition.filter, condition.value
    if filter_.column is None:
        return rows.filter(_found(folded(value), table))
    column = filter_.column
    match filter_.lookup:
        case "empty":
            return rows.filter(_empty(column) if value else ~_empty(column))
        case "contains":
            return rows.filter(_contains(column, folded(value)))
    if column.kind == Kind.REASONS:
        words = value if filter_.several else (value,)
        mark = Value(LIST_SEPARATOR, output_field=TextField())
        listed = Concat(mark, Cast(column.alias, TextField()), mark)
        places = {
            f"{LOOKED_AT}{column.name}_{number}": StrIndex(listed, Value(f";{word};"))
            for number, word in enumerate(words)
        }
        return _with_one(rows, places)
    if column.kind == Kind.MOMENT:
        return rows.filter(_moment_q(column.alias, filter_.lookup, value))
    alias = column.alias
    if column.kind in DECIMALS and isinstance(rows.query.annotations[alias].output_field, CharField):
        # Decimals that are kept as texts are compared by value.
        alias = f"{LOOKED_AT}{column.name}"
        number = Cast(NullIf(Cast(column.alias, TextField()), Value("")), NUMERIC)
        rows = rows.alias(**{alias: number})
    return rows.filter(**{f"{alias}__{filter_.lookup}": value})


def _with_one(rows: QuerySet[Any], places: Mapping[str, StrIndex]) -> QuerySet[Any]:
    """Return the rows in which one of several texts stands at some place."""
    found = Q()
    for alias in places:
        found |= Q(**{f"{alias}__gt": 0})
    return rows.alias(**places).filter(found)


def _empty(column: Column) -> Q:
    empty = Q(**{f"{column.alias}__isnull": True})
    return empty | Q(**{column.alias: ""}) if column.kind in TEXTUAL else empty


def _found(needle: str, table: AnyList) -> Q:
    """Return the condition of rows with a folded text in one of the columns that are searched."""
    found = Q()
    if needle:
        for column in searched(table):
            found |= _folded_copy(column, needle) if column.folded else _folded(column, needle)
    return found


def _contains(column: Column, needle: str) -> Q:
    """Return the condition of rows with a folded text in a column."""
    if not needle:
        return ~_empty(column)
    if not column.folded:
        return _folded(column, needle)
    found = _folded_copy(column, needle)
    return found & _folded(column, needle) if column.folded_beside else found


def _folded(column: Column, needle: str) -> Q:
    return Q(**{f"{column.alias}__folded__contains": needle})


def _folded_copy(column: Column, needle: str) -> Q:
    """Return the condition that looks into the copy that is kept, and beyond where that may have been cut."""
    cut = Q(**{f"{column.folded}__length__gte": FOLDED_LENGTH})
    return Q(**{f"{column.folded}__contains": needle}) | (cut & _folded(column, needle))


def _moment_q(alias: str, lookup: str, value: date | datetime) -> Q:
    first, after = span(value)
    if lookup == "exact":
        return Q(**{f"{alias}__gte": first, f"{alias}__lt": after})
    return Q(**{f"{alias}__gte": first}) if lookup == "gte" else Q(**{f"{alias}__lt": after})


def span(value: date | datetime) -> tuple[datetime, datetime]:
    """Return the first moment of a second, or of a day in Brussels, and that of the next one."""
    if isinstance(value, datetime):
        return value, value + timedelta(seconds=1)
    return (
        datetime.combine(value, time(), BRUSSELS),
        datetime.combine(value + timedelta(1), time(), BRUSSELS),
    )


def _column(filter_: Filter) -> Column:
    if filter_.column is None:
        raise TypeError(f"{filter_.parameter} is of no column")
    return filter_.column


# --- As a test of a row -------------------------------------------------------------------------------------


def keeps(condition: Condition, table: AnyList, row: Mapping[str, Any]) -> bool:
    """Whether a row made in Python meets a condition."""
    filter_, wanted = condition.filter, condition.value
    if filter_.lookup == "search":
        needle = folded(wanted)
        return any(needle in folded(str(row[column.name] or "")) for column in searched(table))
    column = _column(filter_)
    value = row[column.name]
    missing = value is None or value == ""
    if filter_.lookup == "empty":
        return missing is wanted
    return not missing and _TESTS[filter_.lookup](column, value, wanted)


def _is(column: Column, value: Any, wanted: Any) -> bool:
    if column.kind == Kind.REASONS:
        return wanted in str(value).split(LIST_SEPARATOR)
    if column.kind == Kind.MOMENT:
        first, after = span(wanted)
        return first <= value < after
    return bool(comparable(column, value) == wanted)


def _at_least(column: Column, value: Any, wanted: Any) -> bool:
    bound = span(wanted)[0] if column.kind == Kind.MOMENT else wanted
    return bool(comparable(column, value) >= bound)


def _at_most(column: Column, value: Any, wanted: Any) -> bool:
    if column.kind == Kind.MOMENT:
        return bool(value < span(wanted)[1])
    return bool(comparable(column, value) <= wanted)


def comparable(column: Column, value: Any) -> Any:
    """Return a value of a row as what a parameter states of its column is compared with."""
    if isinstance(value, bool | datetime):
        return value
    if isinstance(value, str) or column.kind not in READERS:
        text = text_of(column.kind, value)
        return READERS.get(column.kind, str)(text)
    return value


_TESTS: dict[str, Callable[[Column, Any, Any], bool]] = {
    "exact": _is,
    "in": lambda column, value, wanted: any(_is(column, value, one) for one in wanted),
    "gte": _at_least,
    "lte": _at_most,
    "contains": lambda column, value, wanted: folded(wanted) in folded(str(value)),
}
