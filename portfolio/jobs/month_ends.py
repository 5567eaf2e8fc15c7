"""Keeping the results of month ends, which are the time series."""

import time
from datetime import timedelta

from portfolio.jobs.past_dates import BeingComputed, forget_old_changes, results_of
from portfolio.queries.series import Months, months
from portfolio.rules.dates import today


def keep_month_ends(seconds: float | None = None) -> Months:
    """Bring the results of all month ends before today up to date, the newest first; stop after some seconds.

    Return the month ends, and those that are still out of date.
    """
    stop_at = None if seconds is None else time.monotonic() + seconds
    found = months(today() - timedelta(1))
    for done, day in enumerate(found.outdated):
        if stop_at is not None and time.monotonic() >= stop_at:
            return Months(found.dates, found.outdated[done:])
        try:
            results_of(day, asked=False)
        except BeingComputed:
            return Months(found.dates, found.outdated[done:])
    return Months(found.dates, [])


def keep_series() -> None:
    """Do the regular work: all month ends, and forget the notes of changes that nothing needs any more."""
    keep_month_ends()
    forget_old_changes()
