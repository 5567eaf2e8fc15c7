"""Reading whole tables of decimals: what `values_list` gives, in a fraction of its time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from portfolio.models.fields import RatioField, ScaledDecimalField


def rows_by_column(rows: QuerySet[Any], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return the values of some fields of all rows, held in memory; fields of the model itself alone.

    Each column is converted in one go, where Django looks up the conversion of each cell.
    """
    meta = rows.model._meta
    fields = [meta.pk if name == "pk" else meta.get_field(name) for name in names]
    try:
        sql, params = rows.values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return iter(())
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        columns = list(zip(*cursor.fetchall(), strict=True))
    return zip(*map(_converted, fields, columns), strict=True)


def _converted(field: Any, column: Iterable[Any]) -> Iterable[Any]:
    if isinstance(field, ScaledDecimalField | RatioField):
        return field.column_from_db(column)
    expression = field.get_col(field.model._meta.db_table)
    converters = [
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    ]
    for convert in converters:
        column = [convert(value, expression, connection) for value in column]
    return column
