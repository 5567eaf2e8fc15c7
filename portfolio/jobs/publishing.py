"""Writing computed rows into the result tables: only those that differ."""

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection, models
from django.utils import timezone

from portfolio.jobs.state_tables import refreshed
from portfolio.jobs.totals import store_envelope_totals, store_portfolio_totals
from portfolio.models import (
    ChipComparison,
    Envelope,
    EnvelopeRollup,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    ProjectRollup,
    Recomputation,
    ResultSet,
)
from portfolio.queries.column_reads import rows_by_column
from portfolio.queries.joined_results import publish_joined
from portfolio.queries.metric_tables import cell
from portfolio.queries.results import MetricTables, compute, data_version
from portfolio.queries.rollups import stored_rollups
from portfolio.rules.portfolio_summary import PortfolioMetric

BATCH = 500
MANY = 1_000  # rows, from where a plan made for one of them takes long


class Table(NamedTuple):
    """Rows as values of model fields: the names, the key's first, and the values by key."""

    names: list[str]
    rows: dict[Any, tuple[Any, ...]]


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
    changed = write_rows(ProjectCoverage, results, _keyed(tables.project_coverage, "project", projects))
    changed += write_rows(ChipComparison, results, _keyed(tables.chip_comparison, "project", projects))
    changed += write_rows(
        EnvelopeUtilisation, results, _keyed(tables.envelope_utilisation, "envelope", envelopes)
    )
    changed += write_rows(PortfolioSummary, results, _summary(tables.portfolio_summary))
    store_envelope_totals(results, tables.totals.envelopes, all_of_them=True)
    store_portfolio_totals(results, tables.totals.portfolio)
    return changed


def publish_everything(results: ResultSet, projects: set[int] | None, *, is_today: bool) -> tuple[int, int]:
    """Compute and publish all results of a date; return how many projects there are and rows changed.

    `projects`: only their states and rollups are out of date; None: those of all.
    """
    with _no_garbage_collection():
        tables = refreshed(
            results,
            projects,
            lambda: compute(results.as_of, stored_rollups(results)),
            is_today=is_today,
        )
        changed = publish(tables, results) + publish_joined(results, None)
        if changed >= MANY:
            _make_known_to_the_planner()
        return len(tables.project_coverage), changed


def _make_known_to_the_planner() -> None:
    """Have PostgreSQL count the rows by date.

    It takes a date that it has not seen to have one row, and then joins two of them each row with each; until
    autovacuum looks, a date has to be a tenth of its table, and there are dozens.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (ProjectRollup, EnvelopeRollup, ProjectCoverage, ChipComparison):
                cursor.execute(f"ANALYZE {model._meta.db_table} (result_set_id)")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep the collector from searching again and again through rows by the hundred thousand, all in use."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def publish_rows(results: ResultSet, key: str, rows: Mapping[Any, Any]) -> int:
    """Write single rows of a table, by what they are about; return how many changed.

    Keys `project` and `envelope` take result rows by database id, `metric` takes values by metric.
    """
    if key == "metric":
        return sum(
            PortfolioSummary.objects.filter(result_set=results, metric=metric)
            .exclude(value=value)
            .update(value=value)
            for metric, value in ((metric, cell(value)) for metric, value in rows.items())
        )
    model = ProjectCoverage if key == "project" else EnvelopeUtilisation
    ids = {getattr(row, key): id_ for id_, row in rows.items()}
    return write_rows(model, results, _keyed(rows.values(), key, ids), only={f"{key}__in": list(rows)})


def _keyed(rows: Collection[Any], key: str, ids: Mapping[str, int]) -> Table:
    """Return result rows as values of model fields by the id of what they are about."""
    for row in rows:
        names = [field.name for field in fields(row) if field.name not in (key, "as_of")]
        about, values = attrgetter(key), attrgetter(*names)
        numbered = ((ids[about(row)], row) for row in rows)
        return Table([f"{key}_id", *names], {id_: (id_, *values(row)) for id_, row in numbered})
    return Table([], {})


def _summary(rows: Iterable[PortfolioMetric]) -> Table:
    keyed = {row.metric: (row.metric, position, cell(row.value)) for position, row in enumerate(rows)}
    return Table(["metric", "position", "value"], keyed)


def write_rows(
    model: type[models.Model], results: ResultSet, table: Table, only: dict[str, Any] | None = None
) -> int:
    """Make the stored rows of a result set what they should be; return how many were written or removed.

    `only` limits it to some of the stored rows; the others stay as they are.
    """
    present = model._default_manager.filter(result_set=results, **(only or {})).order_by()
    # The first name is that of the key; where no row should be, any key will do to remove what is there.
    stored = {row[1]: row for row in rows_by_column(present, ["pk", *(table.names or ["pk"])])}
    outdated, new = [], []
    for key, row in table.rows.items():
        before = stored.pop(key, None)
        if before is not None and before[1:] == row:
            continue
        if before is not None:
            outdated.append(before[0])
        new.append(model(result_set=results, **dict(zip(table.names, row, strict=True))))
    outdated.extend(row[0] for row in stored.values())
    for start in range(0, len(outdated), BATCH):
        model._default_manager.filter(pk__in=outdated[start : start + BATCH]).delete()
    model._default_manager.bulk_create(new, batch_size=BATCH)
    return len(new) + len(stored)
