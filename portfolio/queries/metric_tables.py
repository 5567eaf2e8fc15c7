"""The four metric tables as text, exactly as the rules write them: stated once, for all doors and jobs."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.db import models

from portfolio.models import ResultSet
from portfolio.models import results as result_models
from portfolio.queries.ordering import by_code_point
from portfolio.queries.results import MetricTables
from portfolio.queries.streaming import streamed
from portfolio.rules.chip_comparison import ChipComparison
from portfolio.rules.envelope_utilisation import EnvelopeUtilisation
from portfolio.rules.portfolio_summary import PortfolioMetric
from portfolio.rules.project_coverage import ProjectCoverage

# Where the columns of published rows are that other records hold.
PATHS = {"project": "project__slug", "envelope": "envelope__slug", "as_of": "result_set__as_of"}


@dataclass(frozen=True, slots=True)
class MetricTable:
    """A metric table: its name, its columns, where its computed rows are, and where they are published."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[MetricTables], Iterable[Any]]
    model: type[models.Model]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @property
    def by_project(self) -> bool:
        """Whether it has one row a project."""
        return self.columns[0] == "project"

    def published_rows(
        self, results: ResultSet, projects: Collection[int] | None = None, *, with_ids: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the published rows of a result set, in the order and with the values of `columns`.

        Of a table by project, with `projects`, only those of some projects (database ids); `with_ids`, each
        row ends with the database id of its project.
        """
        rows = self._rows_of(results, projects).order_by(self._key_order())
        with streamed(rows, self._paths(with_ids)) as stored:
            yield from stored

    def read(
        self, results: ResultSet, projects: Collection[int] | None = None, *, with_ids: bool = False
    ) -> models.QuerySet[Any]:
        """Return the read of `published_rows`, in no order."""
        return self._rows_of(results, projects).order_by().values_list(*self._paths(with_ids))

    def _paths(self, with_ids: bool) -> list[str]:
        return [*(PATHS.get(name, name) for name in self.columns), *(["project_id"] if with_ids else ())]

    def _rows_of(self, results: ResultSet, projects: Collection[int] | None) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = self.model._default_manager.filter(result_set=results)
        return rows if projects is None else rows.filter(project__in=projects)

    def _key_order(self) -> Any:
        key = self.columns[0]
        return by_code_point(PATHS[key]) if key in PATHS else "position"


def _columns(row: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


METRIC_TABLES = (
    MetricTable(
        "project_coverage",
        _columns(ProjectCoverage),
        lambda tables: tables.project_coverage,
        result_models.ProjectCoverage,
    ),
    MetricTable(
        "envelope_utilisation",
        _columns(EnvelopeUtilisation),
        lambda tables: tables.envelope_utilisation,
        result_models.EnvelopeUtilisation,
    ),
    MetricTable(
        "chip_comparison",
        _columns(ChipComparison),
        lambda tables: tables.chip_comparison,
        result_models.ChipComparison,
    ),
    MetricTable(
        "portfolio_summary",
        _columns(PortfolioMetric),
        lambda tables: tables.portfolio_summary,
        result_models.PortfolioSummary,
    ),
)


def cell(value: Any) -> str:
    """Return a value as the tables write it: unknown is empty, decimals keep their places."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def csv_lines(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterable[str]:
    """Yield the lines of a CSV file, header first, CRLF after each, quotes only where they are needed."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() > 64_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def published_csv(table: MetricTable, results: ResultSet) -> Iterable[str]:
    """Yield a metric table as CSV text, as published."""
    return csv_lines(table.columns, table.published_rows(results))


def metric_csv(table: MetricTable, tables: MetricTables) -> Iterable[str]:
    """Yield a metric table as CSV text, as computed."""
    rows = table.rows(tables)
    return csv_lines(table.columns, ([getattr(row, name) for name in table.columns] for row in rows))
