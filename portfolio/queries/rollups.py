"""Rollups of contribution states by project, and by envelope and project (rules 3, 7 and 8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from portfolio.models import EnvelopeRollup, ProjectRollup, ResultSet
from portfolio.queries.states import STATE_COLUMNS, Statement, states
from portfolio.rules.envelope_utilisation import EnvelopeFunding
from portfolio.rules.project_coverage import ProjectFunding
from portfolio.vocabulary import EnvelopeKind, EventKind, FinancierKind

STATES = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED)


# With FILTER a database passes over what is not added; with CASE it would add a NULL.
def _sum_where(condition: str, amount: str = "s.amount_eur") -> str:
    return f"COALESCE(SUM({amount}) FILTER (WHERE {condition}), 0)"


def _any(condition: str) -> str:
    return f"COUNT(*) FILTER (WHERE {condition}) > 0"


_SIGNED_MONEY = f"s.state = '{EventKind.SIGNED}' AND NOT s.guarantee"

PROJECT_SUMS: dict[str, str] = {
    **{f"{state}_eur": _sum_where(f"s.state = '{state}' AND NOT s.guarantee") for state in STATES},
    "disbursed_eur": _sum_where("NOT s.guarantee", "s.disbursed_eur"),
    "guaranteed_eur": _sum_where(f"s.state = '{EventKind.SIGNED}' AND s.guarantee"),
    **{
        f"signed_{kind}_eur": _sum_where(f"{_SIGNED_MONEY} AND s.financier_kind = '{kind}'")
        for kind in FinancierKind
    },
    "signed_in_envelopes_eur": _sum_where(f"{_SIGNED_MONEY} AND s.envelope_id IS NOT NULL"),
    "amount_unknown": _any("s.amount_unknown"),
    "no_exchange_rate": _any("s.no_exchange_rate"),
}

_COUNTED = (
    f"e.kind = '{EnvelopeKind.MOBILISATION_TARGET}' AND {_SIGNED_MONEY}"
    " AND s.signed_on >= e.starts_on AND s.signed_on <= e.ends_on"
)

ENVELOPE_SUMS: dict[str, str] = {
    **{f"{state}_eur": _sum_where(f"s.state = '{state}'") for state in STATES},
    "disbursed_eur": "COALESCE(SUM(s.disbursed_eur), 0)",
    "counted_lines": f"COUNT(*) FILTER (WHERE {_COUNTED})",
    "counted_signed_eur": _sum_where(_COUNTED),
    "amount_unknown": _any("s.amount_unknown"),
    "no_exchange_rate": _any("s.no_exchange_rate"),
}


def _named(sums: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in sums.items())


def project_rollups(source: str) -> str:
    """Return the SELECT of project_id and PROJECT_SUMS from a table or subquery of contribution states."""
    # The cast keeps SQLite from walking through the index on the project, one state here and one there.
    project = "CAST(s.project_id AS bigint)"
    return f"SELECT {project}, {_named(PROJECT_SUMS)} FROM {source} AS s GROUP BY {project}"


def envelope_rollups(source: str) -> str:
    """Return the SELECT of envelope_id, project_id and ENVELOPE_SUMS from a source of contribution states."""
    # The casts are for SQLite, as above. By project first: the stored rows are then found one after another.
    envelope, project = "CAST(s.envelope_id AS bigint)", "CAST(s.project_id AS bigint)"
    return (
        f"SELECT {envelope} AS envelope_id, {project} AS project_id, {_named(ENVELOPE_SUMS)}"
        f" FROM {source} AS s JOIN portfolio_envelope AS e ON e.id = {envelope}"
        f" GROUP BY {project}, {envelope}"
    )


FLAGS = ("amount_unknown", "no_exchange_rate")
CENT = Decimal("0.01")
ENVELOPE_TOTALS = tuple(name for name in ENVELOPE_SUMS if not name.startswith("counted_"))


def envelope_totals(lines: str) -> str:
    """Return the SELECT of envelope_id and ENVELOPE_TOTALS from a source of envelope rollups."""
    sums = ", ".join(
        f"SUM(CASE WHEN l.{name} THEN 1 ELSE 0 END)" if name in FLAGS else f"SUM(l.{name})"
        for name in ENVELOPE_TOTALS
    )
    return f"SELECT l.envelope_id, {sums} FROM {lines} AS l GROUP BY l.envelope_id"


def counted_lines(lines: str) -> str:
    """Return the SELECT of what mobilisation targets count, from a source of envelope rollups."""
    columns = "l.envelope_id, l.project_id, l.counted_lines, l.counted_signed_eur"
    return f"SELECT {columns} FROM {lines} AS l WHERE l.counted_lines > 0"


class CountedLines(NamedTuple):
    """The counted lines of one project at one mobilisation target (rule 8), before rule 0 is applied."""

    project_id: int
    lines: int
    signed_eur: Decimal


@dataclass(slots=True)
class Rollups:
    """Rollups as of a day, by database id."""

    projects: dict[int, ProjectFunding] = field(default_factory=dict)
    envelopes: dict[int, EnvelopeFunding] = field(default_factory=dict)
    counted: dict[int, list[CountedLines]] = field(default_factory=lambda: defaultdict(list))
    lines: "Lines | None" = None  # of projects in envelopes, where they are at hand

    def add_projects(self, rows: Iterable[Sequence[Any]]) -> None:
        for project_id, *values in rows:
            self.projects[project_id] = ProjectFunding(**_figures(PROJECT_SUMS, values))

    def add_envelopes(self, rows: Iterable[Sequence[Any]]) -> None:
        for envelope_id, *values in rows:
            self.envelopes[envelope_id] = EnvelopeFunding(**_figures(ENVELOPE_TOTALS, values))

    def add_counted(self, rows: Iterable[Sequence[Any]]) -> None:
        for envelope_id, project_id, lines, signed in rows:
            self.counted[envelope_id].append(CountedLines(project_id, int(lines), _euro(signed)))


def _euro(cents: Any) -> Decimal:
    return int(cents) * CENT


def _figures(names: Iterable[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return the sums of a row in euro, and the number of what it lacks, by name."""
    *sums, amount_unknown, no_exchange_rate = values
    euros = [int(cents) * CENT for cents in sums]
    return dict(zip(names, [*euros, int(amount_unknown), int(no_exchange_rate)], strict=True))


