"""Measure loading, recomputation and single edits beside a plain SQL sum, on the database of DATABASE_URL.

    python bench/measure.py [--events 100000,1000000] [--edits 40]

Each size gets a generated portfolio (one project for a hundred events), loaded into the empty
database with history, then recomputed twice, then edited. Prints a table; asserts nothing.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.make_portfolio import make_portfolio
from portfolio.jobs.bundles import load_portfolio
from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import recompute
from portfolio.models import ContributionEvent
from portfolio.queries.results import compute
from portfolio.rules.dates import today

PLAIN_SUM = (
    "SELECT contribution_id, SUM(amount_eur) FROM portfolio_contributionevent GROUP BY contribution_id"
)


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
    """Add up events one by one in Python, for scale: what the tracker does not do."""
    total = Decimal(0)
    for event in ContributionEvent.objects.only("amount_eur").iterator():
        total += event.amount_eur or 0


def edits(number: int) -> list[float]:
    """Return the seconds from saving a changed event to its published results, for some events."""
    signed = ContributionEvent.objects.filter(kind="signed", amount__lt=Decimal(10) ** 11)
    spread = max(signed.count() // number, 1)
    taken = []
    for event in signed.select_related("contribution").order_by("pk")[: number * spread : spread]:
        event.amount = (event.amount or Decimal(0)) + 1
        taken.append(seconds(lambda event=event: save_fact(event, "bench")))
    return taken


def measure(events: int, number_of_edits: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_portfolio(Path(folder), events // 100, events * 3 // 10, events, seed=1)
        started = time.perf_counter()
        loaded = load_portfolio(Path(folder), replace=True)
        load = time.perf_counter() - started
    sums = sorted(seconds(plain_sum) for _ in range(5))
    recompute()
    full = sorted(seconds(recompute) for _ in range(3))
    past = seconds(lambda: compute(today().replace(year=today().year - 1)))
    loop = seconds(orm_loop)
    taken = edits(number_of_edits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{connection.vendor:11} {events // 100:7,} {events:10,} {loaded.rows / load:12,.0f}"
        f" {median(sums):9.2f}"
        f" {median(full):9.2f} {median(full) / median(sums):6.1f} {past:9.2f} {loop:9.1f}"
        f" {median(taken) * 1000:8.1f} {max(taken) * 1000:8.1f} {peak:6,}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", default="100000,1000000")
    parser.add_argument("--edits", type=int, default=40)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    print(
        "database    projects    events   load rows/s   sum s    full s  ratio past date  ORM loop  edit ms"
        "   max ms    MiB"
    )
    for events in options.events.split(","):
        measure(int(events), options.edits)


if __name__ == "__main__":
    main()
