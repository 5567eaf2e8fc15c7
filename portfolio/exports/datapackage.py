"""The description of a zipped bundle: a Tabular Data Package (Frictionless, version 1).

Types, keys and what refers to what follow from the declaration of the bundle's files; meanings and units from
the lists of the API, where they have the same columns.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models

from portfolio.exports.lists import LISTS
from portfolio.exports.lists.columns import Column as ListColumn
from portfolio.jobs import cells
from portfolio.jobs.bundle_format import FILE_BY_NAME, Column, File
from portfolio.models import Source
from portfolio.models.fields import ExactDecimalField, MoneyField, ScaledDecimalField

NAME = "datapackage.json"
MOST_SOURCES = 1_000
DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}
PATTERNS: dict[Callable[[str], Any], str] = {
    cells.key: "[A-Za-z0-9][A-Za-z0-9._-]*",
    cells.currency: "[A-Z]{3}",
    cells.country: "[A-Z]{2}",
    cells.countries: "[A-Z]{2}(;[A-Z]{2})*",
}
NUMBERS = (ScaledDecimalField, ExactDecimalField, models.DecimalField)
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ADDRESS = re.compile(r"https?://[^\s<>\"“”]+[^\s<>\"“”.,;:)]")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A file as it was written: its rows, its length and SHA-256."""

    file: File
    rows: int
    size: int
    sha256: str


def data_package(
    resources: Sequence[Resource], left_out: Iterable[tuple[File, str]], as_of: date | None
) -> Document:
    """Return the description of the files of a bundle as JSON values; `left_out` has each with its reason.

    `as_of` is the day that the portfolio is cut off at, None for all of it. The same portfolio is described
    in the same words, wherever it is loaded.
    """
    names = {resource.file.name for resource in resources}
    day = f" as on {as_of}" if as_of else ""
    found: Document = {
        "profile": "tabular-data-package",
        "name": "investai-portfolio",
        "title": "InvestAI portfolio",
        "description": (
            f"The whole portfolio{day}, as a bundle that load_portfolio reads. Amounts are exact decimals. An"
            " empty cell is unknown, or none: never zero. Rows refer to each other by their keys."
        ),
        "homepage": settings.SITE_URL,
        "as_of": as_of and as_of.isoformat(),
        "left_out": [{"name": file.name, "reason": reason} for file, reason in left_out],
        "licenses": [licence(settings.DATA_LICENCE)],
        "sources": _sources(),
        "resources": [_resource(resource, names) for resource in resources],
    }
    return {name: value for name, value in found.items() if value or name == "left_out"}


def licence(text: str) -> Document:
    """Return a licence as a data package states it: by its identifier, by its address, or in words."""
    if IDENTIFIER.fullmatch(text):
        return {"name": text}
    address = ADDRESS.search(text)
    return {"path": address[0], "title": text} if address else {"name": "other", "title": text}


def _sources() -> list[Document]:
    rows = list(Source.objects.order_by("key")[: MOST_SOURCES + 1])
    found = [
        {"title": str(source)} | ({"path": source.link} if ADDRESS.fullmatch(source.link) else {})
        for source in rows[:MOST_SOURCES]
    ]
    if len(rows) > MOST_SOURCES:
        found.append({"title": "And more: sources.csv has all of them.", "path": "sources.csv"})
    return found


def _resource(resource: Resource, names: set[str]) -> Document:
    file, listed = resource.file, LISTS.get(resource.file.name.replace("_", "-"))
    title = listed.title if listed else file.name.replace("_", " ").capitalize()
    found: Document = {
        "profile": "tabular-data-resource",
        "name": file.name,
        "path": file.file_name,
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": DIALECT,
        "rows": resource.rows,
        "bytes": resource.size,
        "hash": f"sha256:{resource.sha256}",
        "schema": _schema(file, listed.by_name if listed else {}, names),
    }
    return found | ({"description": listed.meaning} if listed else {})


def _schema(file: File, described: dict[str, ListColumn], names: set[str]) -> Document:
    found: Document = {
        "fields": [_field(file, column, described.get(column.name)) for column in file.columns],
        "missingValues": [""],
    }
    if not file.repeatable:
        found["primaryKey"] = list(file.key)
    keys = [
        {
            "fields": column.name,
            "reference": {
                "resource": "" if column.reference == file.name else column.reference,
                "fields": key_of(column.reference),
            },
        }
        for column in file.references
        if column.reference in names
    ]
    return found | ({"foreignKeys": keys} if keys else {})


def key_of(name: str) -> str:
    """Return the column that rows of a file are referred to by."""
    return FILE_BY_NAME[name].key[0]


def _field(file: File, column: Column, described: ListColumn | None) -> Document:
    stored = file.model._meta.get_field(column.name)
    constraints: Document = {"required": True} if column.required else {}
    kind = "string"
    if column.reference:
        pass
    elif isinstance(stored, NUMBERS):
        kind = "number"
        if isinstance(stored, MoneyField):
            constraints["minimum"] = 0
    elif isinstance(stored, models.DateField):
        kind = "date"
    elif isinstance(stored, models.IntegerField):
        kind = "integer"
        constraints["minimum"] = 0
    elif choices := getattr(stored, "choices", None):
        constraints["enum"] = [value for value, _ in choices]
    if pattern := PATTERNS.get(column.parse):
        constraints["pattern"] = pattern
    found: Document = {"name": column.name, "type": kind}
    if described is not None:
        found["description"] = described.meaning
        if described.empty:
            found["description"] += f" Empty: {described.empty}."
        if described.unit:
            found["unit"] = described.unit
    return found | ({"constraints": constraints} if constraints else {})
