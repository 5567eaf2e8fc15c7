"""A second factor in Chromium: set up, and asked for at the door; each page clean in every look."""

import time
from base64 import b32decode

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portfolio.rules.second_factor import STEP_SECONDS, code_at
from tests.browser.looks import LOOKS, faults_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_second_factor_is_clean_from_its_picture_to_the_code_at_the_door(
    live_server: LiveServer, page: Page
) -> None:
    User.objects.create_superuser("officer", password="a-long-password")
    sign_in(page, live_server.url, "officer", "/account/second-factor/")
    faults = faults_of(page, LOOKS)
    secret = b32decode(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill("000")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults += faults_of(page)
    page.get_by_label("Code").fill(code_at(secret, int(time.time() // STEP_SECONDS)))
    page.get_by_role("button", name="Set it up").click()
    recovery = page.locator(".codes code").first.inner_text()
    faults += faults_of(page)
    page.goto(f"{live_server.url}/account/second-factor/")
    expect(page.get_by_role("heading", name="Switch it off")).to_be_visible()
    faults += faults_of(page)
    page.context.clear_cookies()
    sign_in(page, live_server.url, "officer", "/account/second-factor/")
    faults += faults_of(page)
    page.get_by_label("Code").fill("000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    faults += faults_of(page)
    page.get_by_label("Code").fill(recovery)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New recovery codes")).to_be_visible()
    assert faults == []
