"""What bench/recompute.py measures, on the database of DATABASE_URL; one process a kind of measurement.

    python bench/recompute_child.py load BUNDLE | memory | measure EDITS

Prints its measurements as one line of JSON.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from portfolio.jobs.bundles import load_portfolio
from portfolio.jobs.facts import save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import recompute
from portfolio.jobs.requests import set_waker
from portfolio.models import ContributionEvent
from portfolio.rules.dates import today
from portfolio.vocabulary import EventKind

PLAIN_SUM = (
    "SELECT contribution_id, SUM(amount_eur) FROM portfolio_contributionevent GROUP BY contribution_id"
)
ROUNDS = 5
MEBIBYTE_IN_KIB = 1024

Measures = dict[str, float]


def seconds(action: Callable[[], Any]) -> float:
    """Return how long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def plain_sum() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_SUM)
        cursor.fetchall()


def orm_loop() -> None:
    """Add up the events of each contribution in Python, for scale: what the tracker does not do."""
    sums: dict[int, Decimal] = {}
    for event in ContributionEvent.objects.order_by().only("contribution_id", "amount_eur").iterator():
        sums[event.contribution_id] = sums.get(event.contribution_id, Decimal(0)) + (event.amount_eur or 0)


def load(bundle: Path) -> Measures:
    """Fill the empty database from a bundle, and publish results for the first time."""
    call_command("migrate", verbosity=0)
    set_waker(lambda: None)  # the recomputation is measured by itself
    started = time.perf_counter()
    loaded = load_portfolio(bundle)
    load_seconds = time.perf_counter() - started
    first_seconds = seconds(recompute)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does within minutes
    return {"load_rows_per_second": loaded.rows / load_seconds, "first_seconds": first_seconds}


def memory() -> Measures:
    """Recompute everything, and nothing else; return how much memory the process had at most."""
    recompute()
    return {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE_IN_KIB}


def measure(number_of_edits: int) -> Measures:
    """Measure plain sums and recomputations in turn, then a past date, then edits, then the loop."""
    sums, full = [], []
    plain_sum()
    for _ in range(ROUNDS):
        sums.append(seconds(plain_sum))
        full.append(seconds(recompute))
        sums.append(seconds(plain_sum))
    taken, statements = edits(number_of_edits)
    return {
        "sum_seconds": median(sums),
        "full_seconds": median(full),
        **past_date(),
        "edit_seconds": median(taken),
        "slowest_edit_seconds": max(taken),
        "statements": median(statements),
        "most_statements": max(statements),
        "loop_seconds": seconds(orm_loop),
    }


def past_date() -> Measures:
    """Ask for the results a year ago: computed afresh, then brought up to date after one edit."""
    a_year_ago = today() - timedelta(days=365)
    afresh = seconds(lambda: results_of(a_year_ago))
    event = ContributionEvent.objects.filter(kind=EventKind.SIGNED, occurred_on__lt=a_year_ago).earliest("pk")
    change(event)
    return {"past_seconds": afresh, "past_again_seconds": seconds(lambda: results_of(a_year_ago))}


def change(event: ContributionEvent) -> None:
    """Edit an event as a person does; without a broker its results are published on return."""
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "bench")


def edits(number: int) -> tuple[list[float], list[int]]:
    """Return, for some events, the seconds from an edit to its published results, and its statements."""
    signed = ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__lt=Decimal(10) ** 11)
    spread = max(signed.count() // number, 1)
    taken, statements = [], []
    for event in signed.select_related("contribution").order_by("pk")[: number * spread : spread]:
        counted = 0

        def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal counted
            counted += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            taken.append(seconds(lambda event=event: change(event)))
        statements.append(counted)
    return taken, statements


def main() -> None:
    kind, *arguments = sys.argv[1:]
    if kind == "load":
        measured = load(Path(arguments[0]))
    elif kind == "memory":
        measured = memory()
    else:
        measured = measure(int(arguments[0]))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
