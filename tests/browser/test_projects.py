"""The list of projects in Chromium: it follows what is typed and ticked, is kept as a view, downloaded."""

import csv
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import faults_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = "document.activeElement.id"
SMALL = Path(__file__).parent.parent / "data" / "small"


def test_an_officer_narrows_keeps_and_downloads_the_list(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    User.objects.create_superuser("officer", password="a-long-password")
    sign_in(page, live_server.url, "officer", "/projects/")
    heading = page.locator("#list")
    expect(heading).to_have_text("6 projects")
    search = page.get_by_label("Name, place or host")
    search.press_sequentially("giga")
    expect(heading).to_have_text("3 projects")
    assert page.evaluate(FOCUSED) == "q"
    page.get_by_label("Has a gap").press("Space")
    expect(heading).to_have_text("2 projects")
    assert page.evaluate(FOCUSED) == "funding-gap"
    expect(page.locator("#said")).to_have_text("2 projects")
    expect(page.locator('[data-facet="kind-ai_factory"] .number')).to_have_text("0")
    assert page.url.endswith("/projects/?q=giga&funding=gap")
    page.get_by_role("link", name="Gap", exact=True).click()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Pipeline").uncheck()
    page.get_by_role("button", name="Show these columns").click()
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("Gaps")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#view-state")).to_have_text("View Gaps")
    shown = page.locator("table.projects tbody th a").all_inner_texts()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = list(csv.DictReader(downloading.value.path().read_text(encoding="utf-8").splitlines()))
    assert [row["project_name"] for row in rows] == shown
    assert "pipeline_eur" not in rows[0]
    page.get_by_role("checkbox", name="AI gigafactory").check()
    expect(page.locator("#view-state")).to_contain_text("changed here since")
    assert faults_of(page) == []
    page.goto(f"{live_server.url}/account/views/")
    assert faults_of(page) == []
    page.get_by_role("link", name="Gaps").click()
    assert page.locator("table.projects tbody th a").all_inner_texts() == shown
    page.locator("table.projects tbody th a").first.click()
    assert faults_of(page) == []
