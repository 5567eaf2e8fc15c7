"""How often one may ask the API, who is counted with whom, and what a missing cache changes: nothing."""

import logging
import os
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client
from pytest_django.fixtures import Settings

from portfolio.api import rates
from portfolio.jobs.api_tokens import note_use
from portfolio.models import ApiToken
from tests.access.people import LIST, asked, made_token, person

pytestmark = pytest.mark.django_db

JSON = "/api/v1/nothing-is-called-so/"
FILE = f"{LIST}?format=csv"
ONE = "192.0.2.1"
MINUTE = 1_800_000_000 - 1_800_000_000 % 60


@pytest.fixture(autouse=True)
def few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests a minute, three with a token or a session; the minute began 20 seconds ago and stays."""
    settings.API_RATES = {"anonymous": 2, "signed-in": 3, "token": 3, "exports": 2}
    clock_shows(monkeypatch, MINUTE + 20.5)
    monkeypatch.setattr(rates, "outage", rates._Outage())


def clock_shows(monkeypatch: pytest.MonkeyPatch, now: float, running: float = 0.0) -> None:
    """Let the counts see a time of day, and another of the clock that measures how long something takes."""
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: now, monotonic=lambda: running))


def read(address: str = JSON, client: Client | None = None, **meta: Any) -> Any:
    return (client or Client()).get(address, **{"REMOTE_ADDR": ONE, **meta})


def test_what_is_left_stands_in_every_answer() -> None:
    first, second, third = (read() for _ in range(3))
    assert first["RateLimit-Policy"] == '"anonymous";q=2;w=60'
    assert first["RateLimit"] == '"anonymous";r=1;t=40'
    assert second["RateLimit"] == '"anonymous";r=0;t=40'
    assert second.status_code == 404
    assert third.status_code == 429
    assert third["RateLimit"] == '"anonymous";r=0;t=40'
    assert third["Retry-After"] == "40"
    assert third["Cache-Control"] == "no-store"
    assert third["Content-Type"] == "application/problem+json"
    problem = third.json()
    assert problem["title"] == "Too many requests"
    assert problem["status"] == 429
    assert "2 requests in a minute" in problem["detail"]
    assert "40 seconds" in problem["detail"]


def test_the_next_minute_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [read().status_code for _ in range(3)] == [404, 404, 429]
    clock_shows(monkeypatch, MINUTE + 60)
    assert read()["RateLimit"] == '"anonymous";r=1;t=60'


def test_each_address_has_its_own() -> None:
    assert [read().status_code for _ in range(3)][-1] == 429
    assert read(REMOTE_ADDR="192.0.2.2").status_code == 404


def test_one_network_of_the_new_internet_is_one_address() -> None:
    assert [read(REMOTE_ADDR=f"2001:db8::{host}").status_code for host in (1, 2, 3)][-1] == 429
    assert read(REMOTE_ADDR="2001:db8:0:1::1").status_code == 404


def test_files_are_counted_apart() -> None:
    for _ in range(3):
        read()
    first = read(FILE)
    assert b"".join(first).startswith(b"key,")
    assert first["RateLimit-Policy"] == '"exports";q=2;w=60'
    by_header = Client().get(JSON, REMOTE_ADDR=ONE, headers={"Accept": "text/csv"})
    assert by_header["RateLimit"] == '"exports";r=0;t=40'
    assert read(FILE).status_code == 429


def test_people_and_tokens_are_counted_wherever_they_ask_from(analyst: Client) -> None:
    ana = person("Analyst", "ana")
    one, other = made_token(ana, name="one"), made_token(ana, name="other")
    for _ in range(3):
        read()
    for host in range(3):
        assert asked(one, JSON, REMOTE_ADDR=f"192.0.2.{host}").status_code == 404
        assert read(client=analyst, REMOTE_ADDR=f"192.0.2.{host}").status_code == 404
    assert asked(one, JSON, REMOTE_ADDR="192.0.2.9").status_code == 429
    assert read(client=analyst, REMOTE_ADDR="192.0.2.9").status_code == 429
    assert asked(other, JSON)["RateLimit"] == '"token";r=2;t=40'


def test_who_guesses_tokens_is_counted_by_address(analyst: Client) -> None:
    statuses = [asked("x", JSON, analyst, REMOTE_ADDR=ONE).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert read(client=analyst).status_code == 404


@pytest.mark.usefixtures("closed")
def test_who_may_not_read_is_counted_too() -> None:
    assert [read().status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "counted_as"),
    [
        (0, ONE, "203.0.113.5", ONE),
        (1, ONE, "203.0.113.5", "203.0.113.5"),
        (1, ONE, "198.51.100.1, 203.0.113.5", "203.0.113.5"),  # what stands before is made up
        (2, ONE, "203.0.113.5, 198.51.100.1", "203.0.113.5"),
        (2, ONE, "203.0.113.5", ONE),  # came in past a proxy
        (1, ONE, "", ONE),
        (1, ONE, "nobody", ONE),
        (1, "", "203.0.113.5:4711", "203.0.113.5"),
        (1, ONE, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, ONE, "::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_an_address_behind_proxies(
    settings: Settings, proxies: int, remote: str, forwarded: str, counted_as: str
) -> None:
    """Two requests under the address that one should be counted as leave nothing for it."""
    for _ in range(2):
        read(REMOTE_ADDR=counted_as)
    settings.TRUSTED_PROXIES = proxies
    meta: dict[str, Any] = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
    assert read(**meta).status_code == 429


def test_pages_are_not_counted() -> None:
    assert "RateLimit" not in Client().get("/accounts/login/", REMOTE_ADDR=ONE)


def test_no_limit(settings: Settings) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    answers = [read() for _ in range(5)]
    assert {answer.status_code for answer in answers} == {404}
    assert "RateLimit" not in answers[-1]


def test_no_address_stands_in_the_cache() -> None:
    read()
    kept = list(vars(caches["default"])["_cache"])
    assert len(kept) == 1
    assert ONE not in kept[0]


def test_a_missing_cache_refuses_nobody_and_is_said_once_a_minute(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.3},
        }
    }
    running = 1000.0

    def said() -> int:
        return sum("The cache does not answer" in record.message for record in caplog.records)

    with caplog.at_level(logging.WARNING, "portfolio.api.rates"):
        for _ in range(8):  # each longer after the one before than the cache is left alone
            running += 7
            clock_shows(monkeypatch, MINUTE, running)
            answer = read()
            assert answer.status_code == 404
            assert "RateLimit" not in answer
        assert said() == 1
        clock_shows(monkeypatch, MINUTE, running + 20)
        read()
        assert said() == 2


@pytest.mark.redis
def test_processes_share_their_counts(settings: Settings) -> None:
    """Another process counts 1 request of this address in the Redis that the settings name."""
    broker = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    code = (
        "import django; django.setup()\n"
        "from portfolio.api import rates\n"
        "from django.conf import settings\n"
        "from types import SimpleNamespace\n"
        f"rates.time = SimpleNamespace(time=lambda: {MINUTE}, monotonic=lambda: 0.0)\n"
        f"counted = rates.count('anonymous', 'address {ONE}')\n"
        "print(counted.asked, settings.CACHES['default']['KEY_PREFIX'])"
    )
    environment = {**os.environ, "CELERY_BROKER_URL": broker, "API_RATE_ANONYMOUS": "2"}
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": broker,
            "KEY_PREFIX": "investai",
        }
    }
    cache.clear()
    try:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["1", "investai"]
        assert read()["RateLimit"] == '"anonymous";r=0;t=40'
        assert read().status_code == 429
    finally:
        cache.clear()


def test_a_note_of_a_use_that_cannot_be_written_refuses_nobody(
    token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from django.db import DatabaseError

    def fails(*_: object, **__: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", fails)
    assert asked(token).status_code == 200
    assert "The use of an API token was not noted: DatabaseError" in caplog.text
    assert token not in caplog.text
    assert ApiToken.objects.get().last_used_at is None
    started = time.monotonic()
    note_use(ApiToken.objects.get(), ONE)
    assert time.monotonic() - started < 5
