"""Changing the numbers that decide about alerts."""

from django.db import transaction

from portfolio.jobs.recompute import reevaluate_alerts
from portfolio.models import AlertEvaluation, AlertThreshold


def save_threshold(threshold: AlertThreshold, how: str) -> None:
    """Record a threshold, with `how` in its history, and bring all alerts up to date once it is committed."""
    with transaction.atomic():
        threshold._change_reason = how  # type: ignore[attr-defined]
        threshold.save()
        AlertEvaluation.objects.all().delete()  # should the evaluation fail, the next run makes up for it
        transaction.on_commit(reevaluate_alerts, robust=True)