def stored_rollups(results: ResultSet) -> Rollups:
    """Return the rollups that stand behind a result set, which the recompute jobs keep."""
    rollups = Rollups()
    lines = f"(SELECT * FROM {EnvelopeRollup._meta.db_table} WHERE result_set_id = %s)"
    projects = f"SELECT project_id, {', '.join(PROJECT_SUMS)} FROM {ProjectRollup._meta.db_table}"
    with connection.cursor() as cursor:
        cursor.execute(f"{projects} WHERE result_set_id = %s", [results.pk])
        rollups.add_projects(cursor.fetchall())
        cursor.execute(envelope_totals(lines), [results.pk])
        rollups.add_envelopes(cursor.fetchall())
        cursor.execute(counted_lines(lines), [results.pk])
        rollups.add_counted(cursor.fetchall())
    return rollups


class EnvelopeLine(NamedTuple):
    """What one project has in one envelope."""

    project_id: int
    funding: EnvelopeFunding
    counted_lines: int
    counted_signed_eur: Decimal


Lines = dict[tuple[int, int], EnvelopeLine]
LINE_COLUMNS = ("envelope_id", "project_id", "counted_lines", "counted_signed_eur", *ENVELOPE_TOTALS)


def stored_rollups_of(results: ResultSet, projects: Sequence[int]) -> tuple[dict[int, ProjectFunding], Lines]:
    """Return the rollups of some projects that stand behind a result set: by project, and by envelope too."""
    of_some = f"WHERE result_set_id = %s AND project_id IN ({', '.join(['%s'] * len(projects))})"
    columns = ", ".join(["project_id", *PROJECT_SUMS])
    chosen = [results.pk, *projects]
    return _both(
        "",
        f"SELECT {columns} FROM {ProjectRollup._meta.db_table} {of_some}",
        f"SELECT {', '.join(LINE_COLUMNS)} FROM {EnvelopeRollup._meta.db_table} {of_some}",
        [*chosen, *chosen],
    )


