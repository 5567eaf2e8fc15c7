"""What the attacks are tried on: the worked example with advice, and some of all that people make."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from portfolio.jobs.publications import publish_results
from portfolio.tasks import keep_downloads, keep_reports
from tests.access.conftest import settings_of
from tests.access.people import entered, person
from tests.dashboards.scenario_pages import PAGE
from tests.downloads.asking import ask
from tests.loaded import load_advised_once
from tests.reports.asking import form

__all__ = ["settings_of"]

OWNERS = {"olga": "Officer", "emil": "Editor"}


@pytest.fixture(autouse=True)
def quick_and_aside(settings: Settings, tmp_path: Path) -> None:
    """Files lie aside, and no earlier request counts."""
    cache.clear()
    settings.DOWNLOADS = {**settings.DOWNLOADS, "folder": tmp_path / "downloads"}


@pytest.fixture
def world(db: None) -> dict[str, Client]:
    """The worked example, and what an Officer (olga) and an Editor (emil) made; both, signed in, by name."""
    load_advised_once()
    publish_results("First")
    people: dict[str, Client] = {}
    for name, role in OWNERS.items():
        User.objects.filter(pk=person(role, name).pk).update(is_staff=True)
        people[name] = Client()
        people[name].force_login(User.objects.get(username=name))
    make_something_of_everything(people["olga"], people["emil"])
    return people


def make_something_of_everything(olga: Client, emil: Client) -> None:
    """Let two people make what belongs to people."""
    assert olga.post("/scenarios/", {"name": "What if", "note": "For the board"}).status_code == 302
    change = {"kind": "change_cost", "project": "giga-a", "percent": "10"}
    assert olga.post(f"{PAGE}changes/", change).status_code == 302
    assert olga.post("/projects/?q=giga", {"name": "Mine"}).status_code == 302
    assert olga.post("/account/tokens/", entered()).status_code == 200
    assert olga.post("/reports/", form(sections=["overview"])).status_code == 302
    assert ask(olga).status_code == 201
    file = SimpleUploadedFile("list.csv", b"Reference,Project\nN-1,giga-a\n")
    assert emil.post("/imports/", {"file": file}).status_code == 302
    keep_reports()
    keep_downloads()


@pytest.fixture
def root(db: None) -> Client:
    """Somebody who may do everything, so that no refusal hides a page."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="a-long-password"))
    return client
