"""Celery tasks: one line each. The only module that queues work."""

from celery import shared_task
from django.conf import settings

from portfolio.jobs import month_ends, recompute, requests, verification
from portfolio.jobs.spreadsheets import imports
from portfolio.queries.presence import is_large
from portfolio.queries.series import Months

SECONDS_IN_A_REQUEST = 0.5


@shared_task
def answer_requests() -> None:
    recompute.answer_requests()


@shared_task
def sweep() -> None:
    recompute.start_new_day() or recompute.answer_requests()


@shared_task
def new_day() -> None:
    recompute.start_new_day()


@shared_task
def keep_series() -> None:
    month_ends.keep_series()


@shared_task
def verify() -> None:
    verification.verify_results()


@shared_task
def work_on_import(pk: int) -> None:
    imports.work_on(pk)


@shared_task
def take_up_imports() -> None:
    imports.work_on_what_waits()


def work_on_series() -> Months | None:
    """Return the month ends after what a request may do itself for them; None: it is left to others."""
    left_to_others = settings.CELERY_BROKER_URL or is_large()
    return None if left_to_others else month_ends.keep_month_ends(seconds=SECONDS_IN_A_REQUEST)


def bring_series_up_to_date() -> Months:
    """Return the month ends, and those out of date after the work on them that a request may do itself."""
    return work_on_series() or month_ends.keep_month_ends(seconds=0)


def wake() -> None:
    """Have pending requests answered: by a worker, or here and now where there is no broker."""
    answer_requests.delay() if settings.CELERY_BROKER_URL else recompute.answer_requests()


def have_import_worked_on(pk: int) -> None:
    """Have an import previewed or applied: by a worker, or here and now where there is no broker."""
    work_on_import.delay(pk) if settings.CELERY_BROKER_URL else imports.work_on(pk)


def begin_day() -> None:
    """Compute a new day's results at its first page view, where there is no broker and so no beat."""
    if not settings.CELERY_BROKER_URL:
        recompute.start_new_day_if_begun()


requests.set_waker(wake)
imports.set_worker(have_import_worked_on)
