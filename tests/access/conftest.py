"""What tests of access share."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from tests.access.people import made_token, person

SETTINGS = Path(__file__).parent.parent.parent / "investai" / "settings.py"


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict]:
    """Return what the settings are with some variables of the environment set."""

    def read(**environment: str) -> dict:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        return runpy.run_path(str(SETTINGS))

    return read


@pytest.fixture
def closed(settings: Settings, settings_of: Callable[..., dict]) -> None:
    """Reading is not open: as with PUBLIC_READ=off."""
    read = settings_of(PUBLIC_READ="off")
    settings.PUBLIC_READ = read["PUBLIC_READ"]
    settings.MIDDLEWARE = read["MIDDLEWARE"]
    assert settings.PUBLIC_READ is False


@pytest.fixture
def analyst(client: Client) -> Client:
    """An Analyst who is signed in."""
    client.force_login(person("Analyst"))
    return client


@pytest.fixture
def token(db: None) -> str:
    """The text of a token of an Analyst called ana."""
    return made_token(person("Analyst", "ana"))


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Let no request of an earlier test count."""
    cache.clear()
