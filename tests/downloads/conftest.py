"""What tests of downloads share: a folder of their own, and few limits."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.access.people import person
from tests.bundles import load, saved
from tests.making import Made


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """The folder of prepared files."""
    settings.DOWNLOADS = {
        "folder": tmp_path / "downloads",
        "hours": 24,
        "unfinished": 3,
        "kept": 20,
        "megabytes": 100,
    }
    return tmp_path / "downloads"


@pytest.fixture
def portfolio(db: None, tmp_path: Path) -> None:
    """Three projects, contributions in two currencies, and text that a spreadsheet would run."""
    made = Made()
    for slug in ("a", "b", "c"):
        made.project(slug, "ai_gigafactory", need="1000", stages=[("selected", "2026-01-01")])
        made.contribution(f"{slug}-1", ("signed", "2026-02-01", "0.10"), project=slug)
        made.contribution(f"{slug}-2", ("approved", "2026-02-03", "20000000000.00"), project=slug)
    made.contribution(
        "x", ("signed", "2026-03-01", "40"), ("disbursed", "2026-03-02", ""), project="a", currency="PLN"
    )
    made.rate("PLN", "2026-01-01", "4")
    made.rows["contributions"][0]["note"] = "=1+1 Però – Łódź\r\nĐại học"
    load(saved(made.rows, tmp_path / "bundle"))


@pytest.fixture
def ana(client: Client) -> Client:
    """An Analyst who is signed in."""
    client.force_login(person("Analyst", "ana"))
    return client
