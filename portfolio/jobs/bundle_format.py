"""The portfolio bundle as data: its files, their columns and keys, and what each cell accepts.

The order of FILES is the order in which rows can be written: what is referred to comes first. Other apps join
their files at the end (`join_files`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models

from portfolio import vocabulary
from portfolio.jobs import cells
from portfolio.jobs.cells import CellFault
from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Financier,
    Memorandum,
    MemorandumAction,
    Milestone,
    Programme,
    Project,
    ProjectStage,
    PublishedFigure,
    PublishedFigureReading,
    Source,
)
from portfolio.models.fields import plain

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a bundle file.

    `parse` turns a cell that is not empty into what the database stores; `write` turns what the model
    speaks into the cell's text. A reference names the file whose key it holds. `meaning` and `unit` are said
    of columns that no list of the API has.
    """

    name: str
    parse: Callable[[str], Any]
    required: bool = False
    write: Callable[[Any], str] = str
    reference: str = ""
    meaning: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the bundle.

    `key` are the columns that identify a row. `owner` is set for dated files: the rows of each owner that
    the file names become the file's. `repeatable` names the kind of event that may stand twice.

    An `optional` file is saved where it has rows. A `confidential` one is in no public export, and saved only
    where that is asked for; one with a `permission` is for who has it. A row exists from the first of the
    days `dated_by` on, and from all the days `within`, which are those of rows that it refers to.
    """

    name: str
    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    owner: str = ""
    check: Callable[[Row], list[tuple[str, str, str]]] | None = None
    repeatable: str = ""
    optional: bool = False
    confidential: bool = False
    permission: str = ""
    dated_by: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def references(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.reference)


def key(name: str) -> Column:
    return Column(name, cells.key, required=True)


def ref(name: str, file: str, *, required: bool = True) -> Column:
    return Column(name, cells.text, required, reference=file)


def text(name: str, *, required: bool = False) -> Column:
    return Column(name, cells.text, required)


def word(name: str, choices: type[models.TextChoices]) -> Column:
    return Column(name, cells.one_of(choices.values), required=True)


def day(name: str, *, required: bool = False) -> Column:
    return Column(name, cells.day, required, write=lambda value: value.isoformat())


def money(name: str, *, required: bool = False, above_zero: bool = False) -> Column:
    return Column(name, cells.money_above_zero if above_zero else cells.money, required, write=_two_decimals)


def number(name: str, parse: Callable[[str], Any], *, required: bool = False) -> Column:
    return Column(name, parse, required, write=plain)


def _two_decimals(value: Decimal) -> str:
    return format(value, ".2f")


SOURCE = ref("source", "sources")
CONFIDENCE = word("confidence", vocabulary.Confidence)
CURRENCY = Column("currency", cells.currency, required=True)


def _check_envelope(row: Row) -> list[tuple[str, str, str]]:
    faults = []
    starts_on, ends_on = row["starts_on"], row["ends_on"]
    if starts_on and ends_on and ends_on <= starts_on:
        faults.append(("ends_on", f"{ends_on} is not after starts_on, {starts_on}", "a later day"))
    if row["kind"] == vocabulary.EnvelopeKind.MOBILISATION_TARGET:
        faults.extend(
            (name, "empty, but a mobilisation target needs both its dates", "a date as YYYY-MM-DD")
            for name in ("starts_on", "ends_on")
            if row[name] is None
        )
    return faults


def _check_figure(row: Row) -> list[tuple[str, str, str]]:
    value = row["value"]
    if row["key"] == vocabulary.FigureKey.GIGAFACTORY_LIMIT and value and not re.fullmatch("[0-9]+", value):
        return [("value", f"“{value}” is not a number of gigafactories", "a whole number, zero or more")]
    return []


FILES: list[File] = [
    File(
        "sources",
        Source,
        ("key",),
        (
            key("key"),
            text("publisher"),
            text("title", required=True),
            text("url"),
            day("published_on"),
            text("note"),
        ),
    ),
    File(
        "programmes",
        Programme,
        ("slug",),
        (key("slug"), text("name", required=True), text("description"), SOURCE),
    ),
    File(
        "published_figures",
        PublishedFigure,
        ("key",),
        (
            key("key"),
            ref("programme", "programmes"),
            text("statement"),
            number("value", cells.exact_decimal),
            text("unit"),
            day("as_of"),
            CONFIDENCE,
            SOURCE,
        ),
        check=_check_figure,
    ),
    File(
        "published_figure_readings",
        PublishedFigureReading,
        ("figure", "source"),
        (
            ref("figure", "published_figures"),
            number("value", cells.exact_decimal),
            CONFIDENCE,
            SOURCE,
            text("note"),
        ),
    ),
    File(
        "envelopes",
        Envelope,
        ("slug",),
        (
            key("slug"),
            ref("programme", "programmes"),
            text("name", required=True),
            word("kind", vocabulary.EnvelopeKind),
            money("amount_eur", required=True, above_zero=True),
            day("starts_on"),
            day("ends_on"),
            ref("parent", "envelopes", required=False),
            CONFIDENCE,
            SOURCE,
        ),
        check=_check_envelope,
    ),
    File(
        "memoranda",
        Memorandum,
        ("slug",),
        (key("slug"), text("title", required=True), day("signed_on"), text("signatories"), SOURCE),
    ),
    File(
        "memorandum_actions",
        MemorandumAction,
        ("memorandum", "key"),
        (
            ref("memorandum", "memoranda"),
            key("key"),
            text("area"),
            text("title", required=True),
            day("due_on"),
            day("done_on"),
            text("note"),
        ),
    ),
    File(
        "financiers",
        Financier,
        ("slug",),
        (
            key("slug"),
            text("name", required=True),
            word("kind", vocabulary.FinancierKind),
            Column("country", cells.country),
        ),
    ),
    File(
        "projects",
        Project,
        ("slug",),
        (
            key("slug"),
            text("name", required=True),
            word("kind", vocabulary.ProjectKind),
            Column("countries", cells.countries),
            text("city"),
            number("latitude", cells.latitude),
            number("longitude", cells.longitude),
            text("host"),
            text("website"),
            text("sectors"),
            SOURCE,
        ),
    ),
    File(
        "project_stages",
        ProjectStage,
        ("project", "stage", "reached_on"),
        (
            ref("project", "projects"),
            word("stage", vocabulary.Stage),
            day("reached_on", required=True),
            CONFIDENCE,
            SOURCE,
            text("note"),
        ),
        owner="project",
    ),
    File(
        "cost_estimates",
        CostEstimate,
        ("project", "estimated_on"),
        (
            ref("project", "projects"),
            day("estimated_on", required=True),
            money("amount", required=True),
            CURRENCY,
            CONFIDENCE,
            SOURCE,
        ),
        owner="project",
    ),
    File(
        "contributions",
        Contribution,
        ("reference",),
        (
            key("reference"),
            ref("project", "projects"),
            ref("financier", "financiers"),
            word("instrument", vocabulary.Instrument),
            ref("envelope", "envelopes", required=False),
            CURRENCY,
            SOURCE,
            text("note"),
        ),
    ),
    File(
        "contribution_events",
        ContributionEvent,
        ("contribution", "kind", "occurred_on"),
        (
            ref("contribution", "contributions"),
            word("kind", vocabulary.EventKind),
            day("occurred_on", required=True),
            money("amount"),
            CONFIDENCE,
            SOURCE,
        ),
        owner="contribution",
        repeatable=vocabulary.EventKind.DISBURSED,
    ),
    File(
        "chip_models",
        ChipModel,
        ("slug",),
        (
            key("slug"),
            text("vendor"),
            text("name", required=True),
            number("bf16_dense_tflops", cells.speed),
            number("memory_gb", cells.memory),
            SOURCE,
        ),
    ),
    File(
        "chip_deployments",
        ChipDeployment,
        ("project", "system"),
        (
            ref("project", "projects"),
            Column("system", cells.system, required=True),
            ref("chip_model", "chip_models", required=False),
            Column("chips", cells.chips),
            word("bound", vocabulary.Bound),
            day("planned_on", required=True),
            day("contracted_on"),
            day("installed_on"),
            day("operational_on"),
            day("retired_on"),
            CONFIDENCE,
            SOURCE,
        ),
        owner="project",
    ),
    File(
        "milestones",
        Milestone,
        ("project", "key"),
        (
            ref("project", "projects"),
            key("key"),
            text("title", required=True),
            day("due_on"),
            day("done_on"),
            SOURCE,
        ),
        owner="project",
    ),
    File(
        "exchange_rates",
        ExchangeRate,
        ("currency", "date"),
        (CURRENCY, day("date", required=True), number("per_euro", cells.rate, required=True)),
    ),
]

FILE_BY_NAME = {file.name: file for file in FILES}


def join_files(files: Iterable[File]) -> None:
    """Add the files of another app, once, when it starts: what they refer to comes before them."""
    for file in files:
        if file.name not in FILE_BY_NAME:
            FILES.append(file)
            FILE_BY_NAME[file.name] = file


def public_files() -> dict[str, File]:
    """Return the files that anybody who may read the portfolio may have, by name."""
    return {file.name: file for file in FILES if not file.confidential}


__all__ = ["FILES", "FILE_BY_NAME", "CellFault", "Column", "File", "Row", "join_files", "public_files"]
