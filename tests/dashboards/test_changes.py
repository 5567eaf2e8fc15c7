"""What changed between two days, on pages: totals, facts, corrections, and the causes of a difference."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import ContributionEvent, Milestone
from portfolio.rules.dates import BRUSSELS, today
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import TOLD, Made

pytestmark = pytest.mark.django_db

YEAR = "from=2026-03-31&to=2026-06-30"


def published(made: Made, folder: Path) -> None:
    load(saved(made.rows, folder))
    call_command("recompute", verbosity=0)


@pytest.fixture
def portfolio(tmp_path: Path) -> None:
    made = Made().envelope("budget", amount="1000")
    made.project("p", "ai_gigafactory", need="1000", stages=[("selected", "2026-01-10")])
    made.contribution(
        "c-1", ("announced", "2026-01-01", "100"), ("signed", "2026-04-10", "250.50"), envelope="budget"
    )
    made.contribution("c-2", ("signed", "2026-02-01", "60"), ("cancelled", "2026-05-02", ""))
    made.contribution("c-3", ("signed", "2026-05-03", ""))
    made.chips("Main", "500", installed_on="2026-06-01", model="")
    published(made, tmp_path / "bundle")


@pytest.mark.usefixtures("portfolio")
def test_the_page_says_what_changed(client: Client) -> None:
    text = text_of(client, f"/changes/?{YEAR}")
    assert "1 cancellation, 2 signatures, 1 system installed." in text
    assert "10 April 2026 p : c-1 signed at €250.50 EU" in text
    assert "Secured €60.00 at least €250.50 +€190.50" in text, "an amount is not known since May"
    assert "Cancelled and ended: 1" in text
    assert "p : c-2 cancelled ended EU · contribution event, reported Source" in text
    assert "Main installed: 500 chips" in text
    assert "Envelopes: 1 changed" in text


@pytest.mark.usefixtures("portfolio")
def test_a_difference_is_split_into_its_causes(client: Client) -> None:
    text = text_of(client, f"/changes/project_coverage/p/secured_eur/?{YEAR}")
    assert "3 causes" not in text
    assert "2 causes" in text
    assert "10 April 2026 p : c-1 signed at €250.50 EU +€250.50 €310.50" in text
    assert "2 May 2026 p : c-2 cancelled EU −€60.00 €250.50" in text
    assert "All of them +€190.50" in text
    words = text_of(client, f"/changes/project_coverage/p/incomplete/?{YEAR}")
    assert "from nothing is missing to an amount was not disclosed" in words
    whole = text_of(client, f"/changes/portfolio_summary/secured_eur/value/?{YEAR}")
    assert "The whole portfolio" in whole
    assert "at least €250.50" in whole
    assert "All of them +€190.50" in whole
    used = text_of(client, f"/changes/envelope_utilisation/budget/utilisation/?{YEAR}")
    assert "+25.1 points" in used


@pytest.mark.usefixtures("portfolio")
def test_a_corrected_fact_is_listed_with_who_and_when(client: Client) -> None:
    event = ContributionEvent.objects.get(contribution__reference="c-1", kind="announced")
    event.amount = Decimal("120.00")
    event._history_user = User.objects.create(username="anna")  # type: ignore[attr-defined]
    save_fact(event, "admin")
    delete_fact(ContributionEvent.objects.get(contribution__reference="c-2", kind="signed"), "admin")
    recorded = ContributionEvent.history.model.objects.get(history_user=event._history_user)  # type: ignore[attr-defined]
    text = text_of(client, f"/changes/?{YEAR}")
    assert f"{recorded.history_date.astimezone(BRUSSELS):%-d %B %Y, %H:%M}" in text
    assert "p : c-1 announced, 1 January 2026 changed contribution event amount 100.00 → 120.00 anna" in text
    assert "in the administration" in text
    assert "p : c-2 signed, 1 February 2026 deleted contribution event" in text
    # dated on the first day or before, it is in both results: no difference comes from it
    assert "c-1 announced at" not in text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("from=2026-06-30&to=2026-03-31", "use a day before 2026-03-31"),
        ("from=2026-06-30&to=2026-06-30", "use a day before 2026-06-30"),
        ("from=2026-03-31&to=2999-01-01", "2999-01-01 is after today"),
        ("from=31.3.2026&to=2026-06-30", "“31.3.2026” is not a date"),
        ("from=2026-03-31&from=2026-04-30", "“from” is given 2 times"),
        ("to=0001-01-01", "too early"),
    ],
)
@pytest.mark.usefixtures("portfolio")
def test_days_that_make_no_period_are_said_to(client: Client, asked: str, sentence: str) -> None:
    assert sentence in text_of(client, f"/changes/?{asked}", 400)
    assert sentence in text_of(client, f"/changes/project_coverage/p/need_eur/?{asked}", 400)


@pytest.mark.parametrize(
    "address", ["project_coverage/nobody/need_eur", "project_coverage/p/colour", "projects/p/need_eur"]
)
@pytest.mark.usefixtures("portfolio")
def test_a_cell_that_there_is_not_has_no_page(client: Client, address: str) -> None:
    assert client.get(f"/changes/{address}/?{YEAR}").status_code == 404


@pytest.mark.usefixtures("portfolio")
def test_the_period_ends_on_the_day_that_pages_show(client: Client) -> None:
    text = text_of(client, "/changes/?as_of=2026-04-30")
    assert "Facts of the days after 31 March 2026, up to 30 April 2026: 1 signature." in text


@pytest.mark.usefixtures("portfolio")
def test_the_number_of_queries_does_not_grow(client: Client, tmp_path: Path) -> None:
    addresses = [
        f"/changes/?{YEAR}",
        f"/changes/project_coverage/p/secured_eur/?{YEAR}",
        f"/changes/portfolio_summary/secured_eur/value/?{YEAR}",
    ]
    for address in addresses:
        client.get(address)
    before = [queries_of(client, address) for address in addresses]
    more = Made()
    for number in range(12):
        slug = f"more-{number}"
        more.project(slug, need="10", stages=[("selected", "2026-04-04")])
        events = [("signed", "2026-04-05", "3"), ("disbursed", "2026-04-06", "1")]
        more.contribution(f"{slug}-c", *events, project=slug)
    published(more, tmp_path / "more")
    for address in addresses:
        client.get(address)
    assert [queries_of(client, address) for address in addresses] == before


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_milestones_done_are_facts_of_their_day(client: Client, tmp_path: Path) -> None:
    made = Made().project("p")
    made.add("milestones", project="p", key="m", title="Ground broken", due_on="2026-05-01", source="src")
    published(made, tmp_path / "bundle")
    milestone = Milestone.objects.get()
    milestone.done_on = date(2026, 5, 20)
    save_fact(milestone, "admin")
    text = text_of(client, f"/changes/?{YEAR}")
    assert "p : Ground broken done" in text


def test_a_published_figure_of_the_period_has_separators(client: Client, tmp_path: Path) -> None:
    made = Made().project("p")
    told = {"statement": "So much will be bought.", "as_of": "2026-05-20", **TOLD}
    made.add("published_figures", key="f", programme="P1", value="100000000", **told)
    published(made, tmp_path / "bundle")
    assert "So much will be bought: 100,000,000" in text_of(client, f"/changes/?{YEAR}")


def test_the_overview_leads_with_the_largest_events_of_the_last_days(client: Client, tmp_path: Path) -> None:
    day, old = (today() - timedelta(3)).isoformat(), "2025-01-01"
    made = Made().project("p", need="1000", stages=[("selected", old)])
    made.contribution("c-1", ("approved", old, "5"), ("signed", day, "10"))
    made.contribution("c-2", ("announced", day, "20"))
    published(made, tmp_path / "bundle")
    text = text_of(client, "/")
    assert "What changed in the last 30 days" in text
    assert "1 announcement, 1 signature." in text
    assert text.index("p : c-2 announced at €20.00") < text.index("p : c-1 signed at €10.00")
