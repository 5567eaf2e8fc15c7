"""Celery tasks of advice: one line each."""

from celery import shared_task

from advisory.jobs import digests


@shared_task
def send_digests() -> None:
    digests.send_digests()
