"""A board report made in Chromium: its progress comes by itself, and its file is a PDF; pages on paper."""

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from portfolio.exports.report import making
from portfolio.models import BoardReport
from portfolio.tasks import report_background
from tests.browser.looks import faults_of, sign_in
from tests.bundles import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A4 = (595, 842)  # points


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Let no report be set before the event is set."""
    go_on = Event()
    pdf = making.pdf

    def later(*arguments: object) -> object:
        go_on.wait(30)
        return pdf(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "pdf", later)
    yield go_on
    go_on.set()
    report_background.wait(20)


def test_a_report_is_watched_until_it_is_ready_and_pages_print(
    page: Page, live_server: LiveServer, held: Event
) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    User.objects.create_superuser("root", password="a-long-password")
    sign_in(page, live_server.url, "root", "/reports/")
    page.get_by_label("Title").fill("Board paper")
    page.get_by_label("What changed").uncheck()
    assert faults_of(page) == []
    page.get_by_role("button", name="Make the report").click()
    page.get_by_text("10 of 10: The pages").wait_for(timeout=15_000)
    assert faults_of(page) == []
    held.set()
    link = page.get_by_role("link", name="Download the PDF")
    link.wait_for(timeout=15_000)
    assert faults_of(page) == []
    with page.expect_download() as fetched:
        link.click()
    content = Path(fetched.value.path()).read_bytes()
    assert sha256(content).hexdigest() == BoardReport.objects.get().sha256

    page.goto(f"{live_server.url}/projects/giga-a/")
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    first = printed.pages[0]
    assert (round(float(first.mediabox.width)), round(float(first.mediabox.height))) == A4
    text = first.extract_text()
    assert f"1 / {len(printed.pages)}" in text
    assert "From need to gap" in text
    assert "Published figures" not in text, "the menu is for screens"
