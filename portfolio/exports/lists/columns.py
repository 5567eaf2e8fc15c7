"""The declaration of a list: its columns, its key and order, and where its rows come from.

Of one declaration everything is made that says something about a list: JSON, CSV, XLSX, filters, the
description of the API, and the data dictionary.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Choices, F, QuerySet

from portfolio.exports.lists.kinds import FREE, ORDERED, Kind
from portfolio.models import ResultSet

# What annotations of a list's queries are called: no model has a field of such a name.
PREFIX = "c_"


@dataclass(frozen=True, slots=True)
class Asked:
    """What rows are asked for, read and checked.

    `as_of` is the day shown; `dated` says that it was asked for. `results` are those of that day, where the
    list is made of results; `sets` the result sets (database ids) of a series; `data_version` that of the
    facts, where it is neither theirs nor the current one; `parameters` what else the address says, by name,
    as the list's parameters read it; `prepared` what the list itself has made of these. `seen` is what the
    reader may see of a list that is not the same for all (`List.sees`): nothing, unless it is said.
    """

    as_of: date
    dated: bool = False
    results: ResultSet | None = None
    sets: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data_version: int | None = None
    prepared: Any = None
    seen: frozenset[str] = frozenset()

    @property
    def day(self) -> date | None:
        """The day at which facts are cut off; None for all of them."""
        return self.as_of if self.dated else None


Expression = Any
Rows = Callable[[Asked], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    `of` is the path or the expression of its value (its name, where empty), or a function of what is asked.
    `empty` says what an empty cell means; without it, there is none. `rule` is the number in the rules, and
    `statement` what that says of the column, where it is computed.
    `references` names the list whose key it holds. `folded` is the path of the folded copy that is kept of a
    name, without which it is folded as it is searched; `folded_beside`: another column is in that copy too.
    A `ranked` word is ordered as its closed list is, others by code point. One `on_request` is given only to
    those who name it under `fields`, and anybody may filter and order by it.
    """

    name: str
    kind: Kind
    meaning: str
    of: str | Expression | Callable[[Asked], Expression] = ""
    unit: str = ""
    rule: str = ""
    statement: str = ""
    empty: str = ""
    choices: type[Choices] | tuple[str, ...] | None = None
    references: str = ""
    filter: bool = True
    folded: str = ""
    folded_beside: bool = False
    ranked: bool = False
    on_request: bool = False
    example: str = ""

    @property
    def free(self) -> bool:
        """Whether it is free text, which a spreadsheet might run as a formula."""
        return self.kind in FREE or (self.kind == Kind.REASONS and not self.words)

    @property
    def compared(self) -> bool:
        """Whether its values can be asked for from one value to another."""
        return self.kind in ORDERED

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its closed list, in their order."""
        if self.choices is None:
            return ()
        if isinstance(self.choices, tuple):
            return self.choices
        return tuple(str(value) for value in self.choices.values)

    @property
    def labels(self) -> dict[str, str]:
        """What each word of its closed list means."""
        if self.choices is None or isinstance(self.choices, tuple):
            return {word: word for word in self.words}
        return {str(value): str(label) for value, label in self.choices.choices}

    @property
    def alias(self) -> str:
        """What queries call it."""
        return PREFIX + self.name

    def expression(self, asked: Asked) -> Expression:
        """Return what its value is in a query."""
        if isinstance(self.of, str):
            return F(self.of or self.name)
        return self.of(asked) if callable(self.of) and not hasattr(self.of, "resolve_expression") else self.of


@dataclass(frozen=True, slots=True)
class By:
    """A column that orders a list. Where `ranked` is not said, the column says it."""

    name: str
    descending: bool = False
    nulls_first: bool = False
    ranked: bool | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a list that is no filter of a column.

    `read` returns what its text states, or raises ValueRefused. One `in_path` is part of the address.
    """

    name: str
    meaning: str
    read: Callable[[str], Any]
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    example: str = ""
    in_path: bool = False


@dataclass(frozen=True, kw_only=True)
class List:
    """What the declarations of all lists share.

    `name` is that of its address. `key`: the columns that identify a row, empty where none do; `order`
    ends with what makes it unique. `of_results`: its rows are of result sets; `series`: at month ends.
    `address` is the place under the API where it is not `name`, with parameters in braces. `prepare` computes
    what rows need, before a snapshot is opened; `permission`: what a reader needs; empty: to read. `sees`
    says of a person which rows that need a right they may see, in words of its own; None: all see the same.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    of_results: bool = False
    series: bool = False
    dated: bool = True
    group: str = "facts"
    parameters: tuple[Parameter, ...] = ()
    address: str = ""
    prepare: Callable[[Asked], Asked] | None = None
    permission: str = ""
    sees: Callable[[Any], frozenset[str]] | None = None

    @property
    def path(self) -> str:
        return self.address or self.name

    @property
    def usual(self) -> tuple[Column, ...]:
        """The columns that are given where none are asked for."""
        return tuple(column for column in self.columns if not column.on_request)

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def file_name(self) -> str:
        """What its files are called, without the ending."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class ListTable(List):
    """A list that a query gives: filtered, ordered and paged by the database."""

    order: tuple[By, ...]
    rows: Rows

    @property
    def key_order(self) -> tuple[By, ...]:
        """What makes any other order unique."""
        return tuple(By(name) for name in self.key)


@dataclass(frozen=True, kw_only=True)
class ListRows(List):
    """A list whose rows are made in Python, one after the other, as dicts by column name.

    `rows` yields them in the list's order, inside a snapshot that whoever reads them has opened. `sortable`:
    there are few enough to be ordered otherwise.
    """

    rows: Callable[[Asked], Iterable[Mapping[str, Any]]]
    sortable: bool = True


AnyList = ListTable | ListRows
