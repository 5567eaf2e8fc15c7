"""Which result rows differ between two result sets, and by how much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection, models

from portfolio.models import ChipComparison, EnvelopeUtilisation, PortfolioSummary, ProjectCoverage, ResultSet
from portfolio.queries.coverage_sums import left_out_of
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.parts import touched_rows
from portfolio.queries.remembered import Memory
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import is_reading
from portfolio.queries.states import marks
from portfolio.queries.together import read_together
from portfolio.rules.left_out import scope_of
from portfolio.rules.replay import CHIPS, COLUMNS, COVERAGE, ENVELOPES, SUMMARY, VALUE, is_number

# What the size of a change is measured by, to show the largest first.
SIZED_BY = {
    COVERAGE: ("secured_eur", "pipeline_eur", "disbursed_eur", "guaranteed_eur", "need_eur"),
    ENVELOPES: ("approved_eur", "signed_eur", "disbursed_eur", "mobilised_eur"),
    CHIPS: ("chips", "installed_chips", "operational_chips"),
}
# Columns that make no row a changed one.
NOT_LISTED = {
    ENVELOPES: ("expected_progress",),  # it moves with the calendar alone
    CHIPS: ("stage",),  # it stands with the projects
}
MODELS: dict[str, type[models.Model]] = {
    COVERAGE: ProjectCoverage,
    ENVELOPES: EnvelopeUtilisation,
    CHIPS: ChipComparison,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of two days, with the reasons for which its row is incomplete on each.

    `difference` is None where it cannot be a number.
    """

    table: str
    key: str
    column: str
    before: Any
    after: Any
    reasons: tuple[str, str] = ("", "")

    @property
    def difference(self) -> Any:
        both = is_number(self.before) and is_number(self.after)
        return self.after - self.before if both else None


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of a result table that differs: its key and name, the newer row, and the cells that differ."""

    key: str
    name: str
    after: Any
    cells: list[Difference]


First = tuple[list[ChangedRow], int]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two result sets of one data version, as a state that changes go on from."""

    before: ResultSet
    after: ResultSet

    @property
    def pk(self) -> tuple[int, ...]:
        return self.before.pk, self.before.recomputation_id, self.after.pk

    @property
    def as_of(self) -> date:
        return self.after.as_of

    @property
    def data_version(self) -> int:
        return self.after.data_version

    @property
    def computed_at(self) -> tuple[datetime, datetime]:
        return self.before.computed_at, self.after.computed_at

    @property
    def recomputation_id(self) -> int:
        return self.after.recomputation_id


@dataclass(frozen=True)
class ChangedRows:
    """The rows of a table that differ between two result sets, the largest change first."""

    table: str
    before: ResultSet
    after: ResultSet
    columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns) or COLUMNS[self.table])

    @cached_property
    def _held(self) -> HeldList | None:
        """What is known of rows of projects, where both results are of the facts as they are."""
        versions = {self.before.data_version, self.after.data_version}
        if self.table == ENVELOPES or not is_reading() or versions != {data_version()}:
            return None
        state = Compared(self.before, self.after)
        return held_list(state, (self.table, self.columns), 1, self._read, touched_rows)

    def _read(self, projects: list[int] | None) -> Part:
        some = "" if projects is None else f" AND a.project_id IN ({marks(projects)})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT a.project_id, a.id, b.id, {self._size} {self._differing}{some}",
                [self.before.pk, self.after.pk, *(projects or ())],
            )
            rows = cursor.fetchall()
        first = sorted(
            Placed((-size, after), project, (after, before)) for project, after, before, size in rows
        )
        return Part(((row[0], (1,)) for row in rows), first[:MOST_KEPT])

    @cached_property
    def _number(self) -> int:
        if self._held is not None:
            return self._held.total[0]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) {self._differing}", [self.before.pk, self.after.pk])
            return int(cursor.fetchone()[0])

    def count(self) -> int:
        """Return how many rows differ."""
        return self._number

    def __getitem__(self, part: slice) -> list[ChangedRow]:
        """Return some of them, in two queries; then it is known how many there are."""
        pairs = self.pairs(part.start or 0, part.stop)
        return self.of(pairs, self.read(pairs))

    def pairs(self, start: int, stop: int) -> list[Pair]:
        """Return the ids of some rows, later and earlier; then it is known how many there are."""
        held = self._held
        if held is not None and (held.until is None or stop <= len(held.first)):
            return [term.row for term in held.first[start:stop]]
        return self._pairs(start, stop)

    def read(self, pairs: list[Pair]) -> models.QuerySet[Any]:
        """Return the read of some rows, in no order."""
        rows = MODELS[self.table]._default_manager.select_related(self._about).order_by()
        return rows.filter(pk__in=[id_ for pair in pairs for id_ in pair])

    def of(self, pairs: list[Pair], read: Iterable[Any]) -> list[ChangedRow]:
        """Return what differs in some rows that were read."""
        rows = {row.pk: row for row in read}
        return [self._row(rows[one], rows[other]) for one, other in pairs]

    @property
    def _about(self) -> str:
        return "envelope" if self.table == ENVELOPES else "project"

    def _pairs(self, start: int, stop: int) -> list[Pair]:
        """Return ids by a query that tells how many there are."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT a.id, b.id, COUNT(*) OVER () {self._differing}"
                f" ORDER BY {self._size} DESC, a.id LIMIT %s OFFSET %s",
                [self.before.pk, self.after.pk, max(stop - start, 0), start],
            )
            found = cursor.fetchall()
        if found:
            self.__dict__["_number"] = int(found[0][2])
        return [(after, before) for after, before, _ in found]

    @property
    def _size(self) -> str:
        """How large a change is, in SQL: floats do, and exact numbers would take most of the time."""
        return " + ".join(
            f"ABS(CAST(COALESCE(a.{name}, 0) AS double precision) - COALESCE(b.{name}, 0))"
            for name in SIZED_BY[self.table]
        )

    def _row(self, after: Any, before: Any) -> ChangedRow:
        subject, reasons = getattr(after, self._about), (before.incomplete, after.incomplete)
        cells = [
            Difference(self.table, subject.slug, name, getattr(before, name), getattr(after, name), reasons)
            for name in self.columns
            if getattr(before, name) != getattr(after, name)
        ]
        return ChangedRow(subject.slug, subject.name, after, cells)

    @property
    def _differing(self) -> str:
        """The FROM and WHERE of rows that differ: b of the earlier set, a of the later one."""
        model = MODELS[self.table]
        table, about = model._meta.db_table, f"{self._about}_id"
        differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in self.columns)
        return (
            f"FROM {table} AS a JOIN {table} AS b ON b.{about} = a.{about} AND b.result_set_id = %s"
            f" WHERE a.result_set_id = %s AND ({differs})"
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between two result sets: metrics of the portfolio, and the first rows of some tables.

    With the rows stands how many differ.
    """

    summary: list[Difference]
    rows: dict[str, First]


