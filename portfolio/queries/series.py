"""Time series: the results of month ends, from the first dated fact to the day that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from portfolio.models import (
    Envelope,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    ResultSet,
)
from portfolio.queries.memories import forgotten_by
from portfolio.queries.parts import first_day_changed
from portfolio.queries.results import data_version, published_set
from portfolio.queries.snapshot import is_reading
from portfolio.rules.dates import month_ends

MOST_MONTHS = 120
FIRST_DAYS = (
    ("portfolio_contributionevent", "occurred_on"),
    ("portfolio_costestimate", "estimated_on"),
    ("portfolio_projectstage", "reached_on"),
    ("portfolio_chipdeployment", "planned_on"),
    ("portfolio_chipdeployment", "contracted_on"),
    ("portfolio_chipdeployment", "installed_on"),
    ("portfolio_chipdeployment", "operational_on"),
)


# The day of the first dated fact, and the data version it is known of.
_known: dict[str, tuple[int, date | None]] = {}
forgotten_by(_known.clear)


def _first_day() -> date | None:
    """Return the day of the first dated fact; it is read again only where a change bears on it."""
    version = data_version()
    known, day = _known.get("first", (None, None))
    if known != version:
        changed = first_day_changed(known, version) if known is not None and known < version else None
        if day is None or changed is None or changed <= day:
            day = _read_first_day()
        if is_reading():  # in a transaction that writes, what is seen may never come to be
            _known["first"] = (version, day)
    return day


def _read_first_day() -> date | None:
    firsts = " UNION ALL ".join(f"SELECT MIN({column}) AS day FROM {table}" for table, column in FIRST_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(day) FROM ({firsts}) AS firsts")
        first = cursor.fetchone()[0]
    # SQLite gives the day of a calculated column as text.
    return date.fromisoformat(str(first)) if first else None


def series_dates(last: date) -> list[date]:
    """Return the month ends from the first dated fact to a day: the newest MOST_MONTHS of them."""
    first = _first_day() if published_set() else None
    return month_ends(first, last)[-MOST_MONTHS:] if first else []


@dataclass(frozen=True, slots=True)
class Months:
    """Month ends of a series, and those whose stored results are missing or lack a change, newest first."""

    dates: list[date]
    outdated: list[date]

    def until(self, day: date) -> "Months":
        """Return those up to a day."""
        return Months([d for d in self.dates if d <= day], [d for d in self.outdated if d <= day])


def months(last: date) -> Months:
    """Return the month ends up to a day, and which of them are out of date."""
    dates = series_dates(last)
    current = set(
        ResultSet.objects.filter(data_version=data_version(), as_of__in=dates).values_list("as_of", flat=True)
    )
    return Months(dates, [day for day in reversed(dates) if day not in current])


def series_sets(last: date) -> list[int]:
    """Return the stored result sets of month ends up to a day, by database id."""
    stored = ResultSet.objects.filter(as_of__in=series_dates(last)).order_by("as_of")
    return list(stored.values_list("pk", flat=True))


def project_series(results: ResultSet, shown: Months, project: Project) -> list[ProjectCoverage]:
    """Return a project's rows at month ends, and the one that is shown."""
    rows = ProjectCoverage.objects.filter(project=project, result_set__as_of__in=_days(results, shown))
    return list(rows.select_related("result_set").order_by("result_set__as_of"))


def envelope_series(results: ResultSet, shown: Months, envelope: Envelope) -> QuerySet[EnvelopeUtilisation]:
    """Return an envelope's rows at month ends, and the one that is shown."""
    rows = EnvelopeUtilisation.objects.filter(envelope=envelope, result_set__as_of__in=_days(results, shown))
    return rows.select_related("result_set").order_by("result_set__as_of")


Series = dict[date, dict[str, str]]


def portfolio_months(
    results: ResultSet, known: Months | None, last: date, metrics: Sequence[str]
) -> tuple[Months, Series]:
    """Return month ends up to a day and to that of some results, with metrics at them and in the results.

    Which of them are out of date is told by the same read, where it is not `known`. An empty text is unknown.
    """
    dates = series_dates(last) if known is None else known.dates
    days = {*(day for day in dates if day <= results.as_of), results.as_of}
    rows = PortfolioSummary.objects.filter(metric__in=metrics, result_set__as_of__in=days)
    columns = ("result_set__as_of", "result_set__data_version", "metric", "value")
    series, versions = Series(), dict[date, int]()
    for day, version, metric, value in rows.order_by("result_set__as_of").values_list(*columns):
        series.setdefault(day, {})[metric] = value
        versions[day] = version
    if known is None:
        known = Months(dates, [day for day in reversed(dates) if versions.get(day) != data_version()])
    return known.until(results.as_of), series


def _days(results: ResultSet, shown: Months) -> set[date]:
    return {*shown.dates, results.as_of}
