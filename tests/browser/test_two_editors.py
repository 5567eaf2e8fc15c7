"""Two people edit one project in Chromium: the second, without scripts, is shown what the first did."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from portfolio.models import Milestone, Project
from tests.browser.looks import faults_of, sign_in
from tests.bundles import load, saved
from tests.making import Made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_second_to_save_is_shown_what_the_first_changed(
    live_server: LiveServer, browser: Browser, tmp_path: Path
) -> None:
    made = Made().project("p").add("milestones", project="p", key="m1", title="First", source="src")
    load(saved(made.rows, tmp_path / "bundle"))
    form = f"{live_server.url}/admin/portfolio/project/{Project.objects.get().pk}/change/"
    pages: list[Page] = []
    for name in ("anna", "ben"):
        User.objects.create_superuser(name, password="a-long-password")  # roles go with each test's rows
        page = browser.new_context(java_script_enabled=name == "anna").new_page()
        sign_in(page, live_server.url, name, "/")
        page.goto(form)
        pages.append(page)
    anna, ben = pages
    anna.get_by_label("City:").fill("Gdańsk")
    anna.locator("#id_milestones-0-title").fill("First, hers")
    anna.get_by_role("button", name="Save", exact=True).click()
    ben.get_by_label("City:").fill("Kraków")
    ben.get_by_label("Host:").fill("His")
    ben.get_by_role("button", name="Save", exact=True).click()
    assert "was changed meanwhile" in ben.title()
    assert ben.get_by_label("keep First, hers").is_checked()
    ben.get_by_label("take Kraków").check()
    ben.get_by_role("button", name="Save as chosen").click()
    project = Project.objects.get()
    assert (project.city, project.host) == ("Kraków", "His")
    assert Milestone.objects.get().title == "First, hers"
    anna.goto(form.replace("change", "history"))
    assert anna.get_by_text("Gdańsk").count() == 2
    assert faults_of(anna) == []
    anna.goto(f"{live_server.url}/history/?key=p&field=city")
    assert faults_of(anna) == []
    for page in pages:
        page.context.close()
