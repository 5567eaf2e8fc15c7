"""The timeline: stages and milestones as they stood on a day, and what is due by one to come."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.dashboards.gantt import Axis
from portfolio.rules.dates import today
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made

TOLD = {"source": "src"}


def iso(days: int) -> str:
    return (today() + timedelta(days)).isoformat()


@pytest.fixture
def made(db: None, tmp_path: Path) -> None:
    """Two projects: one with a milestone of every standing, one that has ended."""
    portfolio = Made()
    portfolio.project("first", stages=[("idea", iso(-400)), ("selected", iso(-200))])
    portfolio.project("second", "ai_gigafactory", stages=[("withdrawn", iso(-10))])
    for key, due, done in (
        ("late", iso(-30), ""),
        ("soon", iso(20), ""),
        ("far", iso(800), ""),
        ("undated", "", ""),
        ("kept", iso(-50), iso(-60)),
        ("slipped", iso(-50), iso(-5)),
    ):
        portfolio.add(
            "milestones", project="first", key=key, title=f"The {key} one", due_on=due, done_on=done, **TOLD
        )
    load(saved(portfolio.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


@pytest.mark.usefixtures("made")
def test_every_milestone_stands_in_words(client: Client) -> None:
    page = text_of(client, "/timeline/")
    for words in (
        "1 late, 1 due by",
        "late The late one first",
        "30 days ago",
        "6 milestones of these projects: 2 done, 1 without a date",
        "late The late one due",
        "to come The soon one due",
        "to come The far one due",
        "no date The undated one",
        "done The kept one",
        "done late The slipped one",
        "1 late",
    ):
        assert words in page, words


@pytest.mark.usefixtures("made")
def test_a_past_day_knows_only_what_was_done_by_then(client: Client) -> None:
    page = text_of(client, f"/timeline/?as_of={iso(-20)}")
    assert "2 late" in page, "the slipped one was not done yet"
    assert "late The slipped one" in page
    first = next(row for row, _ in client.get(f"/timeline/?as_of={iso(-300)}").context["groups"][0][1])
    assert first.stage == "idea"


@pytest.mark.usefixtures("made")
def test_a_day_to_come_shows_what_is_due_by_then(client: Client) -> None:
    response = client.get(f"/timeline/?as_of={iso(900)}&kind=ai_factory")
    assert response.status_code == 302
    assert response["Location"] == f"/timeline/?kind=ai_factory&until={iso(900)}"
    assert "1 late, 2 due by" in text_of(client, response["Location"])
    context = client.get(f"/timeline/?until={iso(30)}").context
    (_, line) = context["groups"][0][1][0]
    assert [mark.word for mark in line.marks] == ["done", "done late", "late", "to come"]
    assert len(line.entries) == 6, "the table has all of them"
    assert "2 late, 0 due" in text_of(client, f"/timeline/?as_of={iso(-20)}&until={iso(-20)}")


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"?until={iso(-1)}", 400),
        ("?until=nonsense", 400),
        ("?until=9999-12-31", 400),
        ("?as_of=nonsense", 400),
        (f"?as_of={iso(1)}&as_of={iso(2)}", 400),
        ("?milestones=nonsense&group=nonsense&page=99", 200),
    ],
)
def test_a_day_that_is_none_is_refused(client: Client, query: str, status: int) -> None:
    assert client.get(f"/timeline/{query}").status_code == status


@pytest.mark.usefixtures("made")
def test_projects_are_grouped_and_narrowed(client: Client) -> None:
    def groups(query: str) -> list[tuple[str, list[str]]]:
        found = client.get(f"/timeline/{query}").context["groups"]
        return [(name, [row.project.slug for row, _ in lines]) for name, lines in found]

    assert groups("") == [("AI factory", ["first"]), ("AI gigafactory", ["second"])]
    assert groups("?group=none") == [("", ["first", "second"])]
    assert groups("?group=country") == [("No country", ["first", "second"])]
    assert groups("?milestones=late") == [("AI factory", ["first"])]
    assert groups("?milestones=due&until=" + iso(10)) == []
    assert groups("?kind=ai_gigafactory") == [("AI gigafactory", ["second"])]


@pytest.mark.usefixtures("made")
def test_the_files_have_the_projects_that_are_shown(client: Client) -> None:
    page = client.get("/timeline/?kind=ai_gigafactory").content.decode()
    links = [unescape(link) for link in re.findall(r'href="(/api/v1/[^"]*project__in[^"]*)"', page)]
    assert len(links) == 2
    for link in links:
        file = b"".join(client.get(link).streaming_content).decode()  # type: ignore[attr-defined]
        assert {row.split(",")[0] for row in file.splitlines()[1:]} <= {"second"}


@pytest.mark.usefixtures("made")
def test_a_stage_lasts_until_the_next(client: Client) -> None:
    context = client.get("/timeline/").context
    (_, line) = context["groups"][0][1][0]
    idea, selected = line.bars
    assert (idea.tone, selected.tone) == ("before", "selected")
    assert idea.x + idea.width == selected.x
    assert selected.x + selected.width == context["now"]
    late = next(mark for mark in line.marks if mark.word == "late")
    assert late.x + late.overdue == context["now"]


def test_the_axis_has_lines_where_quarters_or_years_begin() -> None:
    short = Axis(date(2025, 10, 1), date(2026, 10, 1)).lines()
    assert [(label, begins) for _, label, begins in short] == [
        *(("Q4", False), ("2026", True), ("Q2", False), ("Q3", False)),
    ]
    assert short[0][0] == Decimal(0)
    assert [label for _, label, _ in Axis(date(2020, 1, 1), date(2026, 1, 1)).lines()][:3] == [
        "2020",
        "Q3",
        "2021",
    ]
    assert len(Axis(date(1990, 1, 1), date(2100, 1, 1)).lines()) <= 14


@pytest.mark.django_db
def test_an_empty_portfolio_has_a_timeline(client: Client) -> None:
    call_command("recompute", verbosity=0)
    page = text_of(client, "/timeline/")
    assert "No project is recorded." in page
    assert "No milestone of these projects is recorded" in page
