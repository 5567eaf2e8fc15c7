"""The administration and the page of signing in, in Chromium: what they show stays within the window."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from portfolio.models import Contribution, Project
from tests.browser.looks import VIOLATIONS, faults_of, sign_in
from tests.bundles import SMALL, load

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = ((1440, "light"), (1024, "dark"), (390, "light"), (1440, "dark"))
# Names of inputs in inner tables are Django's own affair; colours are ours.
COLOURS = VIOLATIONS.replace("({", "({runOnly: ['color-contrast', 'link-in-text-block'], ")


@pytest.fixture
def editor(transactional_db: None) -> User:
    """Somebody who may edit the records of the worked example."""
    load(SMALL)
    return User.objects.create_superuser("editor", password="a-long-password")


def test_records_stay_within_the_window_and_can_be_read(
    live_server: LiveServer, page: Page, editor: User
) -> None:
    sign_in(page, live_server.url, editor.username, "/admin/")
    project = Project.objects.filter(stages__isnull=False)[0]
    records = (
        "",
        "portfolio/project/",
        f"portfolio/project/{project.pk}/change/",
        "portfolio/contribution/",
        f"portfolio/contribution/{Contribution.objects.all()[0].pk}/change/",
    )
    faults = []
    for address in records:
        page.goto(f"{live_server.url}/admin/{address}")
        faults += faults_of(page, SIZES, COLOURS)
    assert faults == []


def test_a_refused_sign_in_says_so_within_its_card(live_server: LiveServer, page: Page, editor: User) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("User name").fill(editor.username)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    said, card = page.get_by_role("alert").bounding_box(), page.locator("form.card").bounding_box()
    assert said
    assert card
    assert said["x"] + said["width"] <= card["x"] + card["width"]
    assert faults_of(page) == []
