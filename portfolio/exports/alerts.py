"""Alerts as CSV: every occurrence, open and resolved, in the order in which they were first seen."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from portfolio.exports.fact_tables import neutral
from portfolio.exports.metric_tables import csv_lines
from portfolio.models import Alert
from portfolio.queries.alert_list import end_of
from portfolio.queries.streaming import streamed
from portfolio.vocabulary import Severity

COLUMNS = (
    "kind",
    "severity",
    "subject",
    "subject_key",
    "project",
    "envelope",
    "sentence",
    "measured",
    "threshold",
    "first_seen_at",
    "last_seen_at",
    "resolved_at",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledgement_note",
)
_FIELDS = (
    *COLUMNS[:4],
    "project__slug",
    "envelope__slug",
    *COLUMNS[6:13],
    "acknowledged_by__username",
    "acknowledgement_note",
)


def alerts_csv(as_of: date) -> Iterable[str]:
    """Yield all alerts as CSV text; for a past day, those seen by its end, without what came later."""
    return csv_lines(COLUMNS, _rows(end_of(as_of)))


def _rows(end: datetime | None) -> Iterator[list[str]]:
    alerts = Alert.objects.order_by("first_seen_at", "id")
    if end is not None:
        alerts = alerts.filter(first_seen_at__lt=end)
    with streamed(alerts, _FIELDS) as rows:
        for kind, severity, *texts, first, last, resolved, acknowledged, who, note in rows:
            then = end is None or (acknowledged is not None and acknowledged < end)
            yield [
                kind,
                Severity(severity).name.lower(),
                *(neutral(text or "") for text in texts),
                _moment(first, None),
                _moment(last if end is None else min(last, end), None),
                _moment(resolved, end),
                _moment(acknowledged, end),
                neutral(who or "") if then else "",
                neutral(note) if then else "",
            ]


def _moment(value: datetime | None, end: datetime | None) -> str:
    """Return a moment in UTC; nothing for what has not happened, or not by the end."""
    if value is None or (end is not None and value >= end):
        return ""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
