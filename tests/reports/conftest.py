"""What tests of board reports share."""

import pytest
from django.core.management import call_command
from django.test import Client

from tests.access.people import person
from tests.bundles import SMALL, load


@pytest.fixture
def small(db: None) -> None:
    """The worked example, computed for today."""
    load(SMALL)
    call_command("recompute", verbosity=0)


@pytest.fixture
def officer(client: Client) -> Client:
    """An Officer who is signed in."""
    client.force_login(person("Officer", "olga"))
    return client
