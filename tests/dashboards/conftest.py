from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def small(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example, computed for its last date as if that were today."""
    monkeypatch.setattr("portfolio.jobs.recompute.today", lambda: date(2026, 11, 25))
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
