"""Advice at the point of entry: what would need attention, as the edits of a transaction leave the records.

The checks are those that raise alerts. Results are computed and looked at in a savepoint that is rolled back.
"""

from collections.abc import Iterable
from time import monotonic, sleep
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone

from portfolio.jobs.incremental import MOST_PROJECTS, publish_projects
from portfolio.jobs.locks import RECOMPUTING
from portfolio.jobs.proposals import owner_of
from portfolio.jobs.publishing import open_results, publish_everything
from portfolio.models import Alert, ContributionEvent, Recomputation, RecomputeRequest, ResultSet, Source
from portfolio.queries.alert_findings import findings, look_at
from portfolio.queries.versions import fields_of
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today
from portfolio.vocabulary import AlertKind, Outcome, Severity, Trigger

# Of these, one that stands already is said again where an edit changes how far it goes.
SAID_AGAIN = {
    AlertKind.ENVELOPE_OVER_ALLOCATED,
    AlertKind.EU_SHARE_ABOVE_MAXIMUM,
    AlertKind.EU_MONEY_ABOVE_MAXIMUM,
    AlertKind.DISBURSED_ABOVE_SIGNED,
    AlertKind.SIGNED_ABOVE_APPROVED,
}
MOST_SAID = 50
# Nobody waits longer for advice: not for a recomputation that runs, and not for one of more than this.
SECONDS = 2.0
MOST_EVENTS = 50_000
MOST_KEYS = 500  # beyond which all open alerts are read at once


class Advice(NamedTuple):
    """What would need attention: how much it matters, what it is about, and the sentence of its alert."""

    severity: int
    subject: str
    sentence: str

    @property
    def word(self) -> str:
        return str(Severity(self.severity).label)


def advice_about(edits: Iterable[tuple[models.Model | None, models.Model]]) -> list[Advice]:
    """Return what needs attention because of edits of this transaction, the gravest first.

    `edits` are records before (None: not there) and after. Without results of today there is nothing to say.
    """
    found = [advice for edit in edits if (advice := _older_source(*edit)) is not None]
    results = ResultSet.objects.filter(as_of=today()).first()
    asked = list(RecomputeRequest.objects.order_by().values_list("project_id", flat=True).distinct())
    if results is not None and asked and _computing_is_free():
        projects = {project for project in asked if project is not None}
        reaches_further = None in asked or len(projects) > MOST_PROJECTS
        with transaction.atomic():
            found += _findings(None if reaches_further else projects)
            transaction.set_rollback(True)
    return sorted(found)[:MOST_SAID]


def _findings(projects: set[int] | None) -> list[Advice]:
    run = Recomputation(
        trigger=Trigger.EDIT,
        as_of=today(),
        started_at=timezone.now(),
        rules_version=RULES_VERSION,
        outcome=Outcome.SUCCEEDED,
    )
    results = open_results(run.as_of, run)
    if projects is None or publish_projects(results, projects, is_today=True) is None:
        if ContributionEvent.objects.order_by()[: MOST_EVENTS + 1].count() > MOST_EVENTS:
            return []
        publish_everything(results, projects, is_today=True)
    found = list(findings(look_at(results, projects)))
    open_ = _open_alerts([one.key for one in found])
    return [
        Advice(int(one.severity), one.subject.name, one.sentence)
        for one in found
        if one.key not in open_ or (one.kind in SAID_AGAIN and open_[one.key] != one.sentence)
    ]


def _open_alerts(keys: list[str]) -> dict[str, str]:
    """Return the sentences of the open alerts of some keys, and maybe of others."""
    rows = Alert.objects.filter(resolved_at=None).order_by()
    if len(keys) <= MOST_KEYS:
        rows = rows.filter(key__in=keys)
    return dict(rows.values_list("key", "sentence"))


def _computing_is_free() -> bool:
    """Whether results can be computed now: no recomputation runs, or it ends soon. Holds others off."""
    if connection.vendor != "postgresql":
        return True
    until = monotonic() + SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RECOMPUTING])
            if cursor.fetchone()[0]:
                return True
        if monotonic() > until:
            return False
        sleep(0.05)


def _older_source(before: Any, record: Any) -> Advice | None:
    """Return that a record rests on an older source than the newest of others of its kind and owner."""
    if not any(field.name == "source" for field in fields_of(type(record))):
        return None
    owner = owner_of(record)
    if owner is None or (before is not None and before.source_id == record.source_id):
        return None
    mine = Source.objects.filter(pk=record.source_id).values_list("published_on", flat=True).first()
    others = type(record)._default_manager.filter(**{owner._meta.model_name: owner.pk}).exclude(pk=record.pk)
    newest = others.aggregate(newest=Max("source__published_on"))["newest"]
    if mine is None or newest is None or mine >= newest:
        return None
    sentence = (
        f"The {record._meta.verbose_name} “{record}” rests on a source of {mine}, and another of {owner}"
        f" on one of {newest}: what is newer may say otherwise."
    )
    return Advice(int(Severity.NOTICE), str(owner), sentence)
