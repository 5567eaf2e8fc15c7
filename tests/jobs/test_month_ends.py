"""Time series: the results of month ends, kept, and corrected when an old fact is corrected."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio import tasks
from portfolio.jobs.facts import save_fact
from portfolio.jobs.month_ends import keep_month_ends
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import ContributionEvent, FactChange, Recomputation, ResultSet
from portfolio.queries.series import months, series_dates
from portfolio.rules.dates import month_ends, today
from tests.bundles import SMALL, load, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> None:
    load(SMALL)
    recompute()


def series(client: Client, name: str) -> list[dict[str, str]]:
    keep_month_ends()
    response = client.get(f"/api/v1/{name}-series/?format=csv")
    assert response["Month-Ends-Outdated"] == "0"
    return list(csv.DictReader(StringIO(response.getvalue().decode())))


@pytest.mark.usefixtures("published")
def test_the_series_begins_with_the_first_fact_and_has_every_month(client: Client) -> None:
    rows = [row for row in series(client, "project-coverage") if row["project"] == "giga-a"]
    days = [date.fromisoformat(row["as_of"]) for row in rows]
    assert days == month_ends(date(2020, 1, 15), today())
    assert days == series_dates(today())


@pytest.mark.usefixtures("published")
def test_a_month_of_the_series_equals_the_tables_as_of_that_day(client: Client, tmp_path) -> None:
    for name in ("project_coverage", "envelope_utilisation", "chip_comparison", "portfolio_summary"):
        rows = series(client, name.replace("_", "-"))
        for day in ("2025-12-31", "2026-06-30"):
            expected = list(table(tmp_path, name, day).values())
            assert [row for row in rows if row["as_of"] == day] == expected, day


@pytest.mark.usefixtures("published")
def test_an_old_fact_corrects_the_months_from_its_own_on(client: Client) -> None:
    def secured() -> dict[str, str]:
        rows = series(client, "project-coverage")
        return {row["as_of"]: row["secured_eur"] for row in rows if row["project"] == "giga-a"}

    before = secured()
    computed = Recomputation.objects.filter(trigger="past_date").count()
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "a test")
    after = secured()
    changed = {day for day in before if before[day] != after[day]}
    assert changed == {day for day in before if day >= "2026-06-30"}
    assert Recomputation.objects.filter(trigger="past_date").count() == computed, "none was computed afresh"


@pytest.mark.usefixtures("published")
def test_a_backfill_that_is_stopped_says_how_many_months_are_left() -> None:
    dates = series_dates(today() - timedelta(1))
    assert keep_month_ends(seconds=0).outdated == dates[::-1]
    assert keep_month_ends().outdated == []
    assert months(dates[-1]).outdated == []
    assert ResultSet.objects.count() == len(dates) + 1


def test_without_facts_there_is_no_month(client: Client) -> None:
    recompute()
    assert series(client, "project-coverage") == []
    assert series(client, "portfolio-summary") == []


def test_the_command_brings_month_ends_up_to_date() -> None:
    load(SMALL)
    out = StringIO()
    call_command("recompute", "--month-ends", stdout=out)
    dates = series_dates(today() - timedelta(1))
    assert out.getvalue().endswith(f"Results of {len(dates)} month ends are kept, 0 of them out of date.\n")
    assert set(dates) <= set(ResultSet.objects.values_list("as_of", flat=True))


@pytest.mark.usefixtures("published")
def test_the_regular_job_keeps_months_and_forgets_what_they_have_taken_in() -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    save_fact(event, "a test")
    answer_requests()
    assert FactChange.objects.exists()
    tasks.keep_series()
    assert months(today() - timedelta(1)).outdated == []
    assert not FactChange.objects.exists()
