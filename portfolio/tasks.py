"""Celery tasks: one line each. The only module that queues work."""

from celery import shared_task
from django.conf import settings

from portfolio.exports import downloads
from portfolio.exports.answering import Preparation
from portfolio.exports.report import making
from portfolio.jobs import (
    download_attempts,
    month_ends,
    past_dates,
    recompute,
    report_attempts,
    reports,
    requests,
    verification,
)
from portfolio.jobs import downloads as asked_downloads
from portfolio.jobs.background import Background
from portfolio.jobs.spreadsheets import imports
from portfolio.queries.presence import is_large
from portfolio.queries.series import Months

SECONDS_IN_A_REQUEST = 0.5


@shared_task
def answer_requests() -> None:
    recompute.answer_requests()
    past_dates.keep_asked_dates()


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


@shared_task
def work_on_download(pk: int) -> None:
    downloads.work_on(pk, PREPARATION)
    downloads.work_on_what_waits(PREPARATION)


@shared_task
def keep_downloads() -> None:
    asked_downloads.tidy()
    downloads.work_on_what_waits(PREPARATION)


@shared_task
def work_on_report(pk: int) -> None:
    making.work_on(pk, PREPARATION)


@shared_task
def keep_reports() -> None:
    reports.tidy()
    for pk in report_attempts.waiting():
        making.work_on(pk, PREPARATION)


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


def have_download_made(pk: int) -> None:
    """Have the file of a download made: by a worker, or in the background where there is no broker."""
    work_on_download.delay(pk) if settings.CELERY_BROKER_URL else background.add(pk)


def look_after_downloads() -> None:
    """Let downloads expire; and where there is no beat, do what else it does for them."""
    if settings.CELERY_BROKER_URL:
        asked_downloads.expire_those_due()
    else:
        asked_downloads.tidy()
        for pk in download_attempts.waiting():
            background.add(pk)


def have_report_made(pk: int) -> None:
    """Have a board report made: by a worker, or in the background where there is no broker."""
    work_on_report.delay(pk) if settings.CELERY_BROKER_URL else report_background.add(pk)


def look_after_reports() -> None:
    """Do what beat does for board reports, where there is none: those who look at them have it done."""
    if not settings.CELERY_BROKER_URL:
        reports.tidy()
        for pk in report_attempts.waiting():
            report_background.add(pk)


def begin_day() -> None:
    """Compute a new day's results at its first page view, where there is no broker and so no beat."""
    if not settings.CELERY_BROKER_URL:
        recompute.start_new_day_if_begun()


PREPARATION = Preparation(begin_day, bring_series_up_to_date)
background = Background(lambda pk: downloads.work_on(pk, PREPARATION))
report_background = Background(lambda pk: making.work_on(pk, PREPARATION))
requests.set_waker(wake)
imports.set_worker(have_import_worked_on)
asked_downloads.set_worker(have_download_made)
reports.set_worker(have_report_made)
