from typing import Any

import pytest
from django.test import Client

from tests.dashboards.scenario_pages import PAGE, person


@pytest.fixture(autouse=True)
def drawn_anew(settings: Any) -> None:
    """Draw each page that is asked for, so that a test finds in its context what it shows."""
    settings.KEPT_PAGES_MB = 0


@pytest.fixture
def pages_are_kept(drawn_anew: None, settings: Any) -> None:
    """Keep pages, as elsewhere."""
    settings.KEPT_PAGES_MB = 16


@pytest.fixture
def officer(client: Client) -> Client:
    """An officer with a scenario called What if."""
    client.force_login(person("Officer"))
    assert client.post("/scenarios/", {"name": "What if", "note": "For the board"}).url == PAGE  # type: ignore[attr-defined]
    return client
