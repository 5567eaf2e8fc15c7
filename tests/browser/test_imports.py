"""An import in Chromium with real clicks: uploaded, mapped, settled, applied and undone, on any screen."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from portfolio.models import CostEstimate
from tests.browser.looks import faults_of, sign_in
from tests.imports import files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALL = Path(__file__).parent.parent / "data" / "small"
LIST = [
    ["Projekt", "Kosten", "Stand"],
    ["giga-a", "492087,75", "13/01/2026"],
    ["giga-b", "191.000 €", "03/04/2026"],
    ["factory-1", "249.950,00 €", "05/06/2026"],
    ["factory-2", "288.11", "05/06/2026"],
]


def test_an_editor_imports_a_list(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    User.objects.create_superuser("editor", password="a-long-password")  # roles go with each test's rows
    sign_in(page, live_server.url, "editor", "/imports/")
    faults = faults_of(page)
    content = files.text(LIST, "cp1252", ";")
    page.get_by_label("The file").set_input_files(
        {"name": "Liste.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Upload").click()
    assert page.get_by_text("text with separators: Windows-1252, semicolon").is_visible()
    page.get_by_label("The list is taken as").select_option(label="Cost estimates")
    page.get_by_role("button", name="Take it as this").click()
    for field, column in (("Project", "A: Projekt"), ("Amount", "B: Kosten"), ("Estimated on", "C: Stand")):
        page.get_by_label(f"Column of {field}", exact=True).select_option(label=column)
    page.get_by_label("Currency, for all rows").select_option(label="EUR")
    page.get_by_label("Confidence, for all rows").select_option(label="Reported")
    page.get_by_label("Source, for all rows").fill("example")
    faults += faults_of(page)
    page.get_by_role("button", name="Preview every row").click()
    assert page.get_by_text("B2: “492087,75” has a decimal comma").is_visible()
    assert page.get_by_text("has a decimal point, but its column has a decimal comma").is_visible()
    assert page.get_by_role("button", name="Apply all").count() == 0
    faults += faults_of(page)
    page.get_by_label("B5 is to be read as").fill("288110")
    page.get_by_role("button", name="Settle, and preview again").click()
    faults += faults_of(page)
    page.get_by_role("button", name="Apply all 4 new").click()
    assert page.get_by_text("Applied", exact=True).is_visible()
    assert (
        str(CostEstimate.objects.get(project__slug="factory-2", estimated_on="2026-06-05").amount)
        == "288110.00"
    )
    faults += faults_of(page)
    page.get_by_text("Undo this import").click()
    page.get_by_role("button", name="Undo it").click()
    assert page.get_by_text("Undone", exact=True).is_visible()
    assert not CostEstimate.objects.filter(estimated_on="2026-06-05").exists()
    page.get_by_role("link", name="all imports").click()
    faults += faults_of(page)
    assert faults == []
