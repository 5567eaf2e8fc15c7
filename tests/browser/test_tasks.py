"""The ten most common tasks of an officer (docs/tasks.md), by real clicks; three among 10,000 projects."""

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import sign_in
from tests.publishing import forget_publications

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
NAMES = "table.projects tbody th a"


@pytest.fixture
def officer(transactional_db: None) -> Iterator[None]:
    User.objects.create_superuser("officer", password="a-long-password")
    yield
    forget_publications()


def go(page: Page, name: str) -> None:
    """Choose a page in the menu."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).first.click()


def download(page: Page, name: str) -> Path:
    with page.expect_download() as downloading:
        page.get_by_role("link", name=name, exact=True).first.click()
    return Path(downloading.value.path())


def find(page: Page, words: str) -> None:
    """Find projects as their name is typed, and wait until the list has followed."""
    go(page, "Projects")
    page.get_by_label("Name, place or host").press_sequentially(words)
    expect(page).to_have_url(re.compile(r"[?&]q="))


def sort_by_gap(page: Page) -> list[str]:
    """Sort the list by what lacks, the most first; return the names that stand first."""
    header = page.locator("table.projects thead").get_by_role("link", name=re.compile("^Gap"))
    header.click()
    expect(page).to_have_url(re.compile("sort=gap"))
    header.click()
    expect(page).to_have_url(re.compile("sort=-gap"))
    return page.locator(NAMES).all_inner_texts()


def export(page: Page) -> list[dict[str, str]]:
    """Take away exactly what is shown; return its rows."""
    return list(csv.DictReader(download(page, "CSV").read_text(encoding="utf-8").splitlines()))


def test_the_ten_tasks_of_an_officer(live_server: LiveServer, page: Page, officer: None) -> None:
    call_command("load_portfolio", ROOT / "portfolio" / "illustrative", verbosity=0)
    call_command("recompute", verbosity=0)
    sign_in(page, live_server.url, "officer", "/")
    lacks_most(page)
    who_funds_it(page)
    what_changed(page)
    what_is_late(page)
    does_it_hold(page)
    acknowledge(page)
    suppose(page)
    publish(page)
    take_away(page)
    report(page)


def lacks_most(page: Page) -> None:
    """1: which project lacks the most money, and why?"""
    go(page, "Projects")
    first = sort_by_gap(page)[0]
    page.get_by_role("link", name=first, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    falls = page.get_by_role("region", name="From need to gap")
    falls.get_by_role("row", name=re.compile("^Gap")).get_by_role("link").click()
    expect(page).to_have_url(re.compile("/explain/project_coverage/.*/gap_eur/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)


def who_funds_it(page: Page) -> None:
    """2: who funds a project, and how firmly?"""
    find(page, "tramuntana")
    expect(page.locator(NAMES)).to_have_count(1)
    page.locator(NAMES).click()
    funding = page.get_by_role("region", name="Who funds it, and how").first
    expect(funding).to_contain_text("Financier")
    expect(funding).to_contain_text("Signed")
    page.get_by_role("region", name="Contributions").first.locator("summary").first.click()
    expect(page.locator("details[open] .events").first).to_be_visible()


def what_changed(page: Page) -> None:
    """3: what changed since the last board?"""
    go(page, "What changed")
    page.get_by_label("After").fill("2026-06-30")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("Facts of the days after 30 June 2026")
    page.get_by_role("row", name=re.compile("^Secured (at least )?€")).get_by_role("link").last.click()
    expect(page).to_have_url(re.compile("/changes/portfolio_summary/secured_eur/value/"))


def what_is_late(page: Page) -> None:
    """4: what is late?"""
    go(page, "Timeline")
    page.get_by_label("Milestones", exact=True).select_option(label="With a late one")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#due")).to_contain_text("19 late")
    expect(page.locator(".due .tag.critical").first).to_have_text("late")


def does_it_hold(page: Page) -> None:
    """5: does the envelope hold?"""
    go(page, "Envelopes")
    page.get_by_role("row", name=re.compile("over-allocated")).get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Does it hold?")).to_contain_text("over-allocated")


def acknowledge(page: Page) -> None:
    """6: say that an alert is known."""
    go(page, "Alerts")
    alert = page.locator(".alerts li", has=page.get_by_text("Acknowledge", exact=True)).first
    key = alert.get_attribute("id")
    alert.get_by_text("Acknowledge", exact=True).click()
    alert.get_by_label("Note").fill("The promoter was asked")
    alert.get_by_role("button", name="I know of it").click()
    expect(page.locator(f"#{key}")).to_contain_text("Acknowledged by officer")


def suppose(page: Page) -> None:
    """7: what if a cost rises?"""
    go(page, "Scenarios")
    page.get_by_label("Name", exact=True).fill("Costs rise")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Change the cost of a project").click()
    page.get_by_label("Project", exact=True).select_option("tramuntana")
    page.get_by_label("Percent more").fill("10")
    page.get_by_role("button", name="Add this change").click()
    expect(page.get_by_role("region", name="1 change")).to_contain_text("by 10 %")


def publish(page: Page) -> None:
    """8: freeze the results for a board."""
    go(page, "Publications")
    page.get_by_label("Name").fill("Board paper")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Board paper")


def take_away(page: Page) -> None:
    """9: export exactly what is shown."""
    go(page, "Projects")
    page.get_by_role("checkbox", name="AI gigafactory").check()
    expect(page.locator("#list")).to_have_text("9 projects")
    names = sort_by_gap(page)
    assert [row["project_name"] for row in export(page)] == names


def report(page: Page) -> None:
    """10: make a board report."""
    page.locator(".account summary").click()
    page.get_by_role("link", name="Board reports").click()
    page.get_by_label("Title").fill("Board paper, December")
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("link", name="Download the PDF").wait_for(timeout=20_000)
    assert download(page, "Download the PDF").read_bytes().startswith(b"%PDF")


@pytest.fixture
def large(transactional_db: None, tmp_path: Path) -> None:
    """Ten thousand projects, with money at some of them."""
    made = [sys.executable, str(ROOT / "bench" / "make_portfolio.py"), str(tmp_path / "large")]
    size = ["--projects", "10000", "--contributions", "2000", "--events", "3000"]
    subprocess.run([*made, *size], check=True, capture_output=True)
    call_command("load_portfolio", tmp_path / "large", verbosity=0)
    call_command("recompute", verbosity=0)


def test_finding_sorting_and_exporting_among_ten_thousand(
    live_server: LiveServer, page: Page, large: None
) -> None:
    page.goto(f"{live_server.url}/projects/")
    expect(page.locator("#list")).to_have_text("10,000 projects")
    gaps = sort_by_gap(page)
    page.get_by_role("checkbox", name="AI gigafactory").check()
    expect(page.locator("#list")).not_to_have_text("10,000 projects")
    chosen = int(page.locator("#list").inner_text().split()[0].replace(",", ""))
    rows = export(page)
    assert len(rows) == chosen
    known = [float(row["gap_eur"]) for row in rows if row["gap_eur"]]
    assert known == sorted(known, reverse=True)
    shown = page.locator(NAMES).all_inner_texts()
    assert [row["project_name"] for row in rows][: len(shown)] == shown
    find(page, gaps[0])
    expect(page.locator(NAMES).first).to_have_text(gaps[0])
    page.locator(NAMES).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(gaps[0])
