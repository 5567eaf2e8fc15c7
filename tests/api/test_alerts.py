"""Alerts as CSV: every occurrence, open and resolved."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.jobs import recompute as job
from portfolio.jobs.facts import save_fact
from portfolio.models import Alert, ContributionEvent
from tests.bundles import load, saved
from tests.making import Made

pytestmark = pytest.mark.django_db


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/api/v1/alerts/?format=csv{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(response.getvalue().decode())))


def test_every_occurrence_is_a_row(client: Client, tmp_path: Path) -> None:
    made = Made().project().envelope("e")
    load(saved(made.contribution("c", ("signed", "2025-03-01", "1500"), envelope="e").rows, tmp_path))
    call_command("recompute", verbosity=0)
    for amount in (900, 1100):
        event = ContributionEvent.objects.get()
        event.amount = amount
        save_fact(event, "a test")
        job.answer_requests()
    found = [row for row in rows(client) if row["kind"] == "envelope_over_allocated"]
    assert [row["measured"] for row in found] == ["1500.00", "1100.00"]
    first, second = found
    assert (first["severity"], first["subject"], first["subject_key"]) == ("critical", "envelope", "e")
    assert (first["project"], first["envelope"], first["threshold"]) == ("", "e", "1000.00")
    assert first["resolved_at"].endswith("Z")
    assert second["resolved_at"] == ""
    assert rows(client, f"&as_of={date(2020, 1, 1)}") == [], "none had been seen"


def test_text_that_a_spreadsheet_would_run_is_made_harmless(client: Client, tmp_path: Path) -> None:
    made = Made().project(stages=[("selected", "2025-01-01")])
    load(saved(made.rows, tmp_path))
    call_command("recompute", verbosity=0)
    Alert.objects.update(acknowledgement_note="=1+1", acknowledged_at="2026-01-01T00:00:00Z")
    assert {row["acknowledgement_note"] for row in rows(client)} == {"'=1+1"}


def test_an_unknown_parameter_is_named(client: Client) -> None:
    response = client.get("/api/v1/alerts/?kinds=x")
    assert response.status_code == 400
    assert "“kinds” is not a parameter here" in response.json()["detail"]
