"""The checker: computes results aside from the facts, and compares them with what is stored, cell by cell."""

import logging
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from portfolio.jobs.exchange_rates import wrong_euro_values
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, reevaluate_alerts, start_new_day
from portfolio.models import RecomputeRequest, ResultSet, Verification
from portfolio.queries.results import data_version, published_set
from portfolio.queries.snapshot import one_snapshot
from portfolio.queries.verification import Difference, compare

logger = logging.getLogger(__name__)

ATTEMPTS = 20
MOST_IN_MESSAGE = 20


@dataclass(slots=True)
class Verified:
    """What was compared: dates, result rows, and the cells that differ, each with its date."""

    dates: list[date] = field(default_factory=list)
    rows: int = 0
    differences: list[tuple[date, Difference]] = field(default_factory=list)


class NotSettled(Exception):
    """Edits came in faster than they were answered, so that there was no moment to compare at."""


def verify_results(only: date | None = None) -> Verified:
    """Compare the stored results of every date, or of one, with the facts; record the outcome.

    Pending edits are answered first, and past dates brought up to date as a reader would: what is verified
    is what anybody is shown. Raise NotSettled where edits never pause.
    """
    started_at = timezone.now()
    verified = Verified()
    start_new_day()
    newest = published_set()
    dates = list(ResultSet.objects.order_by("-as_of").values_list("as_of", flat=True))
    for day in dates if only is None else [only]:
        _verify(day, verified, is_newest=newest is not None and day == newest.as_of)
    told = verified.differences[:MOST_IN_MESSAGE]
    message = "\n".join(f"{day}: {difference.told}" for day, difference in told)
    if message:
        logger.error("Stored results differ from the facts:\n%s", message)
    Verification.objects.create(
        started_at=started_at,
        finished_at=timezone.now(),
        dates=len(verified.dates),
        rows=verified.rows,
        differences=len(verified.differences),
        message=message,
    )
    reevaluate_alerts()
    return verified


def _settled(results: ResultSet, is_newest: bool) -> bool:
    """Whether results have taken in all facts; of the newest, the pending requests say what they lack."""
    if is_newest:
        return not RecomputeRequest.objects.exists()
    return results.data_version == data_version()


def _verify(day: date, verified: Verified, *, is_newest: bool) -> None:
    for _ in range(ATTEMPTS):
        if is_newest:
            answer_requests()
        else:
            results_of(day, asked=False)
        with one_snapshot():
            results = ResultSet.objects.filter(as_of=day).first()
            if results is None or not _settled(results, is_newest):
                continue
            found = compare(results)
            if is_newest:
                found.differences.extend(
                    Difference(table, str(row), "amount_eur", stored, expected)
                    for table, row, stored, expected in wrong_euro_values()
                )
        verified.dates.append(day)
        verified.rows += found.rows
        verified.differences.extend((day, difference) for difference in found.differences)
        return
    raise NotSettled(
        f"The results as of {day} were out of date at each of {ATTEMPTS} looks: edits never pause."
    )
