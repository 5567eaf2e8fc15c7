"""What keeps the answers of the API safe in browsers and caches."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.access.people import LIST, asked

pytestmark = pytest.mark.django_db

PAGE, NOT_THERE = "https://example.org", "/api/v1/nothing-is-called-so/"


def varies(response: Any) -> set[str]:
    return {name.strip() for name in response["Vary"].split(",")}


@pytest.mark.parametrize("address", [LIST, NOT_THERE])
def test_every_answer_is_safe_in_a_browser(client: Client, address: str) -> None:
    response = client.get(address)
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "address", [LIST, NOT_THERE, "/", "/accounts/login/", "/nope/", "/healthz", "/readyz"]
)
def test_every_answer_turns_off_what_no_page_uses(client: Client, address: str) -> None:
    policy = client.get(address)["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(policy.split(", "))


def test_pages_keep_their_own_policy(client: Client) -> None:
    assert "script-src 'self'" in client.get("/accounts/login/")["Content-Security-Policy"]


def test_caches_tell_readers_apart(analyst: Client, token: str) -> None:
    anybody, somebody, program = Client().get(LIST), analyst.get(LIST), asked(token)
    for response in (anybody, somebody, program):
        assert {"Accept", "Authorization", "Cookie"} <= varies(response)
    assert "private" not in anybody.get("Cache-Control", "")
    assert "private" in somebody["Cache-Control"]
    assert "private" in program["Cache-Control"]


@pytest.fixture
def shared(settings: Settings, settings_of: Callable[..., dict]) -> None:
    """One origin may read the API."""
    for name, value in settings_of(CORS_ALLOWED_ORIGINS=PAGE).items():
        if name.startswith("CORS_") or name in ("MIDDLEWARE", "INSTALLED_APPS"):
            setattr(settings, name, value)


def cross(client: Client, address: str = LIST, origin: str = PAGE, **headers: str) -> Any:
    return client.get(address, headers={"Origin": origin, **headers})


def preflight(client: Client, method: str, address: str = LIST) -> Any:
    asks = {"Origin": PAGE, "Access-Control-Request-Method": method}
    return client.options(address, headers={**asks, "Access-Control-Request-Headers": "authorization"})


def test_other_origins_read_nothing(client: Client) -> None:
    assert "Access-Control-Allow-Origin" not in cross(client)
    assert "Access-Control-Allow-Origin" not in preflight(client, "GET")


@pytest.mark.usefixtures("shared")
def test_an_origin_that_is_let_in_reads_the_api_alone(client: Client, token: str) -> None:
    response = cross(client, Authorization=f"Bearer {token}")
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Credentials" not in response
    assert "origin" in {name.lower() for name in varies(response)}
    assert "RateLimit" in response["Access-Control-Expose-Headers"]
    assert cross(client, Authorization="Bearer x")["Access-Control-Allow-Origin"] == PAGE
    for address, origin in ((LIST, "https://example.com"), ("/accounts/login/", PAGE)):
        assert "Access-Control-Allow-Origin" not in cross(client, address, origin)


@pytest.mark.usefixtures("shared", "closed_too")
def test_browsers_ask_before_they_send_a_token(client: Client) -> None:
    response = preflight(client, "GET")
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == PAGE
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "authorization" in response["Access-Control-Allow-Headers"]


@pytest.fixture
def closed_too(shared: None, settings: Settings) -> None:
    settings.PUBLIC_READ = False
