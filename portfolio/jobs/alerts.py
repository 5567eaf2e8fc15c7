"""Bringing the stored alerts up to date with what needs attention now.

Alerts follow from the facts, the day, the thresholds, and how runs and verifications went. What is found is
held against the open alerts: new ones open, those still so are seen again, and those whose cause is gone
resolve themselves and stay as history.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portfolio.jobs.retries import to_be_tried_again
from portfolio.models import Alert, AlertEvaluation, Recomputation, ResultSet
from portfolio.queries.alert_findings import Look, findings, look_at
from portfolio.queries.alert_reads import newest_failure
from portfolio.queries.streaming import streamed
from portfolio.rules import RULES_VERSION
from portfolio.rules.alerts import Finding, failure_findings
from portfolio.vocabulary import AlertKind, AlertSubject

logger = logging.getLogger(__name__)

BATCH = 500
# The alerts of no project that any evaluation looks at.
ALWAYS = (
    AlertKind.ENVELOPE_OVER_ALLOCATED,
    AlertKind.MOBILISATION_BEHIND,
    AlertKind.PLACES_USED_UP,
    AlertKind.RECOMPUTE_FAILED,
)
EU_TOTAL = Q(kind=AlertKind.EU_MONEY_ABOVE_MAXIMUM, subject=AlertSubject.PROGRAMME)
# What may change of an alert while it is open.
COLUMNS = ("severity", "subject_name", "project_id", "envelope_id", "sentence", "measured", "threshold")
LONGEST = 60  # of a number as text; longer ones are cut, the sentence has them rounded


def bring_up_to_date(
    results: ResultSet, run: Recomputation, projects: set[int] | None, before: ResultSet | None
) -> None:
    """Bring alerts up to date inside a run that published results; an error costs the alerts alone.

    `projects`: those that the run was about, None for all; `before` is the result set as it was before the
    run. What went wrong is logged and stands in the run's message; the next run then looks at everything.
    """
    try:
        with transaction.atomic():
            evaluate(results, _changed_since(results, projects, before))
    except Exception as error:
        if to_be_tried_again(error):
            raise
        logger.exception("The alerts as of %s were not brought up to date", results.as_of)
        run.message = f"Alerts were not brought up to date. {type(error).__name__}: {error}"


def _changed_since(
    results: ResultSet, projects: set[int] | None, before: ResultSet | None
) -> set[int] | None:
    """Return the projects whose alerts can have changed since the last evaluation; None: those of any.

    An evaluation holds for one day and data version. A run of the same day adds what its projects changed.
    """
    last = AlertEvaluation.objects.first()
    if last is None or before is None or last.rules_version != RULES_VERSION:
        return None
    if (last.as_of, last.data_version) != (results.as_of, before.data_version):
        return None
    return set() if results.data_version == before.data_version else projects


def look_again(results: ResultSet) -> None:
    """Bring alerts up to date with results that were published before, all of them where it was not done."""
    evaluate(results, _changed_since(results, None, results))


def evaluate(results: ResultSet, projects: set[int] | None = None) -> None:
    """Make the stored alerts those of now: of some projects (database ids) and of none, or with None all.

    `results` are today's, of the transaction that published them, or of one that holds the recompute lock.
    """
    now = timezone.now()
    look = look_at(results, projects)
    _store(findings(look), _looked_at(look), now)
    done = {
        "as_of": results.as_of,
        "data_version": results.data_version,
        "rules_version": RULES_VERSION,
        "evaluated_at": now,
    }
    if not AlertEvaluation.objects.update(**done):
        AlertEvaluation.objects.create(**done)


def note_failure() -> None:
    """Open the alert that the newest recomputation failed, since a failed run brings no alert up to date."""
    open_ = Alert.objects.filter(kind=AlertKind.RECOMPUTE_FAILED, project=None, resolved_at=None)
    try:
        with transaction.atomic():
            _store(failure_findings(*newest_failure()), [open_], timezone.now())
    except Exception:
        logger.exception("The alert of a failed recomputation was not opened")


def _looked_at(look: Look) -> list[QuerySet[Alert]]:
    """Return the open alerts that an evaluation decides about, in parts that have an index each."""
    open_ = Alert.objects.filter(resolved_at=None)
    if look.projects is None:
        return [open_]
    of_no_project = Q(kind__in=ALWAYS) | Q(subject=AlertSubject.ADVICE)
    if look.eu_total:
        of_no_project |= EU_TOTAL
    if look.verification:
        of_no_project |= Q(kind=AlertKind.RESULTS_UNVERIFIED)
    parts = [open_.filter(of_no_project, project=None)]
    return [*parts, open_.filter(project__in=sorted(look.projects))] if look.projects else parts


def _store(found: Iterable[Finding], looked_at: list[QuerySet[Alert]], now: datetime) -> None:
    """Make the open alerts those that were found: in batches, whatever their number."""
    known = _known(looked_at)
    moment = connection.ops.adapt_datetimefield_value(now)
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    still: list[int] = []
    for finding in found:
        values = _values(finding)
        stored = known.pop(finding.key, None)
        if stored is None:
            subject = finding.subject
            new.append((finding.key, finding.kind, subject.kind, subject.key, moment, moment, "", *values))
        else:
            still.append(stored.pk)
            if stored.digest != hash(values):
                changed.append((*values, stored.pk))
        if len(new) + len(changed) >= BATCH:
            _write(new, changed)
    _write(new, changed)
    _resolve([gone.pk for gone in known.values()], now)
    _see_again(looked_at, still, now)


class Known(NamedTuple):
    """An open alert: its row, and what may change of it as one number, since there may be many."""

    pk: int
    digest: int


def _known(looked_at: list[QuerySet[Alert]]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for part in looked_at:
        with streamed(part.order_by(), ("pk", "key", *COLUMNS)) as rows:
            for pk, key, *values in rows:
                known[key] = Known(pk, hash(tuple(values)))
    return known


def _values(finding: Finding) -> tuple[Any, ...]:
    """Return the values of COLUMNS."""
    subject = finding.subject
    return (
        int(finding.severity),
        subject.name,
        subject.project,
        subject.envelope,
        finding.sentence,
        finding.measured[:LONGEST],
        finding.threshold[:LONGEST],
    )


_TABLE = Alert._meta.db_table
_OPENED = ("key", "kind", "subject", "subject_key", "first_seen_at", "last_seen_at", "acknowledgement_note")
_INSERT = (
    f"INSERT INTO {_TABLE} ({', '.join((*_OPENED, *COLUMNS))})"
    f" VALUES ({', '.join(['%s'] * (len(_OPENED) + len(COLUMNS)))})"
)
_UPDATE = f"UPDATE {_TABLE} SET {', '.join(f'{name} = %s' for name in COLUMNS)} WHERE id = %s"


def _write(new: list[tuple[Any, ...]], changed: list[tuple[Any, ...]]) -> None:
    """Write a batch. With models it would take three times as long, and there may be a hundred thousand."""
    with connection.cursor() as cursor:
        if new:
            cursor.executemany(_INSERT, new)
        if changed:
            cursor.executemany(_UPDATE, changed)
    new.clear()
    changed.clear()


def _resolve(gone: list[int], now: datetime) -> None:
    for start in range(0, len(gone), BATCH):
        Alert.objects.filter(pk__in=gone[start : start + BATCH]).update(resolved_at=now)


def _see_again(looked_at: list[QuerySet[Alert]], still: list[int], now: datetime) -> None:
    """Note that open alerts were seen; those that are gone are resolved by now."""
    if len(still) <= BATCH:
        if still:
            Alert.objects.filter(pk__in=still).update(last_seen_at=now)
        return
    for part in looked_at:
        part.update(last_seen_at=now)


def acknowledge(alert: Alert, person: User, note: str) -> None:
    """Note that a person knows of an alert; one that is acknowledged already stays as it is."""
    Alert.objects.filter(pk=alert.pk, acknowledged_at=None).update(
        acknowledged_at=timezone.now(), acknowledged_by=person, acknowledgement_note=note
    )
