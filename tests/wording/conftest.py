from pathlib import Path

import pytest
from django.core.management import call_command

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def small(db: None) -> None:
    """The worked example, computed for today."""
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
