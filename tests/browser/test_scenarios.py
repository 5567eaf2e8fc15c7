"""Scenarios in Chromium, without a script of their own: made, changed, looked at on any screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def page(browser: Browser, width: int, scheme: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    yield context.new_page()
    context.close()


def faults_of(page: Page) -> list[str]:
    """Return the axe violations of the page that is shown, and whether it scrolls sideways."""
    faults = [
        f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append("scrolls sideways")
    return faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_an_officer_makes_a_scenario(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    User.objects.create_superuser("officer", password="a-long-password")
    page.goto(f"{live_server.url}/accounts/login/?next=/scenarios/")
    page.get_by_label("User name").fill("officer")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Sign in").click()
    faults = faults_of(page)
    page.get_by_label("Name", exact=True).fill("Costs rise")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Change the cost of a project").click()
    page.get_by_label("Project", exact=True).select_option("giga-b")
    page.get_by_label("Percent more").fill("ten")
    page.get_by_role("button", name="Add this change").click()
    assert page.get_by_text("“ten” is not a number").is_visible()
    faults += faults_of(page)
    page.get_by_label("Percent more").fill("10")
    page.get_by_role("button", name="Add this change").click()
    assert page.get_by_text("Raise the cost of Gigafactory Example B by 10 %").is_visible()
    page.get_by_role("link", name="All rows").nth(1).click()
    assert page.get_by_text("Projects: all rows").is_visible()
    faults += faults_of(page)
    assert faults == []