def rollups_of(source: Statement) -> tuple[dict[int, ProjectFunding], Lines]:
    """Return the rollups of a SELECT of contribution states: by project, and by envelope and project."""
    return _both(
        f"WITH states({', '.join(STATE_COLUMNS)}) AS ({source.sql}) ",
        project_rollups("states"),
        f"SELECT {', '.join(LINE_COLUMNS)} FROM ({envelope_rollups('states')}) AS l",
        source.params,
    )


def _both(
    before: str, projects: str, lines: str, params: list[Any]
) -> tuple[dict[int, ProjectFunding], Lines]:
    """Return rollups by project, and by envelope and project, read by one statement."""
    width = max(1 + len(PROJECT_SUMS), len(LINE_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{before}{_part('project', projects, 1 + len(PROJECT_SUMS), width)}"
            f" UNION ALL {_part('line', lines, len(LINE_COLUMNS), width)}",
            params,
        )
        rows = cursor.fetchall()
    rollups, found = Rollups(), Lines()
    rollups.add_projects(row[1 : 2 + len(PROJECT_SUMS)] for row in rows if row[0] == "project")
    for name, envelope, project, counted, signed, *values in rows:
        if name == "line":
            funding = EnvelopeFunding(**_figures(ENVELOPE_TOTALS, values[: len(ENVELOPE_TOTALS)]))
            found[envelope, project] = EnvelopeLine(project, funding, int(counted), _euro(signed))
    return rollups.projects, found


def rollups_as_of(as_of: date) -> Rollups:
    """Return the rollups as of any day, computed from the events in one statement that reads them once."""
    rollups = Rollups()
    parts = {
        "project": (project_rollups("states"), rollups.add_projects, 1 + len(PROJECT_SUMS)),
        "envelope": (envelope_totals("lines"), rollups.add_envelopes, 1 + len(ENVELOPE_TOTALS)),
        "counted": (counted_lines("lines"), rollups.add_counted, 4),
    }
    source = states(as_of)
    width = max(columns for _, _, columns in parts.values())
    united = " UNION ALL ".join(_part(name, sql, columns, width) for name, (sql, _, columns) in parts.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH states({', '.join(STATE_COLUMNS)}) AS MATERIALIZED ({source.sql}),"
            f" lines AS MATERIALIZED ({envelope_rollups('states')}) {united}",
            source.params,
        )
        rows = cursor.fetchall()
    for name, (_, add, columns) in parts.items():
        add(row[1 : 1 + columns] for row in rows if row[0] == name)
    return rollups


def _part(name: str, sql: str, columns: int, width: int) -> str:
    """Return a SELECT as one part of a UNION: named, as wide as the others, all columns numbers."""
    names = [f"c{number}" for number in range(columns)]
    # The last two columns of rollups are flags; the other parts have numbers in their place.
    flags = set(names[-len(FLAGS) :]) if name in ("project", "line") else set()
    picked = [f"CASE WHEN {column} THEN 1 ELSE 0 END" if column in flags else column for column in names]
    padded = [*picked, *["0"] * (width - columns)]
    return (
        f"SELECT '{name}', {', '.join(padded)} FROM"
        f" (WITH part({', '.join(names)}) AS ({sql}) SELECT * FROM part) AS {name}_part"
    )
