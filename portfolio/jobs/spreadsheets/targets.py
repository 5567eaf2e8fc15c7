"""What a list can be imported as: which records a row of it makes, and the fields they have.

Fields and what they accept are those of the bundle (`bundle_format`). A field is named `file.column`; those
that all records of a row share have a name of their own: `source`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from django.db import models

from portfolio.jobs import cells
from portfolio.jobs.bundle_format import FILE_BY_NAME, Column, File
from portfolio.models.chips import MAX_CHIPS
from portfolio.models.fields import MAX_AMOUNT
from portfolio.rules.number_conventions import NumberKind

SOURCE = "source"


class FieldKind(StrEnum):
    KEY = "key"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    WORD = "word"
    COUNTRIES = "countries"
    CURRENCY = "currency"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column, or one value for all rows, is mapped to.

    `files` are the records it goes into. `made` is set for what is needed only where a record that a row
    names is made because it is missing.
    """

    name: str
    label: str
    kind: FieldKind
    column: Column
    files: tuple[File, ...]
    required: bool
    number: NumberKind | None = None
    words: tuple[tuple[str, str], ...] = ()
    refers_to: str = ""
    made: str = ""

    @property
    def file(self) -> File:
        return self.files[0]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of list: the records of a row in the order in which they are written, the row's own last.

    Of the files `missing`, records can be made where a row names one that is not recorded.
    """

    name: str
    label: str
    files: tuple[File, ...]
    missing: tuple[File, ...]
    fields: dict[str, Field]

    @property
    def own(self) -> File:
        return self.files[-1]

    @property
    def models(self) -> list[type[models.Model]]:
        return [file.model for file in (*self.files, *self.missing, FILE_BY_NAME["sources"])]


LABELS = {
    "contributions.reference": "Reference of the contribution",
    "contributions.project": "Project",
    "contributions.financier": "Financier",
    "contributions.envelope": "Envelope",
    "contributions.note": "Note on the contribution",
    "contribution_events.contribution": "Reference of the contribution",
    "contribution_events.kind": "What happened",
    "contribution_events.occurred_on": "On which day",
    "projects.slug": "Key of the project",
    "financiers.slug": "Key of the financier",
    "sources.key": "Key of the source",
    "sources.url": "Address",
}
MADE = {"projects": ("kind", "countries", "city"), "financiers": ("kind", "country")}
ROWS = {
    "contributions": ("Contributions with what happened to them", ("contributions", "contribution_events")),
    "contribution_events": ("What happened to recorded contributions", ("contribution_events",)),
    "projects": ("Projects", ("projects",)),
    "financiers": ("Financiers", ("financiers",)),
    "cost_estimates": ("Cost estimates", ("cost_estimates",)),
    "project_stages": ("Project stages", ("project_stages",)),
    "milestones": ("Milestones", ("milestones",)),
    "chip_deployments": ("Chip deployments", ("chip_deployments",)),
    "sources": ("Sources", ("sources",)),
}


@cache
def targets() -> dict[str, Target]:
    """Return the kinds of lists by name."""
    return {name: _target(name, label, files) for name, (label, files) in ROWS.items()}


def _target(name: str, label: str, names: tuple[str, ...]) -> Target:
    files = tuple(FILE_BY_NAME[one] for one in names)
    referred = {column.reference for file in files for column in file.references}
    missing = tuple(FILE_BY_NAME[one] for one in ("projects", "financiers") if one in referred)
    fields: dict[str, Field] = {}
    for file in files:
        for column in file.columns:
            if column.reference in names or (column.name == SOURCE and column.reference == "sources"):
                continue
            fields[f"{file.name}.{column.name}"] = _field(file, column, (file,))
    for file in missing:
        for column in file.columns:
            if column.name in MADE[file.name]:
                fields[f"{file.name}.{column.name}"] = _field(file, column, (file,), made=file.name)
    sourced = tuple(file for file in (*files, *missing) if any(one.name == SOURCE for one in file.columns))
    if sourced:
        column = next(one for one in sourced[0].columns if one.name == SOURCE)
        fields[SOURCE] = _field(sourced[0], column, sourced, name=SOURCE)
    return Target(name, label, files, missing, fields)


def _field(file: File, column: Column, files: tuple[File, ...], *, name: str = "", made: str = "") -> Field:
    name = name or f"{file.name}.{column.name}"
    stored = file.model._meta.get_field(column.name)
    label = LABELS.get(name) or str(getattr(stored, "verbose_name", column.name))
    words = tuple((str(value), str(word)) for value, word in getattr(stored, "choices", None) or ())
    kind = _kind(column, stored, bool(words))
    if made:
        label = f"{label}, of a missing {file.name.removesuffix('s')}"
    return Field(
        name,
        label[:1].upper() + label[1:],
        kind,
        column,
        files,
        column.required,
        _number(column, stored) if kind == FieldKind.NUMBER else None,
        words,
        column.reference,
        made,
    )


def _kind(column: Column, stored: object, has_words: bool) -> FieldKind:
    if column.reference:
        return FieldKind.REFERENCE
    if has_words:
        return FieldKind.WORD
    if isinstance(stored, models.DateField):
        return FieldKind.DATE
    if column.parse is cells.currency:
        return FieldKind.CURRENCY
    if column.parse in (cells.country, cells.countries):
        return FieldKind.COUNTRIES
    if column.parse is cells.key:
        return FieldKind.KEY
    is_number = isinstance(stored, models.BigIntegerField | models.DecimalField)  # money is whole cents
    return FieldKind.NUMBER if is_number else FieldKind.TEXT


def _number(column: Column, stored: object) -> NumberKind:
    if column.parse in (cells.money, cells.money_above_zero):
        return NumberKind(2, MAX_AMOUNT)
    if column.parse is cells.chips:
        return NumberKind(0, Decimal(MAX_CHIPS))
    largest = {"latitude": Decimal(90), "longitude": Decimal(180)}.get(column.name)
    return NumberKind(getattr(stored, "decimal_places", None), largest)
