"""What each row of a list would do: new, changed with old and new values, unchanged, or faulty."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.db import models

from portfolio.jobs.bundle_format import FILE_BY_NAME, File
from portfolio.jobs.spreadsheets.matching import matched, recorded_value
from portfolio.jobs.spreadsheets.staging import FAULTS, LINES, Staging, line_ranges, rows_of
from portfolio.jobs.spreadsheets.targets import LABELS
from portfolio.models.fields import ScaledDecimalField, plain
from portfolio.vocabulary import RowOutcome

AT_ONCE = 2_000
LONGEST_VALUE = 300
LONGEST_KEY = 600

Change = list[str]  # label, old value, new value


@dataclass(slots=True)
class Outcome:
    """A row of the list: what it would do, the key it is about, what differs, and what is wrong."""

    number: int
    outcome: RowOutcome
    key: str
    changes: list[Change] = field(default_factory=list)
    faults: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Compared:
    """A staged record beside the recorded one."""

    file: File
    key: str
    is_new: bool
    changes: list[Change]


def outcomes(staging: Staging) -> Iterator[Outcome]:
    """Yield the outcome of each row that was staged, in the order of the list."""
    for first, last in line_ranges(AT_ONCE):
        faults: dict[int, list[list[str]]] = {}
        for line, *fault in rows_of(
            f"SELECT line, address, said_in, shown, wrong, accepted FROM {FAULTS}"
            " WHERE line BETWEEN %s AND %s ORDER BY line, address",
            (first, last),
        ):
            faults.setdefault(line, []).append(fault)
        compared: dict[int, list[Compared]] = {}
        for file in staging.files:
            for line, one in _compared(file, first, last):
                compared.setdefault(line, []).append(one)
        for (line,) in rows_of(
            f"SELECT line FROM {LINES} WHERE line BETWEEN %s AND %s ORDER BY line", (first, last)
        ):
            yield _outcome(line, compared.get(line, []), faults.get(line, []), staging.target.own)


def _outcome(line: int, compared: list[Compared], faults: list[list[str]], own: File) -> Outcome:
    about = next((one for one in compared if one.file is own), None)
    key = about.key if about else ""
    if faults:
        return Outcome(line, RowOutcome.FAULTY, key, [], faults)
    changes = [change for one in compared for change in one.changes]
    if about is not None and about.is_new:
        return Outcome(line, RowOutcome.NEW, key, changes)
    return Outcome(line, RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED, key, changes)


def _compared(file: File, first: int, last: int) -> Iterator[tuple[int, Compared]]:
    """Yield each staged record of some lines with what differs from the recorded one."""
    columns = ", ".join(f's."{column.name}", {recorded_value(column)}' for column in file.columns)
    rows = rows_of(f"SELECT s.line, m.id, {columns} {matched(file, f's.line BETWEEN {first} AND {last}')}")
    written = [_writer(file, name) for name in file.column_names]
    labels = [label_of(file, name) for name in file.column_names]
    keys = [file.column_names.index(name) for name in file.key]
    for line, recorded, *values in rows:
        new = [write(value) for write, value in zip(written, values[::2], strict=True)]
        key = ", ".join(new[place] for place in keys)
        if recorded is None:
            changes = [[label, "", said] for label, said in zip(labels, new, strict=True) if said]
        else:
            old = [write(value) for write, value in zip(written, values[1::2], strict=True)]
            compared = zip(labels, old, new, strict=True)
            changes = [[label, before, said] for label, before, said in compared if before != said]
        yield line, Compared(file, key, recorded is None, changes)


def _field(file: File, name: str) -> Any:
    return file.model._meta.get_field(name)


def _writer(file: File, name: str) -> Callable[[Any], str]:
    """Return what writes a stored value as text: money with two decimals, decimals without needless zeros."""
    one = _field(file, name)
    if isinstance(one, ScaledDecimalField):
        return partial(_scaled, one.places)
    return _plain_decimal if isinstance(one, models.DecimalField) else _plain


def _plain(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST_VALUE]


def _scaled(places: int, value: Any) -> str:
    if value is None:
        return ""
    digits = f"{abs(int(value)):0{places + 1}d}"
    return f"{'-' if int(value) < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _plain_decimal(value: Any) -> str:
    return "" if value is None else plain(Decimal(str(value)))


@cache
def _label(file: str, column: str) -> str:
    name = f"{file}.{column}"
    if name in LABELS:
        return LABELS[name]
    label = str(getattr(_field(FILE_BY_NAME[file], column), "verbose_name", column))
    return f"{file.removesuffix('s').replace('_', ' ')}: {label}"


def label_of(file: File, column: str) -> str:
    """Return what a column of a record is called where rows are shown."""
    return _label(file.name, column)


class Digest:
    """Identifies what a preview showed, so that nothing else is applied."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, outcome: Outcome) -> tuple[int, str, str, str, str]:
        """Take an outcome in; return it as the preview stores it: row, outcome, key, changes and faults."""
        said = (
            outcome.number,
            outcome.outcome.value,
            outcome.key[:LONGEST_KEY],
            json.dumps(outcome.changes) if outcome.changes else "[]",
            json.dumps(outcome.faults) if outcome.faults else "[]",
        )
        self._hash.update("\0".join(map(str, said)).encode("utf-8", "surrogatepass"))
        return said

    @property
    def text(self) -> str:
        return self._hash.hexdigest()
