"""Results of past dates: kept, brought up to date by what changed, and a bounded number of them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portfolio import tasks
from portfolio.exports.metric_tables import METRIC_TABLES, metric_csv, published_csv
from portfolio.jobs import past_dates
from portfolio.jobs.facts import save_fact
from portfolio.jobs.past_dates import (
    ASKED_LATELY,
    MOST_DATES,
    forget_old_changes,
    keep_asked_dates,
    results_of,
)
from portfolio.jobs.recompute import answer_requests
from portfolio.models import ContributionEvent, FactChange, Recomputation, ResultSet
from portfolio.queries.results import compute, data_version
from portfolio.rules.dates import is_month_end
from tests.bundles import SMALL, contents, load, metrics
from tests.edits import Edits
from tests.loaded import load_small
from tests.strategies import Rows, bundles
from tests.test_incremental import portfolio_of

pytestmark = pytest.mark.django_db

DAYS = [date(2025, 6, 30), date(2026, 3, 31), date(2026, 6, 30)]


def stored(day: date) -> dict[str, str]:
    results = results_of(day)
    return {table.file_name: "".join(published_csv(table, results)) for table in METRIC_TABLES}


def from_facts(day: date) -> dict[str, str]:
    tables = compute(day)
    return {table.file_name: "".join(metric_csv(table, tables)) for table in METRIC_TABLES}


@given(bundles(), st.integers(0, 10**9))
def test_stored_results_of_past_dates_follow_every_edit(rows: Rows, seed: int) -> None:
    with portfolio_of(rows):
        edits = Edits(Random(seed))
        told: list[str] = []
        for _ in range(5):
            for day in DAYS:
                assert stored(day) == from_facts(day), (day, told)
            told.append(edits.make())
            answer_requests()


def test_a_portfolio_saved_as_of_a_day_gives_that_day_s_results(tmp_path: Path) -> None:
    load(SMALL)
    whole = metrics(tmp_path / "whole", "2026-03-31")
    call_command("save_portfolio", tmp_path / "cut", "--as-of", "2026-03-31", verbosity=0)
    assert contents(tmp_path / "cut") != contents(SMALL)
    load(tmp_path / "cut", replace=True)
    assert metrics(tmp_path / "again", "2026-03-31") == whole
    assert max(ContributionEvent.objects.values_list("occurred_on", flat=True)) <= date(2026, 3, 31)


def pay(day: date, amount: str) -> None:
    event = ContributionEvent.objects.filter(kind="signed").order_by("pk").first()
    assert event is not None
    payment = ContributionEvent(
        contribution=event.contribution,
        kind="disbursed",
        occurred_on=day,
        amount=Decimal(amount),
        confidence="confirmed",
        source=event.source,
    )
    save_fact(payment, "a test")


def test_an_edit_touches_only_the_dates_from_its_own_on() -> None:
    load_small()
    before, after = results_of(date(2026, 2, 28)), results_of(date(2026, 4, 30))
    pay(date(2026, 3, 15), "1.00")
    answer_requests()
    assert results_of(before.as_of).computed_at == before.computed_at
    assert results_of(after.as_of).computed_at > after.computed_at
    assert Recomputation.objects.filter(trigger="past_date").count() == 2, "neither was computed afresh"


def test_asking_again_computes_nothing() -> None:
    load_small()
    first = results_of(date(2026, 3, 31))
    assert results_of(date(2026, 3, 31)).computed_at == first.computed_at


def test_the_number_of_kept_dates_is_bounded_and_month_ends_stay() -> None:
    load_small()
    newest = ResultSet.objects.latest("as_of")
    results_of(date(2026, 1, 31))
    days = [date(2026, 2, 1) + timedelta(n) for n in range(MOST_DATES + 8)]
    for day in days:
        results_of(day)
    kept = set(ResultSet.objects.values_list("as_of", flat=True))
    assert {newest.as_of, date(2026, 1, 31), days[-1]} <= kept
    assert sum(not is_month_end(day) and day != newest.as_of for day in kept) == MOST_DATES
    assert Recomputation.objects.filter(trigger="past_date").count() == ResultSet.objects.count() - 1


def test_notes_of_changes_go_once_all_stored_results_have_taken_them_in() -> None:
    load_small()
    results_of(date(2026, 3, 31))
    pay(date(2026, 3, 15), "1.00")
    answer_requests()
    forget_old_changes()
    assert FactChange.objects.exists(), "a stored date still needs it"
    results_of(date(2026, 3, 31))
    forget_old_changes()
    assert not FactChange.objects.exists()


def test_a_failure_leaves_no_half_written_date(monkeypatch: pytest.MonkeyPatch) -> None:
    load_small()

    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr(past_dates, "_forget_old_dates", fail)
        with pytest.raises(RuntimeError):
            results_of(date(2026, 3, 31))
    assert not ResultSet.objects.filter(as_of=date(2026, 3, 31)).exists()
    assert stored(date(2026, 3, 31)) == from_facts(date(2026, 3, 31))


def test_a_fact_that_moves_bears_on_the_dates_it_leaves_too() -> None:
    load_small()
    day = date(2026, 6, 30)
    assert results_of(day).projectcoverage_rows.get(project__slug="giga-a").disbursed_eur == 100_000_000
    payment = ContributionEvent.objects.get(contribution__reference="C-001", kind="disbursed")
    payment.occurred_on = date(2026, 7, 1)
    save_fact(payment, "a test")
    assert results_of(day).projectcoverage_rows.get(project__slug="giga-a").disbursed_eur == 0


def test_dates_asked_for_lately_are_brought_up_to_date_before_they_are_asked_for() -> None:
    load_small()
    day, other = DAYS[1:]
    results_of(day)
    results_of(other, asked=False)
    change_an_amount()
    tasks.answer_requests()
    version = data_version()
    versions = dict(ResultSet.objects.values_list("as_of", "data_version"))
    assert versions[day] == version
    assert versions[other] < version
    assert stored(day) == from_facts(day)


def test_dates_nobody_asked_for_lately_wait_for_who_asks() -> None:
    load_small()
    day = DAYS[1]
    results_of(day)
    ResultSet.objects.filter(as_of=day).update(asked_at=timezone.now() - ASKED_LATELY * 2)
    change_an_amount()
    answer_requests()
    keep_asked_dates()
    assert ResultSet.objects.get(as_of=day).data_version < data_version()
    results_of(day)
    change_an_amount()
    answer_requests()
    keep_asked_dates()
    assert ResultSet.objects.get(as_of=day).data_version == data_version()


def test_edits_that_wait_come_before_dates_asked_for() -> None:
    load_small()
    results_of(DAYS[1])
    change_an_amount()
    keep_asked_dates()
    assert ResultSet.objects.get(as_of=DAYS[1]).data_version < data_version()


def change_an_amount() -> None:
    event = ContributionEvent.objects.filter(occurred_on__lte=DAYS[1], amount__gt=0).order_by("pk")[0]
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "test")
