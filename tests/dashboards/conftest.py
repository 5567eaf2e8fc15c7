from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.dashboards.scenario_pages import PAGE, person

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def small(db: None) -> None:
    """The worked example, computed for today: nothing in it is dated later than 2026-11-25."""
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)


@pytest.fixture
def officer(client: Client) -> Client:
    """An officer with a scenario called What if."""
    client.force_login(person("Officer"))
    assert client.post("/scenarios/", {"name": "What if", "note": "For the board"}).url == PAGE  # type: ignore[attr-defined]
    return client
