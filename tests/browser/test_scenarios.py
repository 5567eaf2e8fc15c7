"""Scenarios in Chromium, without a script of their own: made, changed, looked at on any screen."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import faults_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALL = Path(__file__).parent.parent / "data" / "small"


def test_an_officer_makes_a_scenario(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    User.objects.create_superuser("officer", password="a-long-password")
    sign_in(page, live_server.url, "officer", "/scenarios/")
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
