"""What tests of production share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

TOKEN = "a-token-of-an-operator-that-only-tests-use"


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test see what checks found in another."""
    from operations import checks, views

    monkeypatch.setattr(views, "CHECKS_HOLD_SECONDS", 0.0)
    monkeypatch.setattr(checks, "MIGRATIONS_HOLD_SECONDS", 0.0)
    monkeypatch.setattr(checks._Applied, "until", 0.0)


@pytest.fixture
def operator(settings: Settings) -> Callable[..., Any]:
    """Return what asks as a program of the operator does."""
    settings.OPERATOR_TOKEN = TOKEN

    def ask(address: str) -> Any:
        return Client().get(address, headers={"Authorization": f"Bearer {TOKEN}"})

    return ask


@pytest.fixture
def late(db: None) -> None:
    """A change has waited for a recomputation for three minutes."""
    from portfolio.models import RecomputeRequest

    request = RecomputeRequest.objects.create(reason="a test")
    moment = request.requested_at - timedelta(minutes=3)
    RecomputeRequest.objects.filter(pk=request.pk).update(requested_at=moment)
