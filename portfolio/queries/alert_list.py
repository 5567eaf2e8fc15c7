"""Reads of the alerts themselves: lists, counts, and the gravest ones, now or as they stood on a past day.

`sees` are the kinds of records that need a right and that the reader may see (`alert_readers.seen_by`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Value

from portfolio.models import Alert, Envelope, Project
from portfolio.queries.alert_readers import visible
from portfolio.queries.together import read_together
from portfolio.rules.dates import BRUSSELS, today
from portfolio.vocabulary import Severity

# Beyond this many, the menu need not know how many exactly, and counting would take time on every page.
MOST_COUNTED = 1_000

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"
STATES = (
    ("", "Open or acknowledged"),
    (OPEN, "Open"),
    (ACKNOWLEDGED, "Acknowledged"),
    (RESOLVED, "Resolved"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of alerts is narrowed to; empty texts narrow nothing but to those not resolved."""

    kind: str = ""
    severity: int | None = None
    state: str = ""
    project: str = ""


def end_of(as_of: date) -> datetime | None:
    """Return the moment at which a past day ended in Brussels; None for today, which has not."""
    return None if as_of >= today() else datetime.combine(as_of + timedelta(1), time(), BRUSSELS)


def alerts_of(filters: Filters, sees: frozenset[str], end: datetime | None = None) -> QuerySet[Alert]:
    """Return the alerts that the filters keep, the gravest and newest first; resolved ones by when.

    With `end`, those that had been seen by that moment, in the states that they had then.
    """
    rows = Alert.objects.select_related("project", "envelope", "acknowledged_by")
    rows = rows.filter(_seen(end), visible(sees))
    if filters.state == RESOLVED:
        rows = rows.filter(_resolved(end)).order_by("-resolved_at", "-id")
    else:
        rows = rows.filter(_unresolved(end)).order_by("severity", "-first_seen_at", "-id")
        if filters.state == OPEN:
            rows = rows.filter(_unacknowledged(end))
        elif filters.state == ACKNOWLEDGED:
            rows = rows.exclude(_unacknowledged(end))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.severity is not None:
        rows = rows.filter(severity=filters.severity)
    if filters.project:
        named = Project.objects.filter(Q(slug__iexact=filters.project) | Q(name__icontains=filters.project))
        rows = rows.filter(project__in=named.order_by().values("pk"))
    return rows


def _seen(end: datetime | None) -> Q:
    return Q() if end is None else Q(first_seen_at__lt=end)


def _unresolved(end: datetime | None) -> Q:
    return Q(resolved_at=None) if end is None else Q(resolved_at=None) | Q(resolved_at__gte=end)


def _resolved(end: datetime | None) -> Q:
    return Q(resolved_at__isnull=False) if end is None else Q(resolved_at__lt=end)


def _unacknowledged(end: datetime | None) -> Q:
    return Q(acknowledged_at=None) if end is None else Q(acknowledged_at=None) | Q(acknowledged_at__gte=end)


def as_then(alerts: Iterable[Alert], end: datetime | None) -> list[Alert]:
    """Return alerts without what happened to them after a moment; they are not to be saved."""
    shown = list(alerts)
    if end is None:
        return shown
    for alert in shown:
        if alert.resolved_at is not None and alert.resolved_at >= end:
            alert.resolved_at = None
        if alert.acknowledged_at is not None and alert.acknowledged_at >= end:
            alert.acknowledged_at = None
            alert.acknowledged_by = None
            alert.acknowledgement_note = ""
        alert.last_seen_at = min(alert.last_seen_at, end)
    return shown


def counts(sees: frozenset[str], end: datetime | None = None) -> dict[Severity, int]:
    """Return how many alerts are open or acknowledged, by severity."""
    rows = Alert.objects.filter(_seen(end), visible(sees)).filter(_unresolved(end)).order_by()
    found = dict(rows.values_list("severity").annotate(number=Count("pk")))
    return {severity: found.get(severity, 0) for severity in Severity}


def unacknowledged(as_of: date, sees: frozenset[str]) -> int:
    """Return how many alerts are open and not acknowledged at the end of a day, MOST_COUNTED at most."""
    return _counted(end_of(as_of), sees).count()


def gravest(as_of: date, number: int, sees: frozenset[str]) -> tuple[list[Alert], int]:
    """Return the gravest of the alerts that are `unacknowledged`, and how many those are; one statement."""
    end = end_of(as_of)
    listed = alerts_of(Filters(state=OPEN), sees, end)
    counted = Alert.objects.filter(pk__in=_counted(end, sees).values("pk")).order_by()
    found, numbers = read_together(
        listed.filter(pk__in=listed.values("pk")[:number]),
        counted.annotate(one=Value(1)).values("one").annotate(number=Count("pk")).values_list("number"),
    )
    return as_then(found, end), sum(number for (number,) in numbers)


def _counted(end: datetime | None, sees: frozenset[str]) -> QuerySet[Alert]:
    open_ones = Alert.objects.filter(_seen(end), _unresolved(end), _unacknowledged(end), visible(sees))
    return open_ones.order_by()[:MOST_COUNTED]


def of_project(project: Project, as_of: date, number: int, sees: frozenset[str]) -> list[Alert]:
    """Return the gravest alerts of a project and its contributions that are not resolved."""
    end = end_of(as_of)
    return as_then(alerts_of(Filters(), sees, end).filter(project=project)[:number], end)


def of_envelope(envelope: Envelope, as_of: date, sees: frozenset[str]) -> list[Alert]:
    """Return the alerts of an envelope that are not resolved."""
    end = end_of(as_of)
    return as_then(alerts_of(Filters(), sees, end).filter(envelope=envelope), end)
