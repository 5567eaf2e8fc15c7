"""The rows of a list that a query asks for: filtered, in their order, counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.db.models import Case, F, FloatField, IntegerField, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, NullIf

from portfolio.exports.lists.asking import Query
from portfolio.exports.lists.columns import PREFIX, Asked, By, Column, ListRows, ListTable
from portfolio.exports.lists.filters import TEXTUAL, comparable, keeps, narrowed
from portfolio.exports.lists.kinds import Kind
from portfolio.queries.ordering import by_code_point
from portfolio.queries.row_numbers import number_of

SORTED = f"{PREFIX}by_"


@dataclass(frozen=True, slots=True)
class Sort:
    """An expression that orders a query: its alias, and where its empty values stand."""

    alias: str
    expression: Any
    descending: bool
    nullable: bool
    nulls_first: bool

    @property
    def ordering(self) -> Any:
        """The ordering of a query that has the expression under its alias."""
        place = {"nulls_first" if self.nulls_first else "nulls_last": True} if self.nullable else {}
        path = F(self.alias)
        return path.desc(**place) if self.descending else path.asc(**place)


def sorts_of(table: ListTable, ordering: tuple[By, ...]) -> list[Sort]:
    """Return what orders a list: what is asked for, and then what the list is ordered by in any case."""
    named = {by.name for by in ordering}
    order = [
        *ordering,
        *(by for by in (table.key_order if ordering else table.order) if by.name not in named),
    ]
    columns = table.by_name
    return [_sort(columns[by.name], by) for by in order]


def _sort(column: Column, by: By) -> Sort:
    ranked = column.ranked if by.ranked is None else by.ranked
    return Sort(
        f"{SORTED}{column.name}",
        _ordered(column, ranked),
        by.descending,
        bool(column.empty),
        by.nulls_first,
    )


def _ordered(column: Column, ranked: bool) -> Any:
    """Return the expression that orders by a column: empty texts as unknown, numbers by value."""
    if ranked:
        places = [When(**{column.alias: word}, then=Value(place)) for place, word in enumerate(column.words)]
        return Case(*places, output_field=IntegerField())
    if column.kind in TEXTUAL:
        text = by_code_point(column.alias)
        return NullIf(text, Value(""), output_field=TextField()) if column.empty else text
    if column.kind == Kind.NUMBER:
        # Some are kept as texts. What differs in no digit that a float has is ordered by the key.
        return Cast(NullIf(Cast(column.alias, TextField()), Value("")), FloatField())
    return F(column.alias)


@dataclass(frozen=True)
class TableSelection:
    """What a query asks of a list that the database gives."""

    table: ListTable
    asked: Asked
    query: Query

    @cached_property
    def filtered(self) -> QuerySet[Any]:
        """The rows that are kept, in no order and without columns."""
        columns = {condition.filter.column for condition in self.query.conditions if condition.filter.column}
        if any(condition.filter.column is None for condition in self.query.conditions):
            columns |= set(self.table.columns)
        rows = self.table.rows(self.asked)
        rows = rows.alias(**{column.alias: column.expression(self.asked) for column in columns})
        for condition in self.query.conditions:
            rows = narrowed(rows, condition, self.table)
        return rows

    @property
    def sorts(self) -> list[Sort]:
        return sorts_of(self.table, self.query.ordering)

    def count(self) -> int:
        """Return how many rows there are; one query, or none where all of a kind are counted already."""
        known = None if self.filtered.query.where else number_of(self.filtered.model)
        return self.filtered.count() if known is None else known

    def read(self, columns: tuple[Column, ...]) -> QuerySet[Any]:
        """Return the query of all rows, with the columns under their aliases, in their order."""
        return self.sorted_rows(columns).order_by(*(sort.ordering for sort in self.sorts))

    def sorted_rows(self, columns: tuple[Column, ...]) -> QuerySet[Any]:
        """Return the query with columns, and with what orders it, but in no order yet."""
        by_name = self.table.by_name
        ordering = {by_name[sort.alias.removeprefix(SORTED)] for sort in self.sorts}
        needed = dict.fromkeys((*columns, *ordering))
        rows = self.filtered.annotate(**{column.alias: column.expression(self.asked) for column in needed})
        return rows.alias(**{sort.alias: sort.expression for sort in self.sorts})


@dataclass(frozen=True)
class RowSelection:
    """What a query asks of a list whose rows are made in Python."""

    table: ListRows
    asked: Asked
    query: Query

    def count(self) -> int:
        """Return how many rows there are; it makes all of them."""
        return sum(1 for _ in self._kept())

    def read(self, columns: tuple[Column, ...]) -> Iterator[Mapping[str, Any]]:
        """Yield all rows in their order; `columns` are among theirs."""
        if not self.query.ordering:
            yield from self._kept()
            return
        rows = list(self._kept())
        for by in reversed(self.query.ordering):
            column = self.table.by_name[by.name]
            known = [row for row in rows if row[by.name] not in (None, "")]
            unknown = [row for row in rows if row[by.name] in (None, "")]
            known.sort(key=partial(_place, column), reverse=by.descending)
            rows = known + unknown
        yield from rows

    def _kept(self) -> Iterator[Mapping[str, Any]]:
        conditions = self.query.conditions
        for row in self.table.rows(self.asked):
            if all(keeps(condition, self.table, row) for condition in conditions):
                yield row


def _place(column: Column, row: Mapping[str, Any]) -> Any:
    value = row[column.name]
    return column.words.index(str(value)) if column.ranked else comparable(column, value)


Selection = TableSelection | RowSelection


def select(table: ListTable | ListRows, asked: Asked, query: Query) -> Selection:
    """Return the rows of a list that a query asks for."""
    if isinstance(table, ListTable):
        return TableSelection(table, asked, query)
    return RowSelection(table, asked, query)
