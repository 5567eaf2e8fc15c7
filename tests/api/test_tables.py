"""The tables over HTTP: the same bytes as the command's, and clear refusals."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.models import Contribution, Source
from tests.loaded import load_small

pytestmark = pytest.mark.django_db

SMALL = Path(__file__).parent.parent / "data" / "small"
METRICS = ["project_coverage", "envelope_utilisation", "chip_comparison", "portfolio_summary"]


@pytest.fixture
def portfolio() -> None:
    load_small()


def fetched(client: Client, name: str) -> bytes:
    response = client.get(f"/api/v1/{name}/?format=csv")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return response.getvalue()


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_table_equals_the_exported_file(client: Client, tmp_path: Path, name: str) -> None:
    call_command("export_metrics", tmp_path, verbosity=0)
    assert fetched(client, name.replace("_", "-")) == (tmp_path / f"{name}.csv").read_bytes()


@pytest.mark.usefixtures("portfolio")
def test_a_fact_table_has_every_row_of_the_bundle(client: Client) -> None:
    rows = list(csv.DictReader(StringIO(fetched(client, "contribution-events").decode())))
    assert len(rows) == 27
    assert rows[0] == {
        "contribution": "C-001",
        "kind": "announced",
        "occurred_on": "2025-12-04",
        "amount": "400000000.00",
        "confidence": "confirmed",
        "source": "example",
        # Beside what the bundle has stands what saves a reader the joins.
        "id": rows[0]["id"],
        "currency": "EUR",
        "amount_eur": "400000000.00",
        "rate_on": "",
        "project": "giga-a",
        "project_name": "Gigafactory Example A",
        "financier": "eu",
        "financier_name": rows[0]["financier_name"],
        "financier_kind": "eu_budget",
        "instrument": "grant",
        "envelope": "investai-gigafactories",
    }
    assert list(rows[0])[:6] == ["contribution", "kind", "occurred_on", "amount", "confidence", "source"]


@pytest.mark.usefixtures("portfolio")
def test_text_that_a_spreadsheet_would_run_is_made_harmless(client: Client) -> None:
    rows = {
        row["reference"]: row for row in csv.DictReader(StringIO(fetched(client, "contributions").decode()))
    }
    assert rows["C-004"]["note"] == "'=SUM(A1:A9) is text here, not a formula"
    assert Contribution.objects.get(reference="C-004").note.startswith("=SUM")


def test_an_empty_table_has_its_header(client: Client) -> None:
    assert fetched(client, "exchange-rates") == b"currency,date,per_euro\r\n"


def test_results_that_do_not_exist_yet_are_said_to_be_missing(client: Client) -> None:
    response = client.get("/api/v1/project-coverage/?format=csv")
    assert response.status_code == 503
    assert "recompute" in response.json()["detail"]


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/api/v1/projects/?formt=csv", 400, ["formt", "format"]),
        ("/api/v1/projects/?format=xml", 400, ["xml", "csv"]),
        ("/api/v1/projects/?format=csv&format=csv", 400, ["csv, csv", "once"]),
        ("/api/v1/project-coverages/", 404, ["project-coverages", "project-coverage"]),
    ],
)
def test_a_wrong_address_is_a_problem_document(
    client: Client, address: str, status: int, words: list[str]
) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    for word in words:
        assert word in response.json()["detail"]


def test_tables_are_read_only(client: Client) -> None:
    refused = client.post("/api/v1/projects/")
    assert (refused.status_code, refused.json()["title"]) == (405, "Method Not Allowed")


def test_names_in_every_script_come_back_equal(client: Client) -> None:
    title = "Però – Łódź – Αθήνα – Đại học"
    Source.objects.create(key="s", title=title)
    assert title in fetched(client, "sources").decode("utf-8")


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_table_as_of_a_day_equals_the_exported_file(
    client: Client, tmp_path: Path, name: str
) -> None:
    call_command("export_metrics", tmp_path, "--as-of", "2026-03-31", verbosity=0)
    response = client.get(f"/api/v1/{name.replace('_', '-')}/?format=csv&as_of=2026-03-31")
    assert response["As-Of"] == "2026-03-31"
    assert response.getvalue() == (tmp_path / f"{name}.csv").read_bytes()


@pytest.mark.usefixtures("portfolio")
def test_facts_as_of_a_day_leave_out_what_came_later(client: Client) -> None:
    lines = client.get("/api/v1/contribution-events/?format=csv&as_of=2026-03-31").getvalue().decode()
    days = [row["occurred_on"] for row in csv.DictReader(StringIO(lines))]
    assert len(days) == 13
    assert max(days) <= "2026-03-31"


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("name", ["project-coverage", "contribution-events"])
@pytest.mark.parametrize("day", ["31/03/2026", "2999-01-01", "2026-03-31&as_of=2026-04-30"])
def test_a_day_that_cannot_be_shown_is_a_problem_document(client: Client, name: str, day: str) -> None:
    response = client.get(f"/api/v1/{name}/?as_of={day}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["parameter"] == "as_of"
