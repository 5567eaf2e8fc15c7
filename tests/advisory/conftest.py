import pytest
from django.test import Client

from tests.advisory.making import signed_in
from tests.loaded import load_advised_once, load_illustrative


@pytest.fixture
def example(db: None) -> None:
    """The worked example with two requests for advice, computed for today."""
    load_advised_once()


@pytest.fixture
def illustrative(db: None) -> None:
    load_illustrative()


@pytest.fixture
def client(db: None) -> Client:
    """Somebody with the least of roles, who sees advice but nothing confidential."""
    return signed_in("Viewer")
