"""A plan: how a list is read, column by column, as a person decided it. Kept by import and by layout."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from portfolio.names import folded

BY_SIGN = "@sign"  # the currency of a row is the one that its amount is written with


@dataclass(slots=True)
class FieldPlan:
    """Where a field's values come from: columns counted from 0, or one value for all rows.

    `way`: the decimal mark, or the order of dates, that a person chose. `scale`: what numbers are multiplied
    by. `slug`: keys are made from the texts.
    """

    columns: list[int] = field(default_factory=list)
    constant: str = ""
    way: str = ""
    scale: int = 1
    slug: bool = False

    def __bool__(self) -> bool:
        return bool(self.columns or self.constant)


@dataclass(slots=True)
class NewSource:
    """A source that is recorded together with the rows."""

    key: str = ""
    title: str = ""
    publisher: str = ""
    url: str = ""
    published_on: str = ""

    def __bool__(self) -> bool:
        return bool(self.key)


@dataclass(slots=True)
class Plan:
    """How a list is read and what it is taken as.

    Rows are counted from 0. `words`: by field, the word that a text of the list means. `settled`: by address,
    what a person read in a cell. `keep_blanks`: an empty cell leaves what is recorded. `repeats`: a row that
    says the same as an earlier one counts once. `make`: the files of which missing records are made.
    """

    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_first: int = 0
    header_last: int = 0
    names: list[str] = field(default_factory=list)
    target: str = ""
    fields: dict[str, FieldPlan] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    left_out: list[int] = field(default_factory=list)
    keep_blanks: bool = True
    repeats: bool = False
    make: list[str] = field(default_factory=list)
    new_source: NewSource = field(default_factory=NewSource)

    def written(self) -> dict[str, Any]:
        """Return the plan as plain values for JSON."""
        return asdict(self)

    @property
    def layout(self) -> str:
        return layout_of(self.names)


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """Return the plan that was written."""
    plan = Plan(**{name: value for name, value in stored.items() if name in Plan.__slots__})
    plan.fields = {name: FieldPlan(**one) for name, one in stored.get("fields", {}).items()}
    plan.new_source = NewSource(**stored.get("new_source", {}))
    return plan


def layout_of(names: Iterable[str]) -> str:
    """Return what identifies a layout: the names of its columns in their order, without case or accents."""
    return hashlib.sha256(json.dumps([folded(name) for name in names]).encode()).hexdigest()
