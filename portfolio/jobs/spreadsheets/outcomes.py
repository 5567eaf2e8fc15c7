"""What each row of a list would do: new, changed with old and new values, unchanged, or faulty."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from portfolio.jobs.bundle_format import File
from portfolio.jobs.spreadsheets.matching import matched, recorded_value
from portfolio.jobs.spreadsheets.staging import FAULTS, LINES, Staging, line_ranges, rows_of
from portfolio.jobs.spreadsheets.targets import LABELS, SOURCE
from portfolio.models.fields import ScaledDecimalField
from portfolio.vocabulary import RowOutcome

AT_ONCE = 2_000
LONGEST_VALUE = 300

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
    fields = [file.model._meta.get_field(column.name) for column in file.columns]
    for line, recorded, *values in rows:
        pairs = list(zip(values[::2], values[1::2], strict=True))
        said = dict(zip(file.column_names, pairs, strict=True))
        key = ", ".join(_written(_field(file, name), said[name][0]) for name in file.key)
        changes = []
        for column, one, (new, old) in zip(file.columns, fields, pairs, strict=True):
            new_text, old_text = _written(one, new), _written(one, old)
            if (recorded is None and new_text) or (recorded is not None and new_text != old_text):
                changes.append([label_of(file, column.name), "" if recorded is None else old_text, new_text])
        yield line, Compared(file, key, recorded is None, changes)


def _field(file: File, name: str) -> Any:
    return file.model._meta.get_field(name)


def _written(one: Any, value: Any) -> str:
    """Return a stored value as text: money with two decimals, decimals without trailing zeros."""
    if value is None:
        return ""
    if isinstance(one, ScaledDecimalField):
        text = f"{'-' if int(value) < 0 else ''}{abs(int(value)):0{one.places + 1}d}"
        return f"{text[: -one.places]}.{text[-one.places :]}"
    if isinstance(one, models.DecimalField):
        text = str(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)[:LONGEST_VALUE]


def label_of(file: File, column: str) -> str:
    """Return what a column of a record is called where rows are shown."""
    name = f"{file.name}.{column}"
    label = LABELS.get(name) or str(getattr(_field(file, column), "verbose_name", column))
    what = file.name.removesuffix("s").replace("_", " ")
    return label[:1].upper() + label[1:] if name in LABELS and column != SOURCE else f"{what}: {label}"


class Digest:
    """Identifies what a preview showed, so that nothing else is applied."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, outcome: Outcome) -> None:
        said = [outcome.number, outcome.outcome.value, outcome.key, outcome.changes, outcome.faults]
        self._hash.update(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    @property
    def text(self) -> str:
        return self._hash.hexdigest()
