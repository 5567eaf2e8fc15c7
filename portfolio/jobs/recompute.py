"""The job that applies the rules and publishes the result tables in one transaction."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from portfolio.jobs import alerts
from portfolio.jobs.incremental import MOST_PROJECTS, publish_projects
from portfolio.jobs.locks import RECOMPUTING, holding
from portfolio.jobs.past_dates import recompute_past
from portfolio.jobs.publishing import open_results, publish_everything
from portfolio.jobs.retries import to_be_tried_again
from portfolio.models import Recomputation, RecomputeRequest, ResultSet
from portfolio.queries.snapshot import one_snapshot
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today
from portfolio.vocabulary import Outcome, Trigger

logger = logging.getLogger(__name__)

ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do: the requests it answers, and the projects they name (None: everything)."""

    requests: list[int]
    projects: set[int] | None


def recompute(trigger: Trigger = Trigger.COMMAND, as_of: date | None = None) -> Recomputation:
    """Recompute everything and publish it; for a past date, that date's results beside today's.

    A failure keeps the last good results, is recorded, and is raised again.
    """
    if as_of is not None and as_of != today():
        return recompute_past(as_of, trigger)
    run = _run(trigger, today(), everything=True)
    if run is None:
        raise RuntimeError("a recomputation of everything always has something to do")
    return run


def answer_requests() -> Recomputation | None:
    """Recompute what pending requests ask for, if there are any; return the run, or None."""
    if not RecomputeRequest.objects.exists():
        return None
    return _run(Trigger.EDIT, today())


def start_new_day() -> Recomputation | None:
    """Recompute for today unless today's results are there: once a day, however often it is called."""
    if ResultSet.objects.filter(as_of=today()).exists():
        return None
    return _run(Trigger.NEW_DAY, today(), everything=True, unless_published=True)


def is_of_an_earlier_day(newest: ResultSet) -> bool:
    """Whether a new day has begun since the newest results."""
    return newest.as_of < today()


def start_new_day_if_begun() -> None:
    """Recompute for today where only earlier results are published; on failure those stay and are shown."""
    newest = ResultSet.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None or newest >= today():
        return
    lately = timezone.now() - RETRY_AFTER
    if not Recomputation.objects.filter(outcome=Outcome.FAILED, started_at__gt=lately).exists():
        with suppress(Exception):  # recorded and logged as a failed recomputation
            start_new_day()


def reevaluate_alerts() -> None:
    """Bring alerts up to date after a change of a threshold, or a verification, without recomputing.

    Without results of today nothing is done: the run that makes them looks at everything.
    """
    with holding(RECOMPUTING), one_snapshot():
        results = ResultSet.objects.filter(as_of=today()).first()
        if results is not None:
            alerts.look_again(results)


def _run(
    trigger: Trigger,
    as_of: date,
    *,
    everything: bool = False,
    unless_published: bool = False,
) -> Recomputation | None:
    started_at = timezone.now()
    for attempt in range(1, ATTEMPTS + 1):
        run = Recomputation(
            trigger=trigger,
            as_of=as_of,
            started_at=started_at,
            rules_version=RULES_VERSION,
            outcome=Outcome.SUCCEEDED,
        )
        try:
            with holding(RECOMPUTING), one_snapshot():
                published = ResultSet.objects.filter(as_of=as_of).first()
                if unless_published and published:
                    return None
                if not _publish_today(run, published, everything):
                    return None
            return run
        except Exception as error:
            # An edit that committed meanwhile may forbid writing from this snapshot; a new one sees it.
            if attempt < ATTEMPTS and to_be_tried_again(error) and not connection.in_atomic_block:
                continue
            logger.exception("A recomputation as of %s failed", as_of)
            run.pk = None
            run.outcome, run.message = Outcome.FAILED, f"{type(error).__name__}: {error}"
            run.finished_at = timezone.now()
            run.save()
            alerts.note_failure()
            raise
    raise AssertionError("the last attempt returns or raises")


def _publish_today(run: Recomputation, published: ResultSet | None, everything: bool) -> bool:
    """Publish today's results; return False where there was nothing to do."""
    work = _pending(everything or published is None)
    if not work.requests and not everything:
        return False
    run.requests = len(work.requests)
    results = open_results(run.as_of, run)
    changed = None
    if work.projects is not None and published is not None:
        run.projects = len(work.projects)
        changed = publish_projects(results, work.projects, is_today=True)
    if changed is None:
        run.projects, changed = publish_everything(results, work.projects, is_today=True)
    alerts.bring_up_to_date(results, run, work.projects, published)
    run.rows_changed, run.finished_at = changed, timezone.now()
    run.save(update_fields=["projects", "rows_changed", "finished_at", "message"])
    for start in range(0, len(work.requests), MOST_PROJECTS):
        RecomputeRequest.objects.filter(pk__in=work.requests[start : start + MOST_PROJECTS]).delete()
    return True


def _pending(everything: bool) -> Work:
    rows = list(RecomputeRequest.objects.order_by("id").values_list("id", "project_id"))
    requests = [request for request, _ in rows]
    projects = {project for _, project in rows if project is not None}
    if everything or any(project is None for _, project in rows) or len(projects) > MOST_PROJECTS:
        return Work(requests, None)
    return Work(requests, projects)
