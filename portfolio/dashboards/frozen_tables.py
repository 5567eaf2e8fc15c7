"""Frozen tables as pages show them: text of the publication in words, with what it says exactly on hover."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator

from portfolio.exports.scenario_tables import TABLE_BY_NAME, WORDS, ComparedCell
from portfolio.exports.scenario_words import METRIC_LABELS, Line, bound, column_label, line
from portfolio.queries.publications import Frozen, FrozenTable
from portfolio.queries.scenarios import envelope_names, project_names, record_names
from portfolio.rules.left_out import left_out, scope_of
from portfolio.vocabulary import EnvelopeKind, ProjectKind

ROWS_ON_A_PAGE = 50
SUMMARY, COVERAGE = "portfolio_summary", "project_coverage"
UTILISATION, COMPARISON = "envelope_utilisation", "chip_comparison"
TITLES = {SUMMARY: "Portfolio", COVERAGE: "Projects", UTILISATION: "Envelopes", COMPARISON: "Chips"}
HEADLINES = ("coverage_selected", "secured_selected_eur", "need_selected_eur", "gigafactory_slots_free")
FLAGS = ("over_allocated", "on_track")
KINDS = {**dict(ProjectKind.choices), **dict(EnvelopeKind.choices)}
# The columns that apply to one kind of envelope alone (rules 7 and 8).
OF_KIND = {
    EnvelopeKind.BUDGET: ("committed_eur", "headroom_eur", "utilisation", "over_allocated"),
    EnvelopeKind.MOBILISATION_TARGET: (
        "mobilised_eur",
        "gross_mobilised_eur",
        "attributed_eur",
        "multiplier",
        "progress",
        "expected_progress",
        "on_track",
    ),
}
MOST_KEPT = 16
# What the sums of a publication leave out, by the checksum of its projects: frozen text never changes.
_known_lacking: dict[str, dict[str, str]] = {}
KIND_TITLES = {EnvelopeKind.BUDGET: "Budgets", EnvelopeKind.MOBILISATION_TARGET: "Mobilisation targets"}
NOT_YET = {"on_track": "not begun", "multiplier": "none yet"}


@dataclass(frozen=True, slots=True)
class FrozenCell:
    """A frozen figure in words; `exact` is its text as published."""

    label: str
    text: str
    exact: str
    words: bool


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """A frozen row: its key, the name that it has today (empty where it is gone), and its figures."""

    key: str
    name: str
    page: str
    cells: list[FrozenCell]


@dataclass(frozen=True, slots=True)
class Section:
    """A frozen table, or a part of it, as a page shows it."""

    id: str
    table: str
    title: str
    labels: list[str]
    rows: list[FrozenRow]
    shown: Page[dict[str, str]] | None = None

    @property
    def address(self) -> str:
        """The table's name as addresses write it."""
        return self.table.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Names:
    """Names that records have today, by key: shown beside the keys that were published."""

    of: Mapping[str, Mapping[str, str]]

    @classmethod
    def today(cls) -> "Names":
        """Return the names of all records."""
        return cls({"project": project_names(), "envelope": envelope_names(), "metric": METRIC_LABELS})

    @classmethod
    def of_metrics(cls) -> "Names":
        """Return the names of metrics alone; nothing is read."""
        return cls({"project": {}, "envelope": {}, "metric": METRIC_LABELS})

    @classmethod
    def of_some(cls, projects: Collection[str]) -> "Names":
        """Return the names of some projects, of all envelopes, and of the metrics."""
        of_projects, of_envelopes = record_names(projects)
        return cls({"project": of_projects, "envelope": of_envelopes, "metric": METRIC_LABELS})

    def name(self, about: str, key: str) -> str:
        return self.of[about].get(key, "")


def typed(name: str, text: str | None) -> Any:
    """Return the value that a cell's text says: a number, a flag, a word, or None where it is unknown."""
    if name in FLAGS:
        return None if not text else text == "true"
    if name in WORDS:
        return text or ""
    return None if not text else Decimal(text) if "." in text else int(text)


def label_of(table: str, key: str, column: str) -> str:
    """Return what people call a column, or the metric of a row of the summary."""
    if table == SUMMARY:
        return METRIC_LABELS.get(key, key)
    if column in {name for name in TABLE_BY_NAME[table].columns if name != TABLE_BY_NAME[table].columns[0]}:
        return column_label(TABLE_BY_NAME[table].model, column)
    return column


