"""Metrics: for operators alone, by pattern of address, with nothing of anybody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django.fixtures import Settings

from tests.making import Made

Operator = Callable[..., Any]


def fail(request: HttpRequest) -> HttpResponse:
    raise LookupError("a test")


urlpatterns = [path("fails/", fail), path("", include("investai.urls"))]


def value(body: str, metric: str, /, **labels: str) -> float:
    """Return what a metric says, 0 where it says nothing."""
    for line in body.splitlines():
        if line.startswith((f"{metric}{{", f"{metric} ")):
            has = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if all(has.get(label) == text for label, text in labels.items()):
                return float(line.rsplit(" ", 1)[1])
    return 0.0


@pytest.mark.django_db
def test_metrics_are_for_operators(client: Client, settings: Settings, operator: Operator) -> None:
    def status(**headers: str) -> int:
        return client.get("/metrics", headers=headers).status_code

    assert operator("/metrics").status_code == 200
    assert (status(), status(Authorization="Bearer wrong")) == (401, 401)
    settings.OPERATOR_TOKEN = ""
    assert status(Authorization="Bearer ") == 401
    settings.OPERATOR_LOOPBACK = True
    assert status() == 200
    assert status(**{"X-Forwarded-For": "203.0.113.9"}) == 401, "a proxy that nobody counted"
    settings.TRUSTED_PROXIES = 1
    assert status(**{"X-Forwarded-For": "203.0.113.9"}) == 401
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 401


@pytest.mark.django_db
def test_what_is_counted(client: Client, settings: Settings, operator: Operator) -> None:
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    made = Made()
    made.project("very-secret-slug")
    before = operator("/metrics").content.decode()
    client.get("/projects/very-secret-slug/?q=somebody@example.org")
    client.get("/no/such/page/")
    client.get("/fails/")
    client.generic("BREW", "/healthz")
    for form in ("csv", "jsonl"):
        b"".join(client.get(f"/api/v1/projects/?format={form}"))
    body = operator("/metrics").content.decode()

    def more(metric: str, /, **labels: str) -> float:
        return value(body, metric, **labels) - value(before, metric, **labels)

    total, project = "investai_requests_total", "/projects/<key:slug>/"
    assert sum(more(total, method="GET", route=project, status=status) for status in ("200", "503")) == 1
    assert more("investai_request_seconds_count", method="GET", route=project) == 1
    assert more(total, method="GET", route="none", status="404") == 1
    assert more(total, method="other", route="/healthz", status="405") == 1
    assert more("investai_errors_total", kind="LookupError") == 1
    assert more("investai_exports_total", form="csv") == 1
    assert more("investai_exports_total", form="jsonl") == 1
    assert more("investai_exports_under_way") == 0
    assert value(body, "investai_check", name="database") == 1
    assert value(body, "investai_database_bytes") > 0
    assert "secret" not in body
    assert "somebody" not in body


@pytest.mark.usefixtures("late")
def test_the_lag_is_measured(operator: Operator) -> None:
    body = operator("/metrics").content.decode()
    assert value(body, "investai_pending_requests") == 1
    assert 180 <= value(body, "investai_recompute_lag_seconds") < 200
    assert value(body, "investai_check", name="results") == 0
