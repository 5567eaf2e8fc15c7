"""What tests of board reports share."""

import pytest
from django.test import Client

from tests.access.people import person


@pytest.fixture
def officer(client: Client) -> Client:
    """An Officer who is signed in."""
    client.force_login(person("Officer", "olga"))
    return client
