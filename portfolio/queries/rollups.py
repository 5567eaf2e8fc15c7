"""Rollups of contribution states by project, and by envelope and project (rules 3, 7 and 8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from portfolio.models import EnvelopeRollup, ProjectRollup
from portfolio.queries.states import STATE_COLUMNS, Statement, states
from portfolio.rules.envelope_utilisation import EnvelopeFunding
from portfolio.rules.project_coverage import ProjectFunding
from portfolio.vocabulary import EnvelopeKind, EventKind, FinancierKind

STATES = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED)


def _sum_where(condition: str, amount: str = "s.amount_eur") -> str:
    return f"COALESCE(SUM(CASE WHEN {condition} THEN {amount} END), 0)"


def _any(condition: str) -> str:
    return f"MAX(CASE WHEN {condition} THEN 1 ELSE 0 END) = 1"


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
    "disbursed_eur": _sum_where("TRUE", "s.disbursed_eur"),
    "counted_lines": f"SUM(CASE WHEN {_COUNTED} THEN 1 ELSE 0 END)",
    "counted_signed_eur": _sum_where(_COUNTED),
    "amount_unknown": _any("s.amount_unknown"),
    "no_exchange_rate": _any("s.no_exchange_rate"),
}


def _named(sums: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in sums.items())


def project_rollups(source: str) -> str:
    """Return the SELECT of project_id and PROJECT_SUMS from a table or subquery of contribution states."""
    return f"SELECT s.project_id, {_named(PROJECT_SUMS)} FROM {source} AS s GROUP BY s.project_id"


def envelope_rollups(source: str) -> str:
    """Return the SELECT of envelope_id, project_id and ENVELOPE_SUMS from a source of contribution states."""
    return (
        f"SELECT s.envelope_id, s.project_id, {_named(ENVELOPE_SUMS)} FROM {source} AS s"
        " JOIN portfolio_envelope AS e ON e.id = s.envelope_id GROUP BY s.envelope_id, s.project_id"
    )


@dataclass(frozen=True, slots=True)
class EnvelopeLine:
    """What one project has in one envelope."""

    project_id: int
    funding: EnvelopeFunding
    counted_lines: int
    counted_signed_eur: Decimal


@dataclass(slots=True)
class Rollups:
    """Rollups as of a day, by database id."""

    projects: dict[int, ProjectFunding] = field(default_factory=dict)
    envelopes: dict[int, list[EnvelopeLine]] = field(default_factory=lambda: defaultdict(list))


def _euro(cents: Any) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)


def _flags(amount_unknown: Any, no_exchange_rate: Any) -> dict[str, Any]:
    return {"amount_unknown": bool(amount_unknown), "no_exchange_rate": bool(no_exchange_rate)}


def _project_funding(values: Sequence[Any]) -> ProjectFunding:
    *sums, amount_unknown, no_exchange_rate = values
    euros: dict[str, Any] = dict(zip(PROJECT_SUMS, map(_euro, sums), strict=False))
    return ProjectFunding(**euros, **_flags(amount_unknown, no_exchange_rate))


def _envelope_line(project_id: int, values: Sequence[Any]) -> EnvelopeLine:
    *sums, lines, counted_signed, amount_unknown, no_exchange_rate = values
    euros: dict[str, Any] = dict(zip(ENVELOPE_SUMS, map(_euro, sums), strict=False))
    funding = EnvelopeFunding(**euros, **_flags(amount_unknown, no_exchange_rate))
    return EnvelopeLine(project_id, funding, int(lines), _euro(counted_signed))


def _collect(project_rows: Iterable[Sequence[Any]], envelope_rows: Iterable[Sequence[Any]]) -> Rollups:
    rollups = Rollups()
    for project_id, *values in project_rows:
        rollups.projects[project_id] = _project_funding(values)
    for envelope_id, project_id, *values in envelope_rows:
        rollups.envelopes[envelope_id].append(_envelope_line(project_id, values))
    return rollups


def rollups_of_today() -> Rollups:
    """Return the stored rollups, which the recompute job keeps."""
    project_columns = ", ".join(["project_id", *PROJECT_SUMS])
    envelope_columns = ", ".join(["envelope_id", "project_id", *ENVELOPE_SUMS])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {project_columns} FROM {ProjectRollup._meta.db_table}")
        project_rows = cursor.fetchall()
        cursor.execute(f"SELECT {envelope_columns} FROM {EnvelopeRollup._meta.db_table}")
        return _collect(project_rows, cursor.fetchall())


def rollups_as_of(as_of: date) -> Rollups:
    """Return the rollups as of any day, computed from the events in one statement that reads them once."""
    statement = _both_rollups(states(as_of))
    project_width = 1 + len(PROJECT_SUMS)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        rows = cursor.fetchall()
    return _collect(
        (row[1 : 1 + project_width] for row in rows if row[0] == "project"),
        (row[1 : 3 + len(ENVELOPE_SUMS)] for row in rows if row[0] == "envelope"),
    )


def _both_rollups(source: Statement) -> Statement:
    """Return both rollups as one SELECT; shorter rows are filled up so that they can be united.

    Flags become whole numbers: the columns of the two halves hold different things.
    """
    project_columns = ["project_id", *PROJECT_SUMS]
    envelope_columns = ["envelope_id", "project_id", *ENVELOPE_SUMS]
    width = max(len(project_columns), len(envelope_columns))

    def half(name: str, columns: list[str], select: str) -> str:
        flags = {"amount_unknown", "no_exchange_rate"}
        picked = [
            f"CASE WHEN {column} THEN 1 ELSE 0 END" if column in flags else column for column in columns
        ]
        padded = picked + ["0"] * (width - len(columns))
        return f"SELECT '{name}', {', '.join(padded)} FROM ({select}) AS {name}_rollups"

    parts = [
        half("project", project_columns, project_rollups("states")),
        half("envelope", envelope_columns, envelope_rollups("states")),
    ]
    names = ", ".join(STATE_COLUMNS)
    sql = f"WITH states({names}) AS MATERIALIZED ({source.sql}) {' UNION ALL '.join(parts)}"
    return Statement(sql, source.params)
