"""Recomputing: when it runs, what it answers, what a failure leaves, and once a day across clock changes."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import transaction

from investai.celery import SWEEP_SECONDS, app
from portfolio import tasks
from portfolio.jobs import incremental, publishing, requests
from portfolio.jobs import recompute as job
from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import answer_requests, recompute, start_new_day
from portfolio.models import (
    Contribution,
    ContributionEvent,
    Envelope,
    ProjectCoverage,
    Recomputation,
    RecomputeRequest,
    ResultSet,
    Source,
    Verification,
)
from portfolio.queries.results import data_version, published_set
from portfolio.rules.dates import BRUSSELS, today
from tests.bundles import SMALL, load
from tests.loaded import load_small

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> None:
    load_small()


def pay(amount: str = "1.00") -> ContributionEvent:
    event = ContributionEvent(
        contribution=Contribution.objects.get(reference="C-001"),
        kind="disbursed",
        occurred_on=date(2026, 7, 1),
        amount=Decimal(amount),
        confidence="reported",
        source=Source.objects.get(key="example"),
    )
    save_fact(event, "test")
    return event


def disbursed() -> Decimal:
    results = published_set()
    assert results is not None
    return ProjectCoverage.objects.get(result_set=results, project__slug="giga-a").disbursed_eur


@pytest.mark.usefixtures("published")
def test_without_a_broker_the_results_are_there_once_the_edit_is_committed(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pay()
        assert disbursed() == Decimal("100000000.00")
        assert RecomputeRequest.objects.exists()
    assert disbursed() == Decimal("100000001.00")
    assert not RecomputeRequest.objects.exists()


@pytest.mark.usefixtures("published")
def test_a_transaction_of_many_edits_wakes_the_worker_once(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    calls = []
    monkeypatch.setattr(requests, "_waker", lambda: calls.append(1))
    for expected in (1, 2):
        with django_capture_on_commit_callbacks(execute=True):
            pay()
            with suppress(RuntimeError), transaction.atomic():
                pay()
                raise RuntimeError
            pay()
        assert len(calls) == expected


@pytest.mark.usefixtures("published")
def test_requests_are_answered_once() -> None:
    pay()
    run = answer_requests()
    assert run is not None
    assert (run.trigger, run.requests, run.projects, run.outcome) == ("edit", 1, 1, "succeeded")
    assert run.rows_changed > 0
    assert run.started_at <= run.finished_at
    runs = Recomputation.objects.count()
    assert answer_requests() is None
    assert Recomputation.objects.count() == runs


@pytest.mark.usefixtures("published")
def test_the_first_results_come_with_the_first_request() -> None:
    ResultSet.objects.all().delete()
    pay()
    run = answer_requests()
    assert run is not None
    assert run.projects == 6
    assert disbursed() == Decimal("100000001.00")


def test_the_command_recomputes_everything_and_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    load(SMALL)
    call_command("recompute")
    told = capsys.readouterr().out
    assert told.startswith(f"Recomputed 6 projects as of {today()} in ")
    assert told.endswith(" 34 result rows changed, 1 pending requests answered.\n")
    assert not RecomputeRequest.objects.exists()
    call_command("recompute")
    assert capsys.readouterr().out.endswith(" 0 result rows changed, 0 pending requests answered.\n")
    call_command("recompute", "--as-of", "2026-06-30")
    assert "6 projects as of 2026-06-30 in" in capsys.readouterr().out
    results = ResultSet.objects.get(as_of="2026-06-30")
    assert (
        ProjectCoverage.objects.get(result_set=results, project__slug="giga-a").stage == "hosting_agreement"
    )
    newest = published_set()
    assert newest is not None
    assert newest.as_of == today()


def failing(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("a rule went wrong")


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.usefixtures("published")
def test_a_failure_keeps_the_last_good_results_and_the_requests(
    monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    pay()
    before = ResultSet.objects.get(as_of=today())
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "compute", failing)
        patched.setattr(incremental, "envelope_utilisation", failing)
        with pytest.raises(ZeroDivisionError):
            recompute() if everything else answer_requests()
    failed = Recomputation.objects.first()
    assert failed is not None
    assert (failed.outcome, failed.message) == ("failed", "ZeroDivisionError: a rule went wrong")
    assert failed.finished_at >= failed.started_at
    after = ResultSet.objects.get(as_of=today())
    assert (after.computed_at, after.recomputation) == (before.computed_at, before.recomputation)
    assert disbursed() == Decimal("100000000.00")
    assert [request.project and request.project.slug for request in RecomputeRequest.objects.all()] == [
        "giga-a"
    ]
    run = answer_requests()
    assert run is not None
    assert run.outcome == "succeeded"
    assert disbursed() == Decimal("100000001.00")


@pytest.mark.usefixtures("published")
def test_a_failure_after_an_edit_does_not_reach_who_made_it(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    monkeypatch.setattr(job, "_publish_today", failing)
    with django_capture_on_commit_callbacks(execute=True):
        pay()
    assert RecomputeRequest.objects.exists()
    assert Recomputation.objects.filter(outcome="failed").count() == 1


@pytest.mark.usefixtures("published")
def test_results_say_which_facts_they_come_from() -> None:
    recompute(as_of=date(2026, 6, 30))
    version = data_version()
    assert set(ResultSet.objects.values_list("data_version", flat=True)) == {version}
    pay()
    answer_requests()
    assert ResultSet.objects.get(as_of=today()).data_version == data_version() == version + 1
    stale = ResultSet.objects.filter(as_of="2026-06-30")
    assert not stale.filter(data_version=data_version()).exists()


class Clock:
    """Stands in for today."""

    def __init__(self, day: date) -> None:
        self.day = day

    def __call__(self) -> date:
        return self.day


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(date(2026, 3, 28))
    monkeypatch.setattr(job, "today", clock)
    return clock


@pytest.mark.parametrize("night", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 12, 31)])
def test_a_new_day_is_computed_once_however_often_it_is_announced(clock: Clock, night: date) -> None:
    load(SMALL)
    clock.day = night
    recompute()
    RecomputeRequest.objects.all().delete()
    for day in range(1, 4):
        clock.day = night + timedelta(days=day)
        for _ in range(5):
            tasks.new_day()
            tasks.sweep()
        runs = Recomputation.objects.filter(as_of=clock.day)
        assert [run.trigger for run in runs] == ["new_day"]
        assert ResultSet.objects.filter(as_of=clock.day).exists()
        newest = published_set()
        assert newest is not None
        assert newest.as_of == clock.day


def test_the_day_of_an_event_changes_the_results_when_it_comes(clock: Clock) -> None:
    load(SMALL)
    clock.day = date(2026, 5, 14)
    recompute()
    assert ProjectCoverage.objects.get(project__slug="giga-a").stage == "proposal"
    clock.day = date(2026, 5, 15)
    start_new_day()
    results = ResultSet.objects.get(as_of=clock.day)
    assert ProjectCoverage.objects.get(result_set=results, project__slug="giga-a").stage == "selected"


def test_an_edit_on_a_new_day_publishes_that_day(clock: Clock) -> None:
    load(SMALL)
    clock.day = date(2026, 9, 14)
    recompute()
    clock.day = date(2026, 9, 15)
    pay()
    run = answer_requests()
    assert run is not None
    assert (run.as_of, run.projects) == (clock.day, 6)
    coverage = ProjectCoverage.objects.get(result_set__as_of=clock.day, project__slug="giga-b")
    assert coverage.approved_eur == Decimal("600000000.00")
    assert start_new_day() is None


def test_an_edit_that_is_dated_after_today_changes_nothing_until_then(clock: Clock) -> None:
    load(SMALL)
    clock.day = date(2026, 6, 30)
    recompute()
    pay("5.00")
    run = answer_requests()
    assert run is not None
    assert run.rows_changed == 0
    assert disbursed() == Decimal("100000000.00")
    clock.day = date(2026, 7, 1)
    tasks.sweep()
    assert disbursed() == Decimal("100000005.00")


@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 30)])
def test_the_beat_announces_a_new_day_once_a_day_in_brussels(
    monkeypatch: pytest.MonkeyPatch, night: date
) -> None:
    schedule = app.conf.beat_schedule["new-day"]["schedule"]
    assert str(app.conf.timezone) == "Europe/Brussels"
    start, after = (
        datetime.combine(night + timedelta(days=n), datetime.min.time(), BRUSSELS) for n in (-1, 2)
    )
    now, end = start.astimezone(UTC), after.astimezone(UTC)
    monkeypatch.setattr(schedule, "nowfun", lambda: now.astimezone(BRUSSELS))
    schedule.app = app
    last, fired = now.astimezone(BRUSSELS), []
    while now < end:
        if schedule.is_due(last).is_due:
            last = now.astimezone(BRUSSELS)
            fired.append(last)
        now += timedelta(seconds=20)
    assert [moment.strftime("%m-%d %H:%M") for moment in fired] == [
        (night + timedelta(days=day)).strftime("%m-%d 00:01") for day in (-1, 0, 1)
    ]


def test_the_beat_sweeps_what_lost_messages_left() -> None:
    sweep = app.conf.beat_schedule["sweep"]
    assert sweep["task"] == tasks.sweep.name
    assert sweep["schedule"] == SWEEP_SECONDS <= 20
    assert app.conf.beat_schedule["new-day"]["task"] == tasks.new_day.name


@pytest.mark.usefixtures("published")
def test_the_beat_verifies_results_every_night() -> None:
    entries = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == tasks.verify.name]
    assert [(entry["schedule"].hour, entry["schedule"].minute) for entry in entries] == [({2}, {30})]
    tasks.verify()
    assert Verification.objects.get().differences == 0


@pytest.mark.usefixtures("published")
def test_the_sweep_answers_what_nobody_was_woken_for() -> None:
    with patch("portfolio.jobs.requests._waker", None):
        pay()
    tasks.sweep()
    assert disbursed() == Decimal("100000001.00")


@pytest.mark.usefixtures("published")
def test_more_projects_than_are_named_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "MOST_PROJECTS", 1)
    for reference in ("C-001", "C-007"):
        contribution = Contribution.objects.get(reference=reference)
        contribution.envelope = Envelope.objects.get(slug="tiny-envelope")
        save_fact(contribution, "test")
    run = answer_requests()
    assert run is not None
    assert (run.requests, run.projects) == (2, 6)
    assert not RecomputeRequest.objects.exists()
