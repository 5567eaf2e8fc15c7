"""What bench/export.py measures in processes of their own: the query of the list, and other ways to write it.

    python bench/export_child.py query                  the SELECT of the list, for psql and sqlite3
    python bench/export_child.py cells                  the SELECT of the cells of its CSV, for psql
    python bench/export_child.py framework ROWS         CSV row by row from a serializer of the REST framework
    python bench/export_child.py import-export ROWS     django-import-export

The last two print, as JSON, how many rows they wrote, in how many seconds, and how the memory grew.
"""

import csv
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

django.setup()

from django.db import connection
from rest_framework import serializers

from portfolio.exports.lists import LISTS, Asked, Column, read_query, select
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.writing_postgresql import csv_select
from portfolio.exports.writing_query import query_of
from portfolio.rules.dates import today

LIST = "contribution-events"


def listed() -> tuple[Any, tuple[Column, ...]]:
    """Return the query of the whole list, and its columns."""
    table = LISTS[LIST]
    query = read_query(table, {})
    return select(table, Asked(today()), query).read(query.fields), query.fields


def select_statement() -> str:
    """Return the SELECT that the list is made of, with its parameters in it, each column by its name."""
    rows, columns = listed()
    values = rows.values_list(*(column.alias for column in columns))
    sql, parameters = values.query.get_compiler(connection=connection).as_sql()
    if connection.vendor == "postgresql":
        operations: Any = connection.ops
        return str(operations.compose_sql(sql, parameters))
    quoted = tuple(str(value) if isinstance(value, int) else _quoted(value) for value in parameters)
    return str(sql % quoted)


def _quoted(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def by_framework(limit: int) -> Iterator[bytes]:
    """Yield CSV as a renderer of the REST framework would stream it: a serializer's fields, row by row."""
    rows, columns = listed()
    kinds = {
        Kind.MONEY: lambda: serializers.DecimalField(max_digits=20, decimal_places=2),
        Kind.DAY: serializers.DateField,
        Kind.WHOLE: serializers.IntegerField,
    }
    fields = {column.name: kinds.get(column.kind, serializers.CharField)() for column in columns}
    serializer = type("Row", (serializers.Serializer,), fields)()
    names = [column.name for column in columns]
    buffer = StringIO()
    writer = csv.DictWriter(buffer, names)
    writer.writeheader()
    found = rows.values_list(*(column.alias for column in columns))[:limit]
    for row in found.iterator(chunk_size=2_000):
        writer.writerow(serializer.to_representation(dict(zip(names, row, strict=True))))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def by_import_export(limit: int) -> Iterator[bytes]:
    """Yield CSV as django-import-export makes it: a data set in memory, then its text."""
    from import_export import fields, resources

    from portfolio.models import ContributionEvent

    _, columns = listed()
    paths = {column.name: column.of or column.name for column in columns}
    declared: dict[str, Any] = {
        name: fields.Field(attribute=str(path), column_name=name) for name, path in paths.items()
    }
    meta = type("Meta", (), {"model": ContributionEvent, "fields": list(paths), "export_order": list(paths)})
    resource_class = type("Events", (resources.ModelResource,), {**declared, "Meta": meta})
    events = ContributionEvent.objects.select_related(
        "source", "contribution__project", "contribution__financier", "contribution__envelope"
    ).order_by("contribution__reference", "occurred_on", "id")[:limit]
    yield str(resource_class().export(events).csv).encode()


def measured(content: Callable[[int], Iterator[bytes]], limit: int) -> dict[str, float]:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    rows = sum(piece.count(b"\n") for piece in content(limit)) - 1
    seconds = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"rows": rows, "seconds": seconds, "grown_mib": grown / 1024}


def main() -> None:
    what, *more = sys.argv[1:]
    if what == "query":
        print(select_statement())
        return
    if what == "cells":
        print(csv_select(query_of(*listed()), "."))
        return
    ways = {"framework": by_framework, "import-export": by_import_export}
    print(json.dumps(measured(ways[what], int(more[0]))))


if __name__ == "__main__":
    main()
