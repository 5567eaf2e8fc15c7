"""The page that shows the API, in Chromium: under the policy of all pages, with nothing from elsewhere."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, Request
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_api_can_be_read_about_and_tried(page: Page, live_server: LiveServer, client: Client) -> None:
    complaints: list[str] = []
    hosts: set[str] = set()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if request.url.startswith("http"):
            hosts.add(urlsplit(request.url).netloc)

    page.set_default_timeout(120_000)  # the description is large, and the machine may be slow
    page.on("console", note)
    page.on("request", asked)
    page.goto(f"{live_server.url}/api/docs/")
    page.locator("#operations-tag-facts").wait_for()
    assert faults_of(page) == []
    page.locator("#operations-tag-facts").click()
    operation = page.locator("#operations-facts-list_sources")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody .response-col_status")
    answer.first.wait_for()
    assert answer.first.inner_text().startswith("200")
    asked_for = operation.locator(".request-url").inner_text()
    assert "/api/v1/sources/?" in asked_for
    assert "key=" not in asked_for  # no filter by its example
    assert complaints == []
    assert hosts == {urlsplit(live_server.url).netloc}
    policies = [
        client.get(address)["Content-Security-Policy"] for address in ("/api/docs/", "/accounts/login/")
    ]
    assert sorted(policies[0].split("; ")) == sorted(policies[1].split("; "))
