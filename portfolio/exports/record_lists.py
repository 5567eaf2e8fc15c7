"""The records that somebody chose otherwise than by the parameters of a list, written with its columns."""

from contextlib import ExitStack
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase

from portfolio.exports.delivery import delivered
from portfolio.exports.lists import LISTS, Asked, ListTable
from portfolio.exports.places import take_place
from portfolio.exports.writing import About, write
from portfolio.jobs.bundle_format import FILES
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import today

FORMATS = ("csv", "xlsx", "jsonl")


def list_of(model: type[Model], person: Any) -> ListTable | None:
    """Return the list that gives the records of a model away; None where there is none for this person."""
    name = next((file.name for file in FILES if file.model is model), "")
    table = LISTS.get(name.replace("_", "-"))
    if not isinstance(table, ListTable) or (table.permission and not person.has_perm(table.permission)):
        return None
    return table


def records_file(
    request: HttpRequest, table: ListTable, chosen: QuerySet[Any], format_: str, dialect: str
) -> HttpResponseBase:
    """Return a file of the records chosen, in their order, with the usual columns of their list.

    Raise TooManyExports or CannotBeWritten.
    """
    seen = frozenset() if table.sees is None else table.sees(request.user)
    asked = Asked(today(), seen=seen)
    with ExitStack() as stack:
        stack.enter_context(reading())
        rows = table.rows(asked).filter(pk__in=chosen.order_by().values("pk"))
        count = rows.count()
        take_place(stack, count)
        columns, version = table.usual, data_version()
        address = request.build_absolute_uri()
        about = About(table, asked.as_of, version, count, address, _given(request))
        rows = rows.annotate(**{column.alias: column.expression(asked) for column in columns})
        written = write(table, rows.order_by(*chosen.query.order_by), columns, format_, dialect, about)
        written.headers.update({"Row-Count": str(count), "Data-Version": str(version)})
        return delivered(request, written, stack)


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items() if value}
