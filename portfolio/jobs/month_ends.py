"""Keeping the results of month ends, which are the time series."""

import time
from datetime import timedelta

from portfolio.jobs.past_dates import BeingComputed, forget_old_changes, results_of
from portfolio.queries.series import outdated_month_ends
from portfolio.rules.dates import today


def keep_month_ends(seconds: float | None = None) -> int:
    """Bring the results of all month ends before today up to date, the newest first.

    Stop after some seconds; return how many month ends are still out of date.
    """
    stop_at = None if seconds is None else time.monotonic() + seconds
    outdated = outdated_month_ends(today() - timedelta(1))
    for done, day in enumerate(outdated):
        if stop_at is not None and time.monotonic() >= stop_at:
            return len(outdated) - done
        try:
            results_of(day)
        except BeingComputed:
            return len(outdated) - done
    return 0


def keep_series() -> int:
    """Do the nightly work: all month ends, and forget the notes of changes that nothing needs any more."""
    pending = keep_month_ends()
    forget_old_changes()
    return pending
