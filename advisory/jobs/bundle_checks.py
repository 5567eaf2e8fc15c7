"""Faults of a bundle that concern several rows of advice: what must agree, and what may stand once."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from advisory.jobs.bundle_files import FILE_BY_NAME
from portfolio.jobs.bundle_checks import Bundle
from portfolio.jobs.bundle_format import File
from portfolio.jobs.bundle_reading import Fault
from portfolio.jobs.cells import shown


def cross_faults(bundle: Bundle, replace: bool) -> Iterator[Fault]:
    """Yield faults that concern rows of several files: what must belong to the same scale or request."""
    for agreement in AGREEMENTS:
        yield from _disagreeing(agreement, bundle, replace)
    for file, columns, what in ONE_EACH:
        yield from _not_alone(file, columns, what, bundle, replace)


# File, its reference, and what that row says; the other reference, and what that says: these must agree.
AGREEMENTS = (
    (
        "readiness_scores",
        "criterion",
        "scale",
        "assessment",
        "scale",
        "a criterion of the assessment's scale",
    ),
    ("readiness_assessments", "engagement", "request", "", "request", "an engagement on the same request"),
    ("advisory_notes", "meeting", "request", "", "request", "a meeting on the same request"),
)
# What the database allows once, beside the keys.
ONE_EACH = (
    ("readiness_criteria", ("scale", "area"), "each area once in a scale"),
    ("readiness_assessments", ("request", "assessed_on"), "one assessment of a request a day"),
    ("advisers", ("account",), "each account once"),
)


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _said(file: str, column: str, bundle: Bundle, replace: bool) -> dict[str, str]:
    """Return what a column of a file says in the end, by key: the bundle's rows before the recorded ones."""
    described = FILE_BY_NAME[file]
    said: dict[str, str] = {}
    if not replace:
        reference = next(found.reference for found in described.columns if found.name == column)
        path = f"{column}__{FILE_BY_NAME[reference].key[0]}" if reference else column
        said.update(described.model._default_manager.order_by().values_list(described.key[0], path))
    if file in bundle:
        said.update(_rows(f'SELECT "{described.key[0]}", "{column}" FROM {bundle[file].table}'))
    return said


def _disagreeing(
    agreement: tuple[str, str, str, str, str, str], bundle: Bundle, replace: bool
) -> Iterator[Fault]:
    name, one, one_column, other, other_column, accepted = agreement
    file = FILE_BY_NAME[name]
    references = {column.name: column.reference for column in file.columns}
    concerned = {name, references[one]} | ({references[other]} if other else set())
    if not concerned & bundle.keys():
        return
    of_one = _said(references[one], one_column, bundle, replace)
    of_other = _said(references[other], other_column, bundle, replace) if other else {}
    for line, first, second in _pairs(file, one, other or other_column, bundle, replace):
        expected = of_other.get(second) if other else second
        found = of_one.get(first)
        if found is not None and expected is not None and found != expected:
            place = (file.file_name, line) if line else (f"{references[one]}.csv", 1)
            yield Fault(
                *place, one, f"{shown(first)} is of {shown(found)}, not of {shown(expected)}", accepted
            )


def _pairs(file: File, one: str, other: str, bundle: Bundle, replace: bool) -> Iterator[tuple[int, str, str]]:
    """Yield line (0: recorded), and two columns of each row of a file that will stand."""
    staged_owners: set[str] = set()
    owner = file.owner or file.key[0]
    if file.name in bundle:
        table = bundle[file.name].table
        for line, key_, first, second in _rows(
            f'SELECT line, "{owner}", "{one}", "{other}" FROM {table} ORDER BY line'
        ):
            staged_owners.add(key_)
            if first and second:
                yield line, first, second
    if replace:
        return
    references = {column.name: column.reference for column in file.columns}
    paths = [
        f"{name}__{FILE_BY_NAME[references[name]].key[0]}" if references.get(name) else name
        for name in (owner, one, other)
    ]
    for key_, first, second in file.model._default_manager.order_by().values_list(*paths):
        if key_ not in staged_owners and first and second:
            yield 0, first, second


def _not_alone(
    name: str, columns: tuple[str, ...], accepted: str, bundle: Bundle, replace: bool
) -> Iterator[Fault]:
    if name not in bundle:
        return
    file = FILE_BY_NAME[name]
    held: dict[tuple[str, ...], str] = {}
    names = ", ".join(f'"{column}"' for column in (file.key[0], *columns))
    staged = _rows(f"SELECT line, {names} FROM {bundle[name].table} ORDER BY line")
    named = {row[1] for row in staged}
    if not replace:
        references = {column.name: column.reference for column in file.columns}
        paths = [
            f"{column}__{FILE_BY_NAME[references[column]].key[0]}" if references[column] else column
            for column in columns
        ]
        for recorded, *values in file.model._default_manager.order_by().values_list(file.key[0], *paths):
            if recorded not in named:
                held[tuple(map(str, values))] = recorded
    for line, key_, *values in staged:
        value = tuple(map(str, values))
        if any(part in (None, "", "None") for part in value):
            continue
        if value in held:
            wrong = f"{shown(', '.join(value))} stands at {shown(held[value])} already"
            yield Fault(file.file_name, line, ", ".join(columns), wrong, accepted)
        held.setdefault(value, key_)
