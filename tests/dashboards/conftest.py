import pytest
from django.test import Client

from tests.dashboards.scenario_pages import PAGE, person


@pytest.fixture
def officer(client: Client) -> Client:
    """An officer with a scenario called What if."""
    client.force_login(person("Officer"))
    assert client.post("/scenarios/", {"name": "What if", "note": "For the board"}).url == PAGE  # type: ignore[attr-defined]
    return client