_CHANGED: Memory[Changed] = Memory()


def changed(before: ResultSet, after: ResultSet, tables: Sequence[ChangedRows], most: int) -> Changed:
    """Return what differs between two result sets, at most so many rows of each of some tables of theirs.

    While pages are read, it is read once for each state of both.
    """
    if not is_reading():
        return _changed(before, after, tables, most)
    computed = [(results.pk, results.computed_at) for results in (before, after)]
    key = (tuple((rows.table, rows.columns) for rows in tables), *computed, data_version(), most)
    return _CHANGED.get(key, lambda: _changed(before, after, tables, most))


def listed_rows(table: str, before: ResultSet, after: ResultSet) -> ChangedRows:
    """Return the rows of a table that are worth a line: what moves by itself makes none."""
    columns = [column for column in COLUMNS[table] if column not in NOT_LISTED.get(table, ())]
    return ChangedRows(table, before, after, columns)


def _changed(before: ResultSet, after: ResultSet, tables: Sequence[ChangedRows], most: int) -> Changed:
    pairs = [rows.pairs(0, most) for rows in tables]
    reads = (rows.read(some) for rows, some in zip(tables, pairs, strict=True))
    summary, *found = read_together(_summary_rows(before, after), *reads)
    listed = {rows.table: rows.of(some, read) for rows, some, read in zip(tables, pairs, found, strict=True)}
    return Changed(
        _differing_metrics(before, after, summary),
        {rows.table: (listed[rows.table], rows.count() if listed[rows.table] else 0) for rows in tables},
    )


def _summary_rows(before: ResultSet, after: ResultSet) -> models.QuerySet[PortfolioSummary]:
    return PortfolioSummary.objects.filter(result_set__in=(before.pk, after.pk)).order_by("position")


def _differing_metrics(
    before: ResultSet, after: ResultSet, rows: Iterable[PortfolioSummary]
) -> list[Difference]:
    """Return the metrics of the portfolio that differ, in the order of the table."""
    old, new = dict[str, Decimal | None](), dict[str, Decimal | None]()
    for row in rows:
        of_it = new if row.result_set_id == after.pk else old
        of_it[row.metric] = Decimal(row.value) if row.value else None
    return [
        Difference(SUMMARY, metric, VALUE, old.get(metric), value, _reasons(before, after, metric))
        for metric, value in new.items()
        if old.get(metric) != value
    ]


def _reasons(before: ResultSet, after: ResultSet, metric: str) -> tuple[str, str]:
    """Return for which reasons a metric leaves something out on each day."""
    scope = scope_of(metric)
    return left_out_of(before)[scope], left_out_of(after)[scope]


def cell_difference(before: ResultSet, after: ResultSet, table: str, key: str, column: str) -> Difference:
    """Return one cell of two result sets, as published."""
    if table == SUMMARY:
        metrics = PortfolioSummary.objects.filter(result_set__in=(before.pk, after.pk), metric=key).order_by()
        said = {
            results: Decimal(value) if value else None
            for results, value in metrics.values_list("result_set_id", "value")
        }
        old, new = said.get(before.pk), said.get(after.pk)
        return Difference(table, key, column, old, new, _reasons(before, after, key))
    about = "envelope" if table == ENVELOPES else "project"
    rows = MODELS[table]._default_manager.filter(
        **{"result_set__in": (before.pk, after.pk), f"{about}__slug": key}
    )
    found = {
        results: (value, incomplete)
        for results, value, incomplete in rows.values_list("result_set", column, "incomplete")
    }
    (old, old_reasons), (new, new_reasons) = (found.get(row.pk, (None, "")) for row in (before, after))
    return Difference(table, key, column, old, new, (old_reasons, new_reasons))
