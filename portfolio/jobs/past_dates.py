"""Results of dates before today: computed when asked for, kept, and brought up to date by what changed.

A result set is right as long as its data version is the current one. Where it is not, the changes since say
whether it has to be touched at all, and at which projects. One date is computed at a time, whoever asks;
beside month ends, a bounded number of dates is kept.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta

from django.db import OperationalError, connection
from django.db.models import Min, Q
from django.utils import timezone

from portfolio.jobs.incremental import MOST_PROJECTS, publish_projects
from portfolio.jobs.locks import PAST_DATES, Busy, holding
from portfolio.jobs.publishing import open_results, publish_everything
from portfolio.models import FactChange, Recomputation, RecomputeRequest, ResultSet
from portfolio.queries.results import data_version, stored_sets
from portfolio.queries.snapshot import one_snapshot
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import is_month_end, today
from portfolio.vocabulary import Outcome, Trigger

MOST_DATES = 24
WAIT_SECONDS = 20.0
# Of the dates that somebody had to wait for lately, so many are brought up to date before they are asked for.
ASKED_LATELY = timedelta(minutes=15)
MOST_AHEAD = 6
WAIT_AHEAD_SECONDS = 0.05  # where others compute a date, edits would wait behind who waits


class BeingComputed(Exception):
    """The results of a date are being computed, or wait for another date's; its text says so."""


def results_of(as_of: date, *, asked: bool = True) -> ResultSet:
    """Return the results of a date before today, as the facts are now; compute what is missing.

    `asked` says that somebody waits for them. Raise BeingComputed where others are served for too long.
    """
    results = at_hand(as_of)
    if results is not None:
        return results
    with _one_at_a_time(as_of), one_snapshot():
        results = _up_to_date(as_of)
        if asked:
            results.asked_at = timezone.now()
            results.save(update_fields=["asked_at"])
        return results


def at_hand(as_of: date) -> ResultSet | None:
    """Return the results of a date, where they are there as the facts are now; else None."""
    results = stored_sets([as_of]).get(as_of)
    return results if results is not None and results.data_version == data_version() else None


def keep_asked_dates() -> None:
    """Bring the dates asked for lately up to date after an edit, so that nobody waits for them again.

    Stop where more edits wait, which come first. What has to be computed afresh is left to who asks, and what
    others are computing to them.
    """
    lately = ResultSet.objects.filter(asked_at__gt=timezone.now() - ASKED_LATELY, as_of__lt=today())
    outdated = lately.exclude(data_version=data_version()).order_by("-asked_at")
    for results in outdated[:MOST_AHEAD]:
        if RecomputeRequest.objects.exists():
            return
        if _touched(results) is not None:
            with suppress(BeingComputed), _one_at_a_time(results.as_of, WAIT_AHEAD_SECONDS), one_snapshot():
                _up_to_date(results.as_of)


def are_up_to_date(dates: Collection[date]) -> bool:
    """Whether the results of all these different dates are there, as the facts are now."""
    stored = stored_sets(dates).values()
    return len(stored) == len(dates) and {results.data_version for results in stored} == {data_version()}


def recompute_past(as_of: date, trigger: Trigger = Trigger.PAST_DATE) -> Recomputation:
    """Compute everything of a date before today afresh, whatever is stored of it; return the run."""
    with _one_at_a_time(as_of), one_snapshot():
        return _afresh(as_of, trigger).recomputation


def _up_to_date(as_of: date) -> ResultSet:
    results = ResultSet.objects.filter(as_of=as_of).first()
    if results is None:
        return _afresh(as_of)
    version = data_version()
    projects = _touched(results)
    if projects is None or publish_projects(results, projects, is_today=False) is None:
        return _afresh(as_of)
    results.data_version = version
    if projects:
        results.computed_at = timezone.now()
    results.save(update_fields=["data_version", "computed_at"])
    return results


def _touched(results: ResultSet) -> set[int] | None:
    """Return the projects whose figures on the date of some results changed since; None: possibly all."""
    changes = FactChange.objects.filter(
        Q(since=None) | Q(since__lte=results.as_of), version__gt=results.data_version
    ).order_by()
    projects = set(changes.values_list("project_id", flat=True).distinct()[: MOST_PROJECTS + 1])
    if None in projects or len(projects) > MOST_PROJECTS:
        return None
    return {project for project in projects if project is not None}


def _afresh(as_of: date, trigger: Trigger = Trigger.PAST_DATE) -> ResultSet:
    run = Recomputation(
        trigger=trigger,
        as_of=as_of,
        started_at=timezone.now(),
        rules_version=RULES_VERSION,
        outcome=Outcome.SUCCEEDED,
    )
    results = open_results(as_of, run)
    run.projects, run.rows_changed = publish_everything(results, None, is_today=False)
    run.finished_at = timezone.now()
    run.save(update_fields=["projects", "rows_changed", "finished_at"])
    _forget_old_dates(results)
    return results


def _forget_old_dates(kept: ResultSet) -> None:
    """Remove the results of dates beyond the bound, those computed longest ago first.

    Month ends are time series, and the newest date is what pages lead with: both stay.
    """
    newest = ResultSet.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    dates = ResultSet.objects.order_by("-computed_at").values_list("pk", "as_of", "recomputation_id")
    passing = [row for row in dates if row[0] != kept.pk and row[1] != newest and not is_month_end(row[1])]
    outdated = passing[MOST_DATES - 1 :]
    ResultSet.objects.filter(pk__in=[pk for pk, _, _ in outdated]).delete()
    Recomputation.objects.filter(
        pk__in=[run for _, _, run in outdated], trigger=Trigger.PAST_DATE, outcome=Outcome.SUCCEEDED
    ).delete()


def forget_old_changes() -> None:
    """Remove the notes of changes that all stored results have taken in."""
    oldest = ResultSet.objects.aggregate(oldest=Min("data_version"))["oldest"]
    if oldest is not None:
        FactChange.objects.filter(version__lte=oldest).delete()


@contextmanager
def _one_at_a_time(as_of: date, seconds: float | None = None) -> Iterator[None]:
    """Compute one past date at a time, whoever asks; raise BeingComputed after waiting in vain.

    On SQLite the turn to write is waited for in the same way, and as long.
    """
    told = BeingComputed(f"The results as of {as_of} are being computed. Ask again in a few seconds.")
    try:
        with holding(PAST_DATES, WAIT_SECONDS if seconds is None else seconds):
            yield
    except Busy as error:
        raise told from error
    except OperationalError as error:
        if connection.vendor == "sqlite" and "locked" in str(error):
            raise told from error
        raise
