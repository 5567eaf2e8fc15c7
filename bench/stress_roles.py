"""What the processes of bench/stress.py do: edit, answer requests, ask for past dates."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import IntegrityError, models

from portfolio.jobs import requests
from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.jobs.past_dates import BeingComputed, keep_asked_dates, results_of
from portfolio.jobs.recompute import answer_requests
from portfolio.models import (
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    ProjectStage,
    Source,
)
from portfolio.rules.dates import today
from portfolio.vocabulary import EventKind, Stage

HOW = "stress"
LADDER = [kind for kind in EventKind if kind != EventKind.DISBURSED]


def one(random: Random, model: type[models.Model]) -> models.Model:
    """Return some row, found without reading all of them."""
    ids = model._default_manager.aggregate(low=models.Min("pk"), high=models.Max("pk"))
    some = random.randint(ids["low"], ids["high"])
    found = model._default_manager.filter(pk__gte=some).order_by("pk").first()
    return found or model._default_manager.latest("pk")


def day(random: Random) -> date:
    return today() - timedelta(random.randrange(700))


def amount(random: Random) -> Decimal:
    return Decimal(random.randrange(10**11)).scaleb(-2)


def change_event(random: Random) -> None:
    event = one(random, ContributionEvent)
    event.amount = None if random.random() < 0.05 else amount(random)
    save_fact(event, HOW)


def add_event(random: Random, kinds: list[EventKind]) -> None:
    like = one(random, ContributionEvent)
    event = ContributionEvent(
        contribution=like.contribution,
        kind=random.choice(kinds),
        occurred_on=day(random),
        amount=amount(random),
        confidence="reported",
        source=Source.objects.order_by("pk").first(),
    )
    save_fact(event, HOW)


def pay(random: Random) -> None:
    add_event(random, [EventKind.DISBURSED])


def move(random: Random) -> None:
    add_event(random, LADDER)


def remove_event(random: Random) -> None:
    delete_fact(one(random, ContributionEvent), HOW)


def change_estimate(random: Random) -> None:
    estimate = one(random, CostEstimate)
    estimate.amount = amount(random)
    save_fact(estimate, HOW)


def reach_stage(random: Random) -> None:
    stage = one(random, ProjectStage)
    stage.stage = random.choice(list(Stage))
    save_fact(stage, HOW)


def change_envelope(random: Random) -> None:
    envelope = one(random, Envelope)
    envelope.amount_eur = amount(random) + 1
    save_fact(envelope, HOW)


def change_rate(random: Random) -> None:
    rate = one(random, ExchangeRate)
    rate.per_euro = rate.per_euro + Decimal("0.000001")
    save_fact(rate, HOW)


EDITS: list[tuple[Callable[[Random], None], int]] = [
    (change_event, 40),
    (pay, 20),
    (move, 20),
    (remove_event, 8),
    (change_estimate, 8),
    (reach_stage, 2),
    (change_envelope, 1),
    (change_rate, 1),
]


def editor(random: Random, edits: int) -> None:
    """Save so many edits; print how many were saved, and how many refused beside."""
    requests.set_waker(lambda: None)  # workers look for themselves
    saved = refused = 0
    kinds, weights = zip(*EDITS, strict=True)
    while saved < edits:
        try:
            random.choices(kinds, weights)[0](random)
            saved += 1
        except (FactRefused, IntegrityError):
            refused += 1  # the day is taken, or another editor was quicker
    print(saved, refused, flush=True)


def worker(random: Random, edits: int) -> None:
    """Answer requests, and keep dates that readers asked for, until somebody ends this process."""
    while True:
        if answer_requests() is None:
            time.sleep(0.01)
        else:
            keep_asked_dates()


def reader(random: Random, edits: int) -> None:
    """Ask for results of past dates until somebody ends this process."""
    while True:
        with suppress(BeingComputed):
            results_of(day(random).replace(day=1))
        time.sleep(0.05)


ROLES: dict[str, Callable[[Random, int], None]] = {"editor": editor, "worker": worker, "reader": reader}
