import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.advisory.making import ILLUSTRATIVE, load_advised, signed_in


@pytest.fixture
def example(db: None, tmp_path: Path) -> None:
    """The worked example with two requests for advice, computed for today."""
    load_advised(tmp_path / "advised")
    call_command("recompute", stdout=io.StringIO())


@pytest.fixture
def illustrative(db: None) -> None:
    call_command("load_portfolio", ILLUSTRATIVE, verbosity=0, stdout=io.StringIO())
    call_command("recompute", stdout=io.StringIO())


@pytest.fixture
def client(db: None) -> Client:
    """Somebody with the least of roles, who sees advice but nothing confidential."""
    return signed_in("Viewer")
