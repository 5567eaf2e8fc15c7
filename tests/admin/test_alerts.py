"""Alerts and their thresholds in the admin."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portfolio.models import Alert, AlertThreshold
from portfolio.vocabulary import AlertKind
from tests.admin.test_facts import person
from tests.bundles import load, saved
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture
def covered(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    made = Made().project(need="1000", stages=[("hosting_agreement", "2025-01-01")])
    with django_capture_on_commit_callbacks(execute=True):
        load(saved(made.contribution("c", ("signed", "2025-03-01", "600")).rows, tmp_path))


def expectation() -> AlertThreshold:
    return AlertThreshold.objects.get(kind=AlertKind.COVERAGE_BELOW_EXPECTATION, key="hosting_agreement")


def sent(client: Client, value: str) -> Any:
    address = f"/admin/portfolio/alertthreshold/{expectation().pk}/change/"
    return client.post(address, {"value": value, "note": "Since the formal call."})


@pytest.mark.usefixtures("covered")
def test_an_administrator_changes_a_threshold_and_alerts_follow(
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = person("Administrator")
    assert not Alert.objects.filter(kind=AlertKind.COVERAGE_BELOW_EXPECTATION).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert sent(client, "0.7").status_code == 302
    alert = Alert.objects.get(kind=AlertKind.COVERAGE_BELOW_EXPECTATION)
    assert "70 % is expected" in alert.sentence
    change = expectation().history.latest()  # type: ignore[attr-defined]
    assert (change.history_user.username, change.history_change_reason) == ("administrator", "admin")
    with django_capture_on_commit_callbacks(execute=True):
        sent(client, "0.6")
    alert.refresh_from_db()
    assert alert.resolved_at is not None


@pytest.mark.usefixtures("covered")
@pytest.mark.parametrize("value", ["", "-1", "much"])
def test_a_threshold_that_is_no_number_of_zero_or_more_is_refused(value: str) -> None:
    response = sent(person("Administrator"), value)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["value"]
    assert str(expectation().value) == "0.5"


@pytest.mark.usefixtures("covered")
@pytest.mark.parametrize("role", ["Viewer", "Officer", "Analyst", "Editor"])
def test_others_look_at_alerts_and_thresholds(role: str) -> None:
    client = person(role)
    for name in ("alert", "alertthreshold"):
        assert client.get(f"/admin/portfolio/{name}/").status_code == 200
        assert client.get(f"/admin/portfolio/{name}/add/").status_code == 403
    assert sent(client, "0.7").status_code == 403
    assert str(expectation().value) == "0.5"
