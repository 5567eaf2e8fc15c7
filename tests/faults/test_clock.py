"""The clock passes midnight, and is put forward and back: each day is begun once, and nothing is left out."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import pytest
from celery.schedules import crontab

from investai.celery import app
from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import answer_requests, start_new_day
from portfolio.jobs.verification import verify_results
from portfolio.models import (
    Contribution,
    ContributionEvent,
    ProjectCoverage,
    Recomputation,
    RecomputeRequest,
    ResultSet,
    Source,
)
from portfolio.rules.dates import BRUSSELS, today
from portfolio.tasks import sweep
from portfolio.vocabulary import Trigger
from tests.loaded import load_small

FORWARD, BACK = date(2027, 3, 28), date(2026, 10, 25)  # in Brussels, at one o'clock UTC


class Clock:
    """The clock that decides which day it is."""

    moment = datetime(2026, 12, 1, 12, tzinfo=UTC)

    def now(self, zone: tzinfo | None = None) -> datetime:
        return self.moment.astimezone(zone)

    def put(self, day: date, of_the_day: str) -> None:
        self.moment = datetime.combine(day, time.fromisoformat(of_the_day), BRUSSELS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("portfolio.rules.dates.datetime", found)
    return found


@pytest.fixture
def left_to_workers(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.jobs.requests._waker", None)


def pay() -> None:
    event = ContributionEvent(
        contribution=Contribution.objects.get(reference="C-001"),
        kind="disbursed",
        occurred_on=date(2026, 11, 1),
        amount=Decimal("5.00"),
        confidence="confirmed",
        source=Source.objects.get(key="example"),
    )
    save_fact(event, "a test")


def disbursed(day: date) -> Decimal:
    found = ProjectCoverage.objects.get(result_set__as_of=day, project__slug="giga-a").disbursed_eur
    return Decimal(found)


@pytest.mark.usefixtures("left_to_workers")
@pytest.mark.parametrize("message", [answer_requests, start_new_day, sweep], ids=lambda task: task.__name__)
def test_an_edit_before_midnight_that_is_answered_after_it(clock: Clock, message: Any) -> None:
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    clock.put(before, "23:59:58")
    load_small()
    paid = disbursed(before)
    pay()
    clock.put(after, "00:00:01")
    message()
    for late in (start_new_day, sweep, answer_requests):
        late()
    assert disbursed(after) == paid + 5
    assert not RecomputeRequest.objects.exists()
    assert Recomputation.objects.filter(as_of=after).count() == 1, "the day is begun once"
    verified = verify_results()
    assert verified.differences == []
    assert verified.dates == [after, before]
    assert disbursed(before) == paid + 5


@pytest.mark.usefixtures("left_to_workers")
@pytest.mark.parametrize("change", [FORWARD, BACK], ids=["forward", "back"])
def test_each_day_is_begun_once_where_the_clock_is_put(clock: Clock, change: date) -> None:
    eve, morrow = change - timedelta(1), change + timedelta(1)
    clock.put(eve, "12:00")
    load_small()
    noon = clock.moment.astimezone(UTC)
    for quarters in range(4 * 38):
        clock.moment = noon + timedelta(minutes=15 * quarters)
        sweep()
        assert ResultSet.objects.latest("as_of").as_of == today()
    begun = Recomputation.objects.filter(trigger=Trigger.NEW_DAY).values_list("as_of", flat=True)
    assert sorted(begun) == [change, morrow]
    assert verify_results().differences == []


DAILY: dict[str, Any] = {
    name: entry["schedule"]
    for name, entry in app.conf.beat_schedule.items()
    if len(getattr(entry["schedule"], "hour", ())) == 1
}


@pytest.mark.parametrize("change", [FORWARD, BACK], ids=["forward", "back"])
@pytest.mark.parametrize("name", DAILY)
def test_beat_does_daily_work_once_a_day_where_the_clock_is_put(name: str, change: date) -> None:
    clock = Clock()
    given = DAILY[name]
    schedule = crontab(
        minute=given._orig_minute, hour=given._orig_hour, nowfun=lambda: clock.now(app.timezone), app=app
    )
    clock.put(change - timedelta(2), "12:00")
    noon = clock.moment.astimezone(UTC)
    last, done = noon, Counter[date]()
    for minutes in range(0, 4 * 24 * 60, 5):
        clock.moment = noon + timedelta(minutes=minutes + 1)
        if schedule.is_due(last).is_due:
            last = clock.moment
            done[today(clock.moment)] += 1
    days = [change + timedelta(days) for days in (-1, 0, 1)]
    assert [done[day] for day in days] == [1, 1, 1]
