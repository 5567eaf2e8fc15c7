"""Which table of a long list SQLite reads first: the one whose key orders the list, so that it need not sort.

Left to itself, SQLite reads the list's own table first, and sorts all of its rows before it gives any. For
the few rows that a filter keeps, and where an index has the order that is asked for, that is the better way.
"""

from typing import Any

from django.db import connection
from django.db.models import DateField, F, OrderBy, QuerySet
from django.db.models.expressions import Col
from django.db.models.functions import Collate
from django.db.models.lookups import LessThanOrEqual
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import INNER

from portfolio.exports.lists.columns import Column
from portfolio.exports.writing_query import Query as ListQuery
from portfolio.exports.writing_query import compiled, query_of


class LedCompiler(SQLCompiler):
    """Compiles a query so that one of its tables is read first, and its own rows beside each row of that."""

    leader: Any = None

    def get_from_clause(self) -> tuple[list[str], Any]:
        """Return the tables to read; CROSS JOIN is how SQLite is told their order."""
        tables, parameters = super().get_from_clause()
        own, *joined = tables
        joining, _ = self.compile(self.leader)
        table, _, condition = joining.partition(" ON ")
        joined.remove(joining)
        first = table.removeprefix(f"{INNER} ")
        return [first, f"CROSS JOIN {own} ON {condition}", *joined], parameters


def query_and_order(rows: QuerySet[Any], columns: tuple[Column, ...]) -> ListQuery:
    """Return the query of rows in no order, which gives beside its cells what they are to be ordered by.

    Rows that are ordered by anything but expressions that have aliases are ordered in the query itself.
    """
    ordering: Any = rows.query.order_by
    if not all(isinstance(by, OrderBy) and isinstance(by.expression, F) for by in ordering):
        return query_of(rows, columns)
    aliases = [by.expression.name for by in ordering]
    beside = rows.order_by().annotate(**{alias: F(alias) for alias in aliases})
    listed = beside.values_list(*(column.alias for column in columns), *aliases)
    first = rows.query.annotations[aliases[0]] if aliases else None
    return compiled(_compiler(listed.query, first), rows, columns, ", ".join(map(_order, ordering)))


def _order(by: Any) -> str:
    place = " NULLS FIRST" if by.nulls_first else " NULLS LAST" if by.nulls_last else ""
    return f"{connection.ops.quote_name(by.expression.name)} {'DESC' if by.descending else 'ASC'}{place}"


def _compiler(query: Query, ordering: Any) -> SQLCompiler:
    """Return what compiles a query of rows that are to be ordered by an expression before any other."""
    leader = _leader(query, ordering)
    if leader is None or not _keeps_most(query):
        return query.get_compiler(connection=connection, elide_empty=False)
    compiler = LedCompiler(query, connection, None, elide_empty=False)
    compiler.leader = leader
    return compiler


def _leader(query: Query, ordering: Any) -> Any:
    """Return the join to the table that has the key which orders the rows, if there is one."""
    if not isinstance(ordering, Collate):
        return None
    [key] = ordering.get_source_expressions()
    if not (isinstance(key, Col) and key.target.unique and not key.target.null):
        return None
    join: Any = query.alias_map[key.alias]
    of_own = join.parent_alias == query.base_table and join.join_type == INNER
    return join if of_own and join.join_field.db_index else None


def _keeps_most(query: Query) -> bool:
    """Say whether nothing but a day narrows the rows."""
    return not query.where.negated and all(
        isinstance(condition, LessThanOrEqual)
        and isinstance(condition.lhs, Col)
        and isinstance(condition.lhs.target, DateField)
        and condition.lhs.alias == query.base_table
        for condition in query.where.children
    )
