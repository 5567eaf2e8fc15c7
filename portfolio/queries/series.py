"""Time series: the results of month ends, from the first dated fact to the day that is shown."""

from datetime import date

from django.db.models import Min, QuerySet

from portfolio.models import (
    ChipDeployment,
    ContributionEvent,
    CostEstimate,
    Envelope,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.results import data_version
from portfolio.rules.dates import month_ends

MOST_MONTHS = 120
FIRST_DAYS = (
    (ContributionEvent, ["occurred_on"]),
    (CostEstimate, ["estimated_on"]),
    (ProjectStage, ["reached_on"]),
    (ChipDeployment, ["planned_on", "contracted_on", "installed_on", "operational_on"]),
)


def series_dates(last: date) -> list[date]:
    """Return the month ends from the first dated fact to a day: the newest MOST_MONTHS of them."""
    known: list[date] = []
    for model, columns in FIRST_DAYS:
        firsts = model._default_manager.aggregate(*[Min(column) for column in columns])
        known.extend(day for day in firsts.values() if day is not None)
    return month_ends(min(known), last)[-MOST_MONTHS:] if known else []


def outdated_month_ends(last: date) -> list[date]:
    """Return the month ends whose stored results are missing or lack a change, the newest first."""
    current = set(
        ResultSet.objects.filter(data_version=data_version(), as_of__lte=last).values_list("as_of", flat=True)
    )
    return [day for day in reversed(series_dates(last)) if day not in current]


def series_sets(last: date) -> QuerySet[ResultSet]:
    """Return the stored result sets of month ends up to a day, the oldest first."""
    return ResultSet.objects.filter(as_of__in=series_dates(last)).order_by("as_of")


def project_series(results: ResultSet, project: Project) -> list[ProjectCoverage]:
    """Return a project's rows at month ends, and the one that is shown."""
    rows = ProjectCoverage.objects.filter(project=project, result_set__in=_shown(results))
    return list(rows.select_related("result_set").order_by("result_set__as_of"))


def envelope_series(results: ResultSet, envelope: Envelope) -> list[EnvelopeUtilisation]:
    """Return an envelope's rows at month ends, and the one that is shown."""
    rows = EnvelopeUtilisation.objects.filter(envelope=envelope, result_set__in=_shown(results))
    return list(rows.select_related("result_set").order_by("result_set__as_of"))


def portfolio_series(results: ResultSet, metrics: list[str]) -> dict[date, dict[str, str]]:
    """Return some metrics of the portfolio at month ends and on the day that is shown; empty is unknown."""
    rows = PortfolioSummary.objects.filter(metric__in=metrics, result_set__in=_shown(results))
    series: dict[date, dict[str, str]] = {}
    listed = rows.order_by("result_set__as_of").values_list("result_set__as_of", "metric", "value")
    for day, metric, value in listed:
        series.setdefault(day, {})[metric] = value
    return series


def _shown(results: ResultSet) -> list[int]:
    stored = series_sets(results.as_of).values_list("pk", flat=True)
    return sorted({*stored, results.pk})
