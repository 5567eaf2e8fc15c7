"""Publishing the result tables of advice with those of the portfolio: only rows that differ are written."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django.db import connection, models

from advisory.models import AdvisoryCase, AdvisoryFunnel, AdvisoryOutcome, AdvisoryReadiness, SignedWindow
from advisory.queries.case_facts import any_request
from advisory.queries.results import (
    NOTHING,
    AdviceTables,
    cases_of,
    compute,
    funnel_rows,
    outcome_rows,
    readiness_of,
    stored_cases,
    stored_readiness,
    stored_window_sums,
    stored_windows,
)
from advisory.queries.windows import windows
from portfolio.jobs.publishing import Table, write_rows
from portfolio.models import ResultSet
from portfolio.queries.contribution_states import is_newest

# The names of columns of rows that are references of models.
REFERENCES = {"request": "request_id", "engagement": "engagement_id", "project": "project_id"}


def publish(results: ResultSet, projects: set[int] | None) -> int:
    """Bring the tables of advice of a result set up to date; return how many rows changed.

    Of some projects (database ids), their cases, gains and windows are derived anew, and the funnel from what
    is stored of the others; with None, all of it. Without any request there is nothing to keep.
    """
    if not any_request():
        return _write_all(results, NOTHING) if _any_stored(results) else 0
    if projects is None or not SignedWindow.objects.filter(result_set=results).exists():
        return _write_all(results, compute(results.as_of, stored_states=is_newest(results)))
    only = {"project__in": sorted(projects)}
    changed = _write(AdvisoryCase, results, "request", cases_of(results.as_of, projects), only)
    changed += _write(AdvisoryReadiness, results, "engagement", readiness_of(results.as_of, projects), only)
    fresh = windows(results.as_of, projects, stored_states=is_newest(results))
    changed += _write(SignedWindow, results, "project", fresh, only)
    cases, readiness = stored_cases(results), stored_readiness(results)
    rows = funnel_rows(cases, readiness, stored_windows(results, advised=True), None)
    changed += _write(AdvisoryFunnel, results, "scope", rows)
    return changed + _write_outcomes(results, outcome_rows(stored_window_sums(results)))


def _any_stored(results: ResultSet) -> bool:
    """Return whether any table of advice has a row of a result set; one statement."""
    tables = (AdvisoryCase, AdvisoryReadiness, SignedWindow, AdvisoryFunnel, AdvisoryOutcome)
    rows = (f"EXISTS (SELECT 1 FROM {model._meta.db_table} WHERE result_set_id = %s)" for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(rows)}", [results.pk] * len(tables))
        return bool(cursor.fetchone()[0])


def _write_all(results: ResultSet, tables: AdviceTables) -> int:
    changed = _write(AdvisoryCase, results, "request", tables.cases)
    changed += _write(AdvisoryReadiness, results, "engagement", tables.readiness)
    changed += _write(SignedWindow, results, "project", tables.windows)
    changed += _write(AdvisoryFunnel, results, "scope", tables.funnel)
    return changed + _write_outcomes(results, tables.outcomes)


def _write(
    model: type[models.Model],
    results: ResultSet,
    key: str,
    rows: Iterable[Any],
    only: dict[str, Any] | None = None,
) -> int:
    """Make the stored rows of a result set these; `only` limits it to some of what is stored."""
    found = list(rows)
    if not found:
        return write_rows(model, results, Table([], {}), only)
    names = [field.name for field in fields(found[0]) if field.name != key]
    columns = [REFERENCES.get(name, name) for name in (key, *names)]
    keyed = {getattr(row, key): (getattr(row, key), *(getattr(row, name) for name in names)) for row in found}
    return write_rows(model, results, Table(columns, keyed), only)


def _write_outcomes(results: ResultSet, rows: list[Any]) -> int:
    names = ["group", "position", *(field.name for field in fields(rows[0])[1:])] if rows else []
    keyed = {
        row.group: (row.group, place, *(getattr(row, name) for name in names[2:]))
        for place, row in enumerate(rows)
    }
    return write_rows(AdvisoryOutcome, results, Table(names, keyed))
