"""The job that applies the rules and publishes the result tables in one transaction."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from portfolio.jobs.publishing import publish
from portfolio.jobs.state_tables import refresh_rollups, refresh_states
from portfolio.models import Recomputation, RecomputeRequest, ResultSet
from portfolio.queries.results import compute
from portfolio.queries.rollups import rollups_of_today
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today
from portfolio.vocabulary import Outcome, Trigger

logger = logging.getLogger(__name__)

LOCK = 0x1A7E57A1
# Beyond this many projects at once, refreshing all of them is cheaper than naming them.
MOST_PROJECTS = 500


@dataclass(frozen=True, slots=True)
class Work:
    """What a run has to do: the requests it answers, and the projects they name (None: everything)."""

    requests: list[int]
    projects: set[int] | None


def recompute(trigger: Trigger = Trigger.COMMAND, as_of: date | None = None) -> Recomputation:
    """Recompute everything and publish it; for a past date, publish that date's results beside today's.

    A failure keeps the last good results, is recorded, and is raised again.
    """
    now = today()
    run = _run(trigger, as_of or now, everything=True, is_today=as_of in (None, now))
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


def results_pending() -> bool:
    """Whether facts have changed since the published results."""
    return RecomputeRequest.objects.exists()


def _run(
    trigger: Trigger,
    as_of: date,
    *,
    everything: bool = False,
    is_today: bool = True,
    unless_published: bool = False,
) -> Recomputation | None:
    run = Recomputation(
        trigger=trigger,
        as_of=as_of,
        started_at=timezone.now(),
        rules_version=RULES_VERSION,
        outcome=Outcome.SUCCEEDED,
    )
    try:
        with _alone(), _one_snapshot():
            if unless_published and ResultSet.objects.filter(as_of=as_of).exists():
                return None
            if is_today:
                work = _pending(everything or not ResultSet.objects.filter(as_of=as_of).exists())
                if not work.requests and not everything:
                    return None
                _publish_today(run, work)
            else:
                run.projects, run.rows_changed = publish(compute(as_of), run)
    except Exception as error:
        logger.exception("A recomputation as of %s failed", as_of)
        run.pk = None
        run.outcome, run.message = Outcome.FAILED, f"{type(error).__name__}: {error}"
        run.finished_at = timezone.now()
        run.save()
        raise
    return run


def _publish_today(run: Recomputation, work: Work) -> None:
    refresh_states(run.as_of, work.projects)
    refresh_rollups(work.projects)
    run.requests = len(work.requests)
    # Results of other dates were computed from facts that have changed since.
    ResultSet.objects.exclude(as_of=run.as_of).delete()
    run.projects, run.rows_changed = publish(compute(run.as_of, rollups_of_today()), run)
    if work.projects is not None:
        run.projects = len(work.projects)
        run.save(update_fields=["projects"])
    for start in range(0, len(work.requests), MOST_PROJECTS):
        RecomputeRequest.objects.filter(pk__in=work.requests[start : start + MOST_PROJECTS]).delete()


def _pending(everything: bool) -> Work:
    rows = list(RecomputeRequest.objects.order_by("id").values_list("id", "project_id"))
    requests = [request for request, _ in rows]
    projects = {project for _, project in rows if project is not None}
    if everything or any(project is None for _, project in rows) or len(projects) > MOST_PROJECTS:
        return Work(requests, None)
    return Work(requests, projects)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the recompute lock: one run at a time. A run that dies lets go of it with its connection."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Open a transaction that sees the facts of one moment, so that results never mix old and new."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
