"""The data dictionary: what every column of every list and of every file of the bundle is.

All of it follows from what is declared elsewhere: lists, files of the bundle, closed lists of words, and what
the rules say of their columns. Nothing is written here a second time.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import models

from portfolio.exports.csvw import BASES, key_of
from portfolio.exports.lists import LIST_GROUPS, LISTS
from portfolio.exports.lists.columns import AnyList, Column
from portfolio.exports.lists.kinds import Kind
from portfolio.jobs.bundle_format import FILE_BY_NAME, FILES, File
from portfolio.jobs.bundle_format import Column as FileColumn
from portfolio.rules.explained import EXPLAINED, METRICS

Document = dict[str, Any]

# What a cell of each kind looks like, for people.
WRITTEN: dict[Kind, str] = {
    Kind.KEY: "text: a key",
    Kind.NAME: "text: a name",
    Kind.TEXT: "text",
    Kind.WORD: "text: one of a closed list",
    Kind.MONEY: "decimal, two places",
    Kind.NUMBER: "decimal",
    Kind.RATIO: "decimal, places fixed",
    Kind.WHOLE: "whole number",
    Kind.DAY: "day, YYYY-MM-DD",
    Kind.MOMENT: "moment in UTC, to the second",
    Kind.FLAG: "true or false",
    Kind.REASONS: "words with ; between",
    Kind.LINK: "text: an address",
    Kind.CELL: "a cell of another table, as that writes it",
}
# Numbers that name a row, or its place among others: they measure nothing, and so have no unit.
ORDINALS = frozenset({"id", "position", "part", "data_version"})
MEASURING = frozenset({Kind.MONEY, Kind.NUMBER, Kind.RATIO, Kind.WHOLE})
OTHER_GROUPS = {"scenarios": "Tables of a scenario"}
NO_GROUP = "Other lists"
DATABASE_KINDS: tuple[tuple[type[models.Field], Kind], ...] = (
    (models.DateField, Kind.DAY),
    (models.IntegerField, Kind.WHOLE),
)


def needs_unit(column: Column) -> bool:
    """Whether the numbers of a column mean nothing without a unit."""
    return column.kind in MEASURING and column.name not in ORDINALS


@cache
def list_entries() -> dict[str, Document]:
    """Return the entry of every list by name, as JSON values. The program alone decides them."""
    return {name: _list_entry(table) for name, table in LISTS.items()}


@cache
def file_entries() -> dict[str, Document]:
    """Return the entry of every file of the bundle by name, as JSON values."""
    return {file.name: _file_entry(file) for file in FILES}


def group_title(group: str) -> str:
    """Return what a group of lists is called."""
    return LIST_GROUPS.get(group) or OTHER_GROUPS.get(group, NO_GROUP)


def _list_entry(table: AnyList) -> Document:
    return {
        "name": table.name,
        "title": table.title,
        "meaning": table.meaning,
        "group": table.group,
        "path": table.path,
        "key": list(table.key),
        "permission": table.permission or None,
        "parameters": [{"name": own.name, "meaning": own.meaning} for own in table.parameters],
        "columns": [_column_entry(table, column) for column in table.columns],
    }


def _column_entry(table: AnyList, column: Column) -> Document:
    referred = column.references
    return {
        "name": column.name,
        "type": BASES[column.kind],
        "written": WRITTEN[column.kind],
        "unit": column.unit or None,
        "meaning": column.meaning,
        "rule": column.rule or None,
        "statement": column.statement or None,
        "nullable": bool(column.empty),
        "empty_means": column.empty or None,
        "values": _values(column),
        "key": column.name in table.key,
        "references": {"list": referred, "column": key_of(referred)} if referred else None,
        "on_request": column.on_request,
    }


def _values(column: Column) -> list[Document] | None:
    """Return the words that a column can say with what each means; None where it has no closed list."""
    if column.name == "metric":
        return [
            {
                "value": metric,
                "meaning": f"{rule.label}. {rule.statement}",
                "unit": rule.unit.value,
                "rule": ", ".join(map(str, rule.rules)),
            }
            for metric, rule in EXPLAINED[METRICS].items()
        ]
    return [{"value": word, "meaning": meaning} for word, meaning in column.labels.items()] or None


def _file_entry(file: File) -> Document:
    table = LISTS.get(file.name.replace("_", "-"))
    listed = table.by_name if table else {}
    return {
        "name": file.name,
        "file": file.file_name,
        "title": table.title if table else file.name.replace("_", " ").capitalize(),
        "meaning": table.meaning if table else f"Confidential: {file.model._meta.verbose_name_plural}.",
        "list": table.name if table else None,
        "key": [] if file.repeatable else list(file.key),
        "optional": file.optional,
        "confidential": file.confidential,
        "permission": file.permission or None,
        "columns": [_file_column(file, column, listed) for column in file.columns],
    }


def _file_column(file: File, column: FileColumn, listed: Mapping[str, Column]) -> Document:
    described = listed.get(column.name)
    kind = described.kind if described else _kind_of(file, column)
    empty = (described.empty if described else "") or "none, or not known"
    referred = column.reference
    return {
        "name": column.name,
        "type": BASES[kind],
        "written": WRITTEN[kind],
        "unit": (described.unit if described else column.unit) or None,
        "meaning": described.meaning if described else column.meaning,
        "rule": (described.rule if described else "") or None,
        "statement": None,
        "nullable": not column.required,
        "empty_means": None if column.required else empty,
        "values": _values(described) if described else None,
        "key": column.name in file.key and not file.repeatable,
        "references": {"file": referred, "column": _file_key(referred)} if referred else None,
        "on_request": False,
    }


def _kind_of(file: File, column: FileColumn) -> Kind:
    """Return the kind of a column that no list has, as its field says."""
    if column.reference or column.name in file.key:
        return Kind.KEY
    stored = file.model._meta.get_field(column.name)
    return next((kind for field, kind in DATABASE_KINDS if isinstance(stored, field)), Kind.TEXT)


def _file_key(name: str) -> str:
    return FILE_BY_NAME[name].key[0]
