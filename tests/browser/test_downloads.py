"""Having a file prepared in Chromium: its progress comes by itself, and the file is whole."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from portfolio.exports import downloads
from portfolio.models import Download
from portfolio.tasks import background
from tests.browser.looks import faults_of, sign_in
from tests.bundles import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Let no file be written before the event is set."""
    go_on = Event()
    write = downloads.write

    def later(*arguments: object) -> object:
        go_on.wait(30)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(downloads, "write", later)
    yield go_on
    go_on.set()
    background.wait(20)


def test_a_file_is_watched_until_it_is_ready_and_fetched(
    page: Page, live_server: LiveServer, settings: Settings, tmp_path: Path, held: Event
) -> None:
    settings.DOWNLOADS = {**settings.DOWNLOADS, "folder": tmp_path}
    call_command("load_portfolio", SMALL, verbosity=0)
    User.objects.create_superuser("root", password="a-long-password")
    sign_in(page, live_server.url, "root", "/data/")
    page.get_by_role("link", name="prepared as files").click()
    page.get_by_label("What").select_option("contribution-events")
    page.get_by_label("Filters").fill("kind=signed")
    page.get_by_role("button", name="Prepare the file").click()
    page.locator("progress").wait_for()
    assert faults_of(page) == []
    held.set()
    link = page.get_by_role("link", name="Download Contribution events")
    link.wait_for(timeout=15_000)
    assert faults_of(page) == []
    with page.expect_download() as fetched:
        link.click()
    content = Path(fetched.value.path()).read_bytes()
    assert fetched.value.suggested_filename == "contribution_events.csv"
    assert sha256(content).hexdigest() == Download.objects.get().sha256
    page.get_by_role("button", name="Remove Contribution events").click()
    page.get_by_text("You have none.").wait_for()
