"""Writing computed rows into the result tables: only those that differ."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone

from portfolio.jobs.state_tables import refresh
from portfolio.jobs.totals import store_envelope_totals, store_portfolio_totals
from portfolio.models import (
    ChipComparison,
    Envelope,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    Recomputation,
    ResultSet,
)
from portfolio.queries.results import MetricTables, compute, data_version
from portfolio.queries.rollups import stored_rollups
from portfolio.rules.portfolio_summary import PortfolioMetric, Value

BATCH = 500

Values = dict[str, Any]


def open_results(as_of: date, run: Recomputation) -> ResultSet:
    """Return the result set of a date for a run to write into; saves the run."""
    run.finished_at = timezone.now()
    run.save()
    results, _ = ResultSet.objects.update_or_create(
        as_of=as_of,
        defaults={"computed_at": run.finished_at, "recomputation": run, "data_version": data_version()},
    )
    return results


def publish(tables: MetricTables, results: ResultSet) -> int:
    """Write the tables as the results of their date; return how many result rows changed.

    The caller's transaction makes all of it visible at once.
    """
    projects = dict(Project.objects.order_by().values_list("slug", "id"))
    envelopes = dict(Envelope.objects.order_by().values_list("slug", "id"))
    changed = _write(ProjectCoverage, results, _keyed(tables.project_coverage, "project", projects))
    changed += _write(ChipComparison, results, _keyed(tables.chip_comparison, "project", projects))
    changed += _write(
        EnvelopeUtilisation, results, _keyed(tables.envelope_utilisation, "envelope", envelopes)
    )
    changed += _write(PortfolioSummary, results, _summary(tables.portfolio_summary))
    store_envelope_totals(results, tables.totals.envelopes, all_of_them=True)
    store_portfolio_totals(results, tables.totals.portfolio)
    return changed


def publish_everything(results: ResultSet, projects: set[int] | None, *, is_today: bool) -> tuple[int, int]:
    """Compute and publish all results of a date; return how many projects there are and rows changed.

    `projects`: only their states and rollups are out of date; None: those of all.
    """
    refresh(results, projects, is_today=is_today)
    tables = compute(results.as_of, stored_rollups(results))
    return len(tables.project_coverage), publish(tables, results)


def publish_rows(results: ResultSet, key: str, rows: Mapping[Any, Any]) -> int:
    """Write single rows of a table, by what they are about; return how many changed.

    Keys `project` and `envelope` take result rows by database id, `metric` takes values by metric.
    """
    if key == "metric":
        return sum(
            PortfolioSummary.objects.filter(result_set=results, metric=metric)
            .exclude(value=value)
            .update(value=value)
            for metric, value in ((metric, _text(value)) for metric, value in rows.items())
        )
    model = ProjectCoverage if key == "project" else EnvelopeUtilisation
    ids = {getattr(row, key): id_ for id_, row in rows.items()}
    return _write(model, results, _keyed(rows.values(), key, ids), only={f"{key}__in": list(rows)})


def _keyed(rows: Iterable[Any], key: str, ids: Mapping[str, int]) -> dict[Any, Values]:
    """Return result rows as model values by the id of what they are about."""
    keyed: dict[Any, Values] = {}
    names: list[str] | None = None
    for row in rows:
        names = names or [field.name for field in fields(row) if field.name not in (key, "as_of")]
        id_ = ids[getattr(row, key)]
        keyed[id_] = {f"{key}_id": id_, **{name: getattr(row, name) for name in names}}
    return keyed


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else format(value, "f")


def _summary(rows: Iterable[PortfolioMetric]) -> dict[Any, Values]:
    return {
        row.metric: {"metric": row.metric, "position": position, "value": _text(row.value)}
        for position, row in enumerate(rows)
    }


def _write(
    model: type[models.Model], results: ResultSet, rows: Mapping[Any, Values], only: Values | None = None
) -> int:
    """Make the stored rows of a result set what they should be; return how many were written or removed.

    `only` limits it to some of the stored rows; the others stay as they are.
    """
    first = next(iter(rows.values()), None)
    names = list(first) if first else []
    stored: dict[Any, tuple[int, tuple[Any, ...]]] = {}
    present = model._default_manager.filter(result_set=results, **(only or {})).order_by()
    for pk, *values in present.values_list("pk", *names):
        stored[values[0] if values else pk] = (pk, tuple(values))
    outdated, new = [], []
    for key, row in rows.items():
        before = stored.pop(key, None)
        if before is not None and before[1] == tuple(row.values()):
            continue
        if before is not None:
            outdated.append(before[0])
        new.append(model(result_set=results, **row))
    outdated.extend(pk for pk, _ in stored.values())
    for start in range(0, len(outdated), BATCH):
        model._default_manager.filter(pk__in=outdated[start : start + BATCH]).delete()
    model._default_manager.bulk_create(new, batch_size=BATCH)
    return len(new) + len(stored)
