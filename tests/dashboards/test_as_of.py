"""Every page as of any day: the switch, the words, and what was not known yet."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from portfolio.jobs.past_dates import results_of
from portfolio.queries import overview
from portfolio.rules.dates import today
from portfolio.vocabulary import SELECTED_STAGES
from tests.dashboards.pages import text_of

pytestmark = pytest.mark.usefixtures("small")

PAGES = ["/", "/projects/", "/projects/giga-a/", "/envelopes/", "/chips/", "/published-figures/"]
PAGES += ["/memorandum/", "/data/", "/envelopes/investai-gigafactories/"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_which_day_it_shows_and_its_links_stay_there(client: Client, address: str) -> None:
    response = client.get(f"{address}?as_of=2026-03-31")
    assert response.status_code == 200
    body = response.content.decode()
    assert "You see the records as of <b>31 March 2026</b>" in body
    assert f'href="{reverse("projects")}?as_of=2026-03-31' in body
    assert "?as_of=2026-03-31" in body.split('aria-label="Main"')[1].split("</nav>")[0]


def test_without_a_day_a_page_shows_today_and_links_carry_none(client: Client) -> None:
    body = client.get("/").content.decode()
    assert "You see the records as of" not in body
    assert f'href="{reverse("projects")}"' in body


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("31.03.2026", "“31.03.2026” is not a date. A date is written YYYY-MM-DD"),
        ("2026-02-30", "“2026-02-30” is not a date."),
        ("yesterday", "“yesterday” is not a date."),
        (str(today() + timedelta(1)), f"is after today, {today()}: nothing is known of it yet."),
        ("2026-03-31&as_of=2026-04-30", "as_of is given 2 times"),
    ],
)
@pytest.mark.parametrize("address", ["/", "/projects/giga-a/"])
def test_a_day_that_cannot_be_shown_is_refused_with_a_sentence(
    client: Client, address: str, asked: str, said: str
) -> None:
    assert said in text_of(client, f"{address}?as_of={asked}", status=400)


def lines_of(client: Client, address: str) -> dict[str, str]:
    """Return the text of each contribution's row on a page, by its reference."""
    body = client.get(address).content.decode()
    rows = re.findall(r"(?s)<tr>(.*?)</tr>", body)
    found = {}
    for row in rows:
        if reference := re.search(r">(C-\d+)<", row):
            found[reference[1]] = unescape(re.sub(r"<[^>]+>|\s+", " ", row))
    return found


def test_a_project_shows_the_states_of_that_day(client: Client) -> None:
    then = lines_of(client, "/projects/giga-a/?as_of=2026-05-31")
    assert set(then) == {"C-001", "C-002", "C-003", "C-004", "C-012"}
    assert "Approved" in then["C-001"]
    assert "Signed" not in then["C-001"], "it was signed a day later"
    assert "Signed" in lines_of(client, "/projects/giga-a/?as_of=2026-06-01")["C-001"]


def test_contributions_of_which_nothing_was_known_are_left_out(client: Client) -> None:
    assert set(lines_of(client, "/projects/giga-a/?as_of=2026-01-10")) == {"C-001", "C-002"}
    assert lines_of(client, "/projects/giga-a/?as_of=2020-01-01") == {}


def test_an_envelope_lists_the_states_of_that_day(client: Client) -> None:
    address = "/envelopes/investai-gigafactories/"
    assert "Approved" in lines_of(client, f"{address}?as_of=2026-05-31")["C-001"]
    assert set(lines_of(client, f"{address}?as_of=2025-12-31")) == {"C-001"}
    assert "Signed" in lines_of(client, address)["C-001"]


def test_how_firm_the_funding_is_adds_up_on_any_day(client: Client) -> None:
    for day in ("2026-05-31", "2026-06-30", "2026-09-20"):
        results = results_of(date.fromisoformat(day))
        chosen = results.projectcoverage_rows.filter(stage__in=SELECTED_STAGES, need_eur__isnull=False)
        found = overview.firmness(results, Decimal(1))
        for row, columns in zip(found.rows[2:], ("approved", "under_appraisal", "announced"), strict=True):
            assert row.total == sum(getattr(line, f"{columns}_eur") for line in chosen), (day, columns)
