"""Making, copying and revoking an API token in Chromium, by keyboard alone."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.access.people import TOKEN, asked, holder
from tests.browser.looks import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser in which somebody who may have tokens has signed in."""
    call_command("recompute", verbosity=0)
    client = Client()
    client.force_login(holder())
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def go_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on what a selector names."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"the keyboard does not reach {what}")


def test_a_token_from_its_making_to_its_end(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/data/")
    page.locator(".account summary").click()
    page.get_by_role("link", name="API tokens").click()
    assert faults_of(page) == []

    go_to(page, "#name")
    page.keyboard.type("Notebook")
    go_to(page, "main .fields button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".secret")
    assert faults_of(page) == []
    text = page.inner_text(".secret")
    assert TOKEN.fullmatch(text)
    page.click(".secret")
    assert page.evaluate("getSelection().toString()") == text, "one click selects it whole"
    assert asked(text).status_code == 200

    page.goto(f"{live_server.url}/account/tokens/")
    assert text not in page.content()
    go_to(page, "td:last-child summary")
    page.keyboard.press("Enter")
    assert faults_of(page) == []
    go_to(page, "td:last-child button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#past")
    assert faults_of(page) == []
    assert asked(text).status_code == 401
