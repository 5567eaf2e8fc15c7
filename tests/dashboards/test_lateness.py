"""What was to be done by a day: late, done late, done in time, and what is to come."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.dashboards.templatetags.figures import days_after
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made

DAYS = {
    "Permit": ("2026-03-31", "2026-04-02"),
    "Grid": ("2026-03-31", "2026-03-31"),
    "Tender": ("2026-05-30", ""),
    "Talks": ("", ""),
}


@pytest.fixture
def agreed(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("portfolio.jobs.recompute.today", lambda: date(2026, 5, 31))
    made = Made().project("p")
    made.add("memoranda", slug="m", title="Memorandum", source="src")
    for title, (due, done) in DAYS.items():
        days = {"due_on": due, "done_on": done}
        made.add("milestones", project="p", key=title, title=title, source="src", **days)
        made.add("memorandum_actions", memorandum="m", key=title, area="law", title=title, **days)
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


@pytest.mark.usefixtures("agreed")
def test_a_milestone_done_late_does_not_look_like_one_done_in_time(client: Client) -> None:
    page = text_of(client, "/projects/p/")
    assert "done late Permit 1 2 April 2026, 2 days late, due 31 March 2026" in page
    assert "done Grid 1 31 March 2026, due 31 March 2026" in page
    assert "late Tender 1 due 30 May 2026, 1 day ago" in page
    assert "to come Talks 1 no date" in page


@pytest.mark.usefixtures("agreed")
def test_an_action_done_late_says_by_how_many_days(client: Client) -> None:
    page = text_of(client, "/memorandum/")
    assert "Permit law 31 March 2026 2 April 2026 done late, 2 days" in page
    assert "Grid law 31 March 2026 31 March 2026" in page
    assert page.count("done late, ") == 1
    assert "2 of 4 done 1 done late 1 late 1 without a date" in page
    assert "Tender law 30 May 2026 not recorded late, 1 day" in page
    assert "Talks law no date set not recorded" in page


def test_a_day_that_is_not_known_is_not_after_another() -> None:
    assert days_after(None, date(2026, 1, 1)) == days_after(date(2026, 1, 1), None) == 0
    assert days_after(date(2026, 1, 1), date(2026, 1, 2)) == 0
