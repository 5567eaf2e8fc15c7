"""Changing the numbers that decide about figures and alerts of advice."""

from django.db import transaction

from advisory.models import AdviceThreshold
from portfolio.jobs.requests import request_recompute


def save_threshold(threshold: AdviceThreshold, how: str) -> None:
    """Record a threshold, with `how` in its history, and ask for all results of all days anew."""
    with transaction.atomic():
        threshold._change_reason = how  # type: ignore[attr-defined]
        threshold.save()
        request_recompute(None, f"threshold of advice {threshold}")
