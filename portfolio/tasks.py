"""Celery tasks: one line each. The only module that queues work."""

from celery import shared_task
from django.conf import settings

from portfolio.jobs import recompute, requests


@shared_task
def answer_requests() -> None:
    recompute.answer_requests()


@shared_task
def sweep() -> None:
    recompute.start_new_day() or recompute.answer_requests()


@shared_task
def new_day() -> None:
    recompute.start_new_day()


def wake() -> None:
    """Have pending requests answered: by a worker, or here and now where there is no broker."""
    answer_requests.delay() if settings.CELERY_BROKER_URL else recompute.answer_requests()


def begin_day() -> None:
    """Compute a new day's results at its first page view, where there is no broker and so no beat."""
    if not settings.CELERY_BROKER_URL:
        recompute.start_new_day_if_begun()


requests.set_waker(wake)
