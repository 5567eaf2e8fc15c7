"""Writing computed rows into the result tables: only those that differ."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from django.db import models
from django.utils import timezone

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
from portfolio.queries.results import MetricTables, data_version
from portfolio.rules.portfolio_summary import PortfolioMetric

BATCH = 500


def publish(tables: MetricTables, run: Recomputation) -> tuple[int, int]:
    """Write the tables as the results of their date; return the projects in them and the rows that changed.

    Saves the run. The caller's transaction makes all of it visible at once.
    """
    projects = dict(Project.objects.order_by().values_list("slug", "id"))
    envelopes = dict(Envelope.objects.order_by().values_list("slug", "id"))
    run.finished_at = timezone.now()
    run.projects = len(tables.project_coverage)
    run.save()
    result_set, _ = ResultSet.objects.update_or_create(
        as_of=tables.as_of,
        defaults={"computed_at": run.finished_at, "recomputation": run, "data_version": data_version()},
    )
    changed = _write(ProjectCoverage, result_set, _keyed(tables.project_coverage, "project", projects))
    changed += _write(ChipComparison, result_set, _keyed(tables.chip_comparison, "project", projects))
    changed += _write(
        EnvelopeUtilisation, result_set, _keyed(tables.envelope_utilisation, "envelope", envelopes)
    )
    changed += _write(PortfolioSummary, result_set, _summary(tables.portfolio_summary))
    run.rows_changed = changed
    run.finished_at = timezone.now()
    run.save(update_fields=["rows_changed", "finished_at"])
    return run.projects, changed


def _keyed(rows: Iterable[Any], key: str, ids: Mapping[str, int]) -> dict[Any, dict[str, Any]]:
    """Return result rows as model values by the id of what they are about."""
    keyed: dict[Any, dict[str, Any]] = {}
    names: list[str] | None = None
    for row in rows:
        names = names or [field.name for field in fields(row) if field.name not in (key, "as_of")]
        id_ = ids[getattr(row, key)]
        keyed[id_] = {f"{key}_id": id_, **{name: getattr(row, name) for name in names}}
    return keyed


def _summary(rows: Iterable[PortfolioMetric]) -> dict[Any, dict[str, Any]]:
    return {
        row.metric: {
            "metric": row.metric,
            "position": position,
            "value": ""
            if row.value is None
            else format(row.value, "f" if not isinstance(row.value, int) else "d"),
        }
        for position, row in enumerate(rows)
    }


def _write(model: type[models.Model], result_set: ResultSet, rows: Mapping[Any, dict[str, Any]]) -> int:
    """Make the stored rows of a result set what they should be; return how many were written or removed."""
    first = next(iter(rows.values()), None)
    names = list(first) if first else []
    stored: dict[Any, tuple[int, tuple[Any, ...]]] = {}
    for pk, *values in (
        model._default_manager.filter(result_set=result_set).order_by().values_list("pk", *names)
    ):
        stored[values[0] if values else pk] = (pk, tuple(values))
    outdated, new = [], []
    for key, row in rows.items():
        before = stored.pop(key, None)
        values = tuple(row.values())
        if before is not None and before[1] == values:
            continue
        if before is not None:
            outdated.append(before[0])
        new.append(model(result_set=result_set, **row))
    outdated.extend(pk for pk, _ in stored.values())
    for start in range(0, len(outdated), BATCH):
        model._default_manager.filter(pk__in=outdated[start : start + BATCH]).delete()
    model._default_manager.bulk_create(new, batch_size=BATCH)
    return len(new) + len(stored)
