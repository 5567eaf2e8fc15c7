"""What changed as CSV: facts, corrections, and the causes of every difference, which add up."""

import csv
from collections import defaultdict
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client

from portfolio.jobs.facts import save_fact
from portfolio.models import ContributionEvent
from tests.bundles import SMALL, table
from tests.loaded import load_small

pytestmark = pytest.mark.django_db

PERIOD = "from=2025-12-31&to=2026-06-30"
KEYS = {"project_coverage": "project", "envelope_utilisation": "envelope", "chip_comparison": "project"}


@pytest.fixture
def portfolio() -> None:
    load_small()


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(response.getvalue().decode(), newline="")))


@pytest.mark.usefixtures("portfolio")
def test_facts_and_corrections_stand_in_one_file(client: Client) -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="announced")
    event.amount = Decimal("399999999.99")
    save_fact(event, "admin")
    rows = rows_of(client, f"/api/v1/changes/?{PERIOD}&format=csv")
    dated = [row for row in rows if row["change"] in ("added", "ended")]
    assert [row["day"] for row in dated] == sorted(row["day"] for row in dated)
    assert {row["day"] > "2025-12-31" and row["day"] <= "2026-06-30" for row in dated} == {True}
    events = list(csv.DictReader((SMALL / "contribution_events.csv").open(encoding="utf-8", newline="")))
    expected = [row for row in events if "2025-12-31" < row["occurred_on"] <= "2026-06-30"]
    assert len([row for row in dated if row["fact"] == "contribution_events"]) == len(expected)
    assert {row["change"] for row in dated if row["word"] == "cancelled"} <= {"ended"}
    changed = [row for row in rows if row["change"] == "changed"]
    assert [(row["subject"], row["column"], row["old"], row["new"], row["how"]) for row in changed] == [
        ("C-001 announced", "amount", "400000000.00", "399999999.99", "admin")
    ]
    assert changed[0]["recorded_at"]


@pytest.mark.usefixtures("portfolio")
def test_differences_add_up_to_those_of_the_exported_tables(client: Client, tmp_path: Path) -> None:
    causes: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows_of(client, f"/api/v1/differences/?{PERIOD}&format=csv"):
        causes[row["table"], row["key"], row["column"]].append(row)
    compared = 0
    for name, key in KEYS.items():
        before = table(tmp_path / "before", name, "2025-12-31")
        after = table(tmp_path / "after", name, "2026-06-30")
        for slug, cells in before.items():
            for column in set(cells) - {key, "as_of"}:
                if cells[column] == after[slug][column]:
                    continue
                found = causes[name, slug, column]
                assert (found[0]["before"], found[-1]["after"]) == (cells[column], after[slug][column])
                if column.endswith("_eur") and cells[column] and after[slug][column]:
                    total = sum(Decimal(row["difference"]) for row in found)
                    assert total == Decimal(after[slug][column]) - Decimal(cells[column])
                    compared += 1
    assert compared > 10
    assert causes["envelope_utilisation", "techeu-mobilisation", "expected_progress"][0]["fact"] == (
        "passing_of_days"
    )


@pytest.mark.usefixtures("portfolio")
def test_the_causes_of_one_cell_are_those_of_all_of_them(client: Client) -> None:
    whole = rows_of(client, f"/api/v1/differences/?format=csv&{PERIOD}")
    cell = ("portfolio_summary", "secured_eur", "value")
    one = rows_of(
        client, f"/api/v1/differences/?format=csv&{PERIOD}&table={cell[0]}&key={cell[1]}&column={cell[2]}"
    )
    assert one == [row for row in whole if (row["table"], row["key"], row["column"]) == cell]
    assert one[0]["source"] == "example"
    ended = rows_of(client, "/api/v1/differences/?format=csv&from=2025-12-31&as_of=2026-06-30")
    assert ended == whole


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("address", "status", "parameter", "words"),
    [
        ("changes/?from=2026-06-30&to=2026-03-31", 400, "from", "use a day before 2026-03-31"),
        ("changes/?from=2026-03-31&to=2999-12-31", 400, "to", "after today"),
        ("changes/?from=yesterday", 400, "from", "“yesterday” is not a date"),
        ("changes/?since=2026-03-31", 400, "since", "“since” is not a parameter here"),
        ("differences/?from=2026-03-31&format=xml", 400, "format", "Accepted: json, csv, xlsx, jsonl"),
        ("differences/?table=project_coverage&key=giga-a", 400, "column", "column is missing"),
        ("differences/?table=nothing&key=giga-a&column=stage", 404, None, "not a metric table"),
        ("differences/?table=project_coverage&key=nobody&column=stage", 404, None, "no project “nobody”"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(
    client: Client, address: str, status: int, parameter: str | None, words: str
) -> None:
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json().get("parameter") == parameter
    assert words in response.json()["detail"]


def test_before_the_first_recomputation_there_is_nothing_to_compare(client: Client) -> None:
    assert client.get("/api/v1/differences/").status_code == 503
