"""A SELECT in the place of a model's table: what it gives is filtered and ordered like stored rows."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.sql.datastructures import BaseTable

from portfolio.queries.states import Statement

T = TypeVar("T", bound=Model)


class _Derived(BaseTable):
    """The FROM of a query: a SELECT that has the columns of the table under whose name it stands."""

    def __init__(self, table_name: str, alias: str, statement: Statement) -> None:
        super().__init__(table_name, alias)
        self.statement = statement

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        alias = compiler.quote_name_unless_alias(self.table_alias)
        return f"({self.statement.sql}) {alias}", tuple(self.statement.params)

    def relabeled_clone(self, change_map: dict[str | None, str]) -> "_Derived":
        alias = self.table_alias or self.table_name
        return type(self)(self.table_name, change_map.get(alias, alias), self.statement)


def rows_of(model: type[T], statement: Statement) -> QuerySet[T]:
    """Return a query over the rows of a SELECT, which has all columns of the model under their names."""
    rows: QuerySet[T] = model._default_manager.order_by()
    query = rows.query
    alias = query.get_initial_alias()
    query.alias_map[alias] = _Derived(model._meta.db_table, alias, statement)
    return rows
