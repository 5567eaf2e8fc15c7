"""Alive, ready, and what is missing: a word for everybody, the detail for operators alone."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from operations import heartbeats
from tests.access.people import person
from tests.dashboards.pages import text_of

BROKER = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
DEAD_BROKER = "redis://127.0.0.1:1/0"

Operator = Callable[..., Any]


def found(response: Any) -> dict[str, tuple[bool, str]]:
    return {check["name"]: (check["ok"], check["detail"]) for check in response.json()["checks"]}


def test_alive_needs_neither_database_nor_known_host(client: Client) -> None:
    """No mark of pytest-django: a query would fail this test."""
    response = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert response["Cache-Control"] == "no-store"
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_is_a_word_for_everybody_and_detail_for_operators(client: Client, operator: Operator) -> None:
    everybody = client.get("/readyz")
    assert (everybody.status_code, everybody.content) == (200, b"ready\n")
    wrong = client.get("/readyz", headers={"Authorization": "Bearer wrong"})
    assert wrong.content == b"ready\n"
    assert set(found(operator("/readyz"))) == {
        "database",
        "migrations",
        "results",
        "broker",
        "worker",
        "beat",
    }


@pytest.mark.django_db
def test_a_database_that_is_down_is_said(
    client: Client, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no route to the host db.internal of user postgres")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert client.get("/readyz").content == b"not ready\n"
    response = operator("/readyz?for=traffic")
    assert response.status_code == 503
    assert found(response)["database"] == (False, "does not answer (OperationalError)")
    assert "postgres " not in response.content.decode()


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_keeps_traffic_away(client: Client, operator: Operator) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    assert client.get("/readyz?for=traffic").status_code == 503
    ok, detail = found(operator("/readyz"))["migrations"]
    assert not ok
    assert "1 not applied, the first sessions.0001_initial" in detail


@pytest.mark.usefixtures("late")
def test_results_that_are_behind_are_said_but_keep_no_traffic_away(
    client: Client, operator: Operator
) -> None:
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz?for=traffic").content == b"ready\n"
    assert "1 changes wait for a recomputation, the oldest for 18" in found(operator("/readyz"))["results"][1]


@pytest.mark.django_db
def test_a_broker_that_is_down_is_said(client: Client, operator: Operator, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = DEAD_BROKER
    began = time.monotonic()
    response = operator("/readyz")
    assert time.monotonic() - began < 2
    assert response.status_code == 503
    assert found(response)["broker"] == (False, "does not answer (ConnectionError)")
    assert client.get("/readyz?for=traffic").status_code == 200


@pytest.mark.redis
@pytest.mark.django_db
def test_workers_and_beat_are_heard_of(
    client: Client, operator: Operator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = BROKER
    heartbeats._connected(BROKER).delete(heartbeats.PROCESSES, heartbeats.TASKS)
    assert found(operator("/readyz"))["worker"] == (False, "never heard of")
    now = time.time()
    monkeypatch.setattr("operations.heartbeats.time.time", lambda: now)
    heartbeats.say_alive(heartbeats.WORKER, "w1@host")
    heartbeats.say_alive(heartbeats.BEAT, "host")
    heartbeats.note_task("portfolio.tasks.sweep", "succeeded", 0.25)
    heartbeats.note_task("portfolio.tasks.sweep", "succeeded", 0.5)
    assert found(operator("/readyz"))["worker"][0]
    body = operator("/metrics").content.decode()
    assert 'investai_tasks_total{outcome="succeeded",task="portfolio.tasks.sweep"} 2.0' in body
    assert 'investai_task_seconds_total{outcome="succeeded",task="portfolio.tasks.sweep"} 0.75' in body
    monkeypatch.setattr("operations.heartbeats.time.time", lambda: now + 61)
    assert "last heard of 61 seconds ago" in found(operator("/readyz"))["beat"][1]
    heartbeats.say_gone(heartbeats.WORKER, "w1@host")
    assert found(operator("/readyz"))["worker"] == (False, "never heard of")


@pytest.mark.usefixtures("late")
def test_the_page_of_operations_is_for_administrators(client: Client) -> None:
    for role in ("Viewer", "Officer", "Analyst", "Editor"):
        client.force_login(person(role))
        assert client.get("/operations/").status_code == 403, role
        assert client.get("/operations/checks/").status_code == 403, role
        assert "Operations" not in text_of(client, "/accounts/login/")
    client.force_login(person("Administrator"))
    text = text_of(client, "/operations/")
    assert "1 of 6 checks not ready Results: 1 changes wait for a recomputation" in text
    assert "No run yet." in text
    assert "There is no broker" in text
    assert "Django 5.2" in text
    response = client.get("/operations/checks/")
    assert response.json()["state"] == "not ready"
    assert found(response)["database"][0]
