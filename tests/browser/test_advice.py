"""The pages of advice in Chromium: clean to axe and the console, in two widths and themes; by keyboard."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.advisory.making import ILLUSTRATIVE
from tests.browser.looks import faults_of_pages, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/advice/",
    "/advice/?country=SE",
    "/advice/requests/ADV-2025-006/",
    "/advice/engagements/ENG-2026-02/",
    "/advice/funnel/",
    "/advice/explain/advisory_funnel/overall/ready/",
    "/advice/explain/advisory_outcomes/advised_12/signed_eur/",
    "/advice/workload/",
    "/advice/advisers/",
    "/advice/deliverables/",
    "/projects/storsjo/",
]
WORK = [
    "/advice/assessments/RA-2026-10/",
    "/advice/digest/",
    "/advice/record/engagement/?of=ADV-2026-005",
    "/advice/record/note/ADV-2025-006-N2/",
    "/advice/requests/ADV-2026-008/assess/",
]


@pytest.fixture
def illustrative(transactional_db: Any) -> None:
    call_command("load_portfolio", ILLUSTRATIVE, verbosity=0, stdout=io.StringIO())
    call_command("recompute", stdout=io.StringIO())


@pytest.mark.usefixtures("illustrative")
def test_pages_are_clean_for_who_may_do_everything(live_server: LiveServer, page: Page) -> None:
    User.objects.create_superuser("officer", password="a-long-password")
    sign_in(page, live_server.url, "officer", "/advice/")
    assert faults_of_pages(page, live_server.url, dict.fromkeys([*PAGES, *WORK], 200)) == []


@pytest.mark.usefixtures("illustrative")
def test_the_board_is_worked_with_by_keyboard(live_server: LiveServer, page: Page) -> None:
    User.objects.create_superuser("officer", password="a-long-password")
    sign_in(page, live_server.url, "officer", "/advice/")
    page.get_by_label("Country").focus()
    page.keyboard.type("Lithuania")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**country=LT**")
    assert page.get_by_text("2 cases").is_visible()
    page.get_by_role("link", name="Decide about ADV-2026-010").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/advice/record/triage/**")
    page.get_by_label("Outcome").select_option("accepted")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/advice/requests/ADV-2026-010/")
    assert page.locator("li.now").inner_text().startswith("Accepted")
