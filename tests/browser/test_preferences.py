"""A language and a theme are chosen in the header, and hold on every page; paper is light."""

from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALL = Path(__file__).parent.parent / "data" / "small"
PAPER = "getComputedStyle(document.body).backgroundColor"
LABEL = "document.querySelector('[data-sankey] text').getAttribute('fill')"
DARK, WHITE = "rgb(15, 21, 38)", "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [390])
def test_a_language_and_a_theme_are_chosen_in_the_header(
    live_server: LiveServer, page: Page, width: int
) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    page.emulate_media(color_scheme="light")
    page.goto(f"{live_server.url}/projects/")
    page.locator(".preferences summary").click()
    choice = page.locator(".preferences-choice").bounding_box()
    assert choice is not None
    assert choice["x"] >= 0
    assert choice["x"] + choice["width"] <= width
    page.get_by_role("link", name="Dark").click()
    assert page.evaluate(PAPER) == DARK
    page.locator(".preferences summary").click()
    page.get_by_role("link", name="Deutsch").click()
    assert page.locator("html").get_attribute("lang") == "de"
    page.goto(f"{live_server.url}/flows/")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.evaluate(PAPER) == DARK
    page.locator("[data-sankey] text").first.wait_for()
    assert page.evaluate(LABEL) == "#e8ecf6"  # a chart is drawn in the theme that was chosen
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(PAPER) == WHITE
    assert page.evaluate(LABEL) == "#17203a"
