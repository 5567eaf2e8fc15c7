"""A list's query as text, for the database to format its cells: each column under its alias."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.validators import RegexValidator
from django.db import connection
from django.db.models import CharField, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import FREE, Kind
from portfolio.models.fields import KEY_PATTERN, ExactDecimalField, ScaledDecimalField

TEXTS = frozenset({Kind.KEY, Kind.NAME, Kind.TEXT, Kind.WORD, Kind.REASONS, Kind.LINK, Kind.CELL})
# Of several words between semicolons, the first may be anything that somebody has written.
MAY_RUN = FREE | {Kind.REASONS}
CURRENCY_LENGTH = 3
KEY = re.compile(KEY_PATTERN)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a query: what it is in the list, and the field that says how its values are stored."""

    column: Column
    field: "Field[Any, Any]"

    @property
    def sql(self) -> str:
        """What the query calls it."""
        return connection.ops.quote_name(self.column.alias)

    @property
    def places(self) -> int:
        """The decimals of a number that is stored as a whole number of its smallest unit; else 0."""
        return self.field.places if isinstance(self.field, ScaledDecimalField) else 0

    @property
    def always(self) -> bool:
        """Whether every row has a value."""
        return not (self.column.empty or self.field.null or self.field.blank)

    @property
    def plain(self) -> bool:
        """Whether no value has a character that a file has to quote or escape."""
        if not isinstance(self.field, CharField) or isinstance(self.field, ExactDecimalField):
            return False
        if self.field.choices or 0 < (self.field.max_length or 0) <= CURRENCY_LENGTH:
            return True
        return any(
            isinstance(validator, RegexValidator) and validator.regex == KEY
            for validator in self.field.validators
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A query in the SQL of the database with its parameters, and the cells that it gives.

    `order` is how its rows are to be ordered where that is not said in its `sql`; else empty.
    """

    sql: str
    parameters: tuple[Any, ...]
    cells: tuple[Cell, ...]
    order: str = ""


def query_of(rows: QuerySet[Any], columns: tuple[Column, ...]) -> Query:
    """Return the query of rows that have each column under its alias."""
    listed = rows.values_list(*(column.alias for column in columns))
    compiler = listed.query.get_compiler(connection=connection, elide_empty=False)
    return compiled(compiler, rows, columns)


def compiled(
    compiler: SQLCompiler, rows: QuerySet[Any], columns: tuple[Column, ...], order: str = ""
) -> Query:
    """Return what a compiler makes of the query of rows."""
    sql, parameters = compiler.as_sql()
    annotations = rows.query.annotations
    cells = tuple(Cell(column, annotations[column.alias].output_field) for column in columns)
    return Query(sql, tuple(parameters), cells, order)