def in_words(
    table: str,
    key: str,
    column: str,
    sides: Sequence[str | None],
    reasons: Sequence[str],
    *,
    short: bool = False,
) -> Line:
    """Return two texts of one cell in words; `reasons` are what is incomplete on each side."""
    name = key if table == SUMMARY else column
    label = label_of(table, key, column)
    if name == "kind":
        first, second = (KINDS.get(side or "", side or "") for side in sides)
        return Line(label, first, second, "", sides[0] or "", sides[1] or "", "", first != second, True)
    first, second = (typed(name, side) for side in sides)
    bounds = bound(table, name, reasons[0]), bound(table, name, reasons[1])
    return line(label, ComparedCell(name, first, second), name, bounds, short=short)


def frozen_lacking(found: Frozen) -> dict[str, str]:
    """Return what the sums of a publication leave out, by scope."""
    return _lacking_in(found.tables[COVERAGE])


def _lacking_in(table: FrozenTable) -> dict[str, str]:
    known = _known_lacking.get(table.sha256) if table.intact else None
    if known is None:
        stage, incomplete = (list(table.columns).index(name) for name in ("stage", "incomplete"))
        known = left_out({(row[stage], row[incomplete]) for row in csv.reader(table.lines.values())})
        if table.intact:
            _known_lacking[table.sha256] = known
        for forgotten in list(_known_lacking)[:-MOST_KEPT]:
            _known_lacking.pop(forgotten, None)
    return known


def headlines(found: Frozen) -> list[FrozenCell]:
    """Return the figures that a publication leads with."""
    rows = {row["metric"]: row for row in found.tables[SUMMARY].rows}
    reasons = frozen_lacking(found)
    return [
        _cell(SUMMARY, rows[metric], "value", reasons[scope_of(metric)], short=True)
        for metric in HEADLINES
        if metric in rows
    ]


def whole(table: FrozenTable, names: Names, number: str | None) -> Section:
    """Return one page of all rows of a table."""
    columns = [name for name in table.columns if name not in (table.key, "as_of")]
    shown = Paginator(table.rows, ROWS_ON_A_PAGE).get_page(number)
    return _section(table, columns, shown, names, shown=shown if shown.has_other_pages() else None)


def metrics(found: Frozen, names: Names) -> Section:
    """Return the metrics of the portfolio."""
    return _section(
        found.tables[SUMMARY], ["value"], found.tables[SUMMARY].rows, names, frozen_lacking(found)
    )


def envelopes(table: FrozenTable, names: Names) -> list[Section]:
    """Return the envelopes by kind, each with the columns that apply to it."""
    sections = []
    for kind, title in KIND_TITLES.items():
        rows = [row for row in table.rows if row["kind"] == kind]
        if rows:
            section = _section(table, _columns_of(table, kind), rows, names, title=title)
            sections.append(replace(section, id=f"{section.id}-{kind.value.replace('_', '-')}"))
    return sections


def one(table: FrozenTable, row: Mapping[str, str], names: Names, title: str) -> Section:
    """Return a single row, with the columns that apply to it."""
    columns = _columns_of(table, row.get("kind", ""))
    return _section(table, columns, [row], names, title=title)


def _columns_of(table: FrozenTable, kind: str) -> list[str]:
    left_out = {table.key, "as_of"}
    if table.name == UTILISATION:
        left_out.add("kind")
        for other, columns in OF_KIND.items():
            left_out |= set(columns if other != kind else ())
    return [name for name in table.columns if name not in left_out]


def _section(
    table: FrozenTable,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    names: Names,
    reasons: Mapping[str, str] | None = None,
    title: str = "",
    shown: Page[dict[str, str]] | None = None,
) -> Section:
    page = table.key if table.key in ("project", "envelope") else ""
    return Section(
        table.name.replace("_", "-"),
        table.name,
        title or TITLES[table.name],
        [label_of(table.name, "", name) if table.name != SUMMARY else "value" for name in columns],
        [
            FrozenRow(
                row[table.key],
                names.name(table.key, row[table.key]),
                page,
                [_cell(table.name, row, name, _reasons(row, reasons)) for name in columns],
            )
            for row in rows
        ],
        shown,
    )


def _reasons(row: Mapping[str, str], of_sums: Mapping[str, str] | None) -> str:
    return row.get("incomplete", "") if of_sums is None else of_sums[scope_of(row["metric"])]


def _cell(
    table: str, row: Mapping[str, str], column: str, reasons: str, *, short: bool = False
) -> FrozenCell:
    text, key = row[column], next(iter(row.values()))
    if not text and column in NOT_YET:
        return FrozenCell(label_of(table, key, column), NOT_YET[column], "", True)
    told = in_words(table, key, column, (text, text), (reasons, reasons), short=short)
    return FrozenCell(told.label, told.baseline, text, told.words)
