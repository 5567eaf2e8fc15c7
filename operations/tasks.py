"""Celery tasks of operations: one line each."""

from celery import shared_task

from operations import retention


@shared_task
def enforce_retention() -> None:
    retention.enforce_retention()
