"""Publications over HTTP: the list, a frozen table byte for byte, and what was restated, by whom."""

import csv
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Project,
    Publication,
)
from portfolio.queries.publications import digest
from tests.bundles import SMALL, load, metrics, saved
from tests.making import Made
from tests.publishing import thawed

pytestmark = pytest.mark.django_db

DAY = "2026-06-30"


@pytest.fixture
def board(tmp_path: Path) -> dict[str, str]:
    """The worked example, published as of a day; returns what export_metrics wrote at that moment."""
    load(SMALL)
    exported = metrics(tmp_path / "then", DAY)
    call_command("publish_results", "Board", "--as-of", DAY, note="=note", verbosity=0)
    return exported


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200, response.content
    return list(csv.DictReader(StringIO(response.getvalue().decode())))


def corrected(anna: bool = True) -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = Decimal("1.23")
    if anna:
        event._history_user = User.objects.create_user("anna")  # type: ignore[attr-defined]
    save_fact(event, "admin")


def test_a_frozen_table_is_served_byte_for_byte_whatever_changed(
    client: Client, board: dict[str, str]
) -> None:
    corrected()
    for name, text in board.items():
        table = name.removesuffix(".csv").replace("_", "-")
        for more in ("", f"&as_of={DAY}"):
            response = client.get(f"/api/v1/{table}/?format=csv&published=board{more}")
            assert response.content == text.encode()
            assert response["As-Of"] == DAY
    restated = client.get(f"/api/v1/project-coverage/?format=csv&as_of={DAY}").getvalue().decode()
    assert restated != board["project_coverage.csv"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("project-coverage/?published=nope", 404, "There is no publication “nope”"),
        ("project-coverage/?published=", 400, "published is empty"),
        (
            "project-coverage/?published=board&as_of=2026-03-31",
            400,
            "was published as of 2026-06-30, not 2026",
        ),
        ("project-coverage/?published=board&as_of=soon", 400, "“soon” is not a date"),
        ("project-coverage/?published=board&published=board", 400, "Accepted: once"),
        ("project-coverage/?published=board&format=xml", 400, "xml"),
        ("contribution-events/?published=board", 400, "“published” is not a parameter here"),
        ("publications/?as_of=2026-06-30", 400, "“as_of” is not a parameter here"),
        ("publications/nope/restated/", 404, "There is no publication “nope”"),
    ],
)
@pytest.mark.usefixtures("board")
def test_what_cannot_be_answered_is_a_problem_document(
    client: Client, address: str, status: int, said: str
) -> None:
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert said in response.json()["detail"]


def test_the_list_of_publications_is_a_table(client: Client, board: dict[str, str]) -> None:
    [row] = rows_of(client, "/api/v1/publications/?format=csv")
    assert row["slug"] == "board"
    assert row["note"] == "'=note"
    assert row["as_of"] == DAY
    order = ("project_coverage", "envelope_utilisation", "chip_comparison", "portfolio_summary")
    assert row["checksum"] == digest(board[f"{name}.csv"] for name in order)


def restated(client: Client) -> dict[tuple[str, str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows_of(client, "/api/v1/publications/board/restated/?format=csv"):
        found.setdefault((row["table"], row["key"], row["column"]), []).append(row)
    return found


@pytest.mark.usefixtures("board")
def test_nothing_is_restated_where_nothing_changed(client: Client) -> None:
    assert restated(client) == {}


@pytest.mark.usefixtures("board")
def test_a_restated_figure_names_the_fact_the_person_and_both_values(client: Client) -> None:
    corrected()
    found = restated(client)
    [row] = found["project_coverage", "giga-a", "signed_eur"]
    assert row["published"] != row["restated"]
    assert (row["fact"], row["record"], row["change"]) == ("contribution_events", "C-001 signed", "changed")
    assert (row["by"], row["how"]) == ("anna", "admin")
    assert row["values"].startswith("amount: ")
    assert row["values"].endswith("→ 1.23")
    touched = {(table, key) for table, key, _ in found}
    assert ("envelope_utilisation", "investai-gigafactories") in touched
    assert ("portfolio_summary", "secured_eur") in touched
    assert {row["record"] for rows in found.values() for row in rows} == {"C-001 signed"}
    assert not any(row["reason"] for rows in found.values() for row in rows)


@pytest.mark.usefixtures("board")
def test_each_figure_is_explained_by_the_facts_that_bear_on_it(client: Client) -> None:
    delete_fact(CostEstimate.objects.filter(project__slug="giga-b").latest("estimated_on"), "admin")
    corrected(anna=False)
    found = restated(client)
    assert {row["record"] for row in found["project_coverage", "giga-a", "signed_eur"]} == {"C-001 signed"}
    [need] = found["project_coverage", "giga-b", "need_eur"]
    assert (need["record"], need["change"], need["restated"]) == ("giga-b", "deleted", "")
    assert {row["record"] for row in found["portfolio_summary", "need_eur", "value"]} == {"giga-b"}
    assert {row["record"] for row in found["portfolio_summary", "coverage", "value"]} == {
        "C-001 signed",
        "giga-b",
    }


@pytest.mark.usefixtures("board")
def test_facts_after_the_day_restate_nothing(client: Client) -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.pk, event.kind, event.occurred_on = None, "disbursed", "2026-07-01"
    event._state.adding = True
    save_fact(event, "admin")
    assert restated(client) == {}


def test_what_is_gone_or_new_is_said_to_be(client: Client, tmp_path: Path, board: dict[str, str]) -> None:
    load(saved(Made().project("new").rows, tmp_path / "other"), replace=True)
    found = restated(client)
    [gone] = found["project_coverage", "giga-a", ""]
    assert gone["reason"] == "This row is gone."
    assert (gone["fact"], gone["change"], gone["how"]) == ("projects", "deleted", "load_portfolio")
    [new] = found["chip_comparison", "new", ""]
    assert new["reason"] == "This row is not in the publication."
    assert (new["record"], new["change"]) == ("new", "entered")
    answer = client.get("/api/v1/project-coverage/?format=csv&published=board")
    assert answer.content.decode() == board["project_coverage.csv"]


def test_a_corrected_rate_explains_the_figures_of_its_currency(client: Client, tmp_path: Path) -> None:
    made = Made().project(need="100").rate("PLN", "2026-01-01", "4").project("other", need="100")
    made.contribution("c", ("signed", "2026-02-01", "40"), currency="PLN")
    made.contribution("d", ("signed", "2026-02-01", "40"), project="other")
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("publish_results", "Board", "--as-of", DAY, verbosity=0)
    rate = ExchangeRate.objects.get()
    rate.per_euro = Decimal(5)
    save_fact(rate, "admin")
    found = restated(client)
    [row] = found["project_coverage", "p", "signed_eur"]
    assert (row["published"], row["restated"], row["fact"]) == ("10.00", "8.00", "exchange_rates")
    assert row["values"] == "per_euro: 4.000000 → 5.000000"
    assert not any(key == "other" for _, key, _ in found)


@pytest.mark.usefixtures("board")
def test_a_contribution_that_moved_explains_both_projects_and_both_envelopes(client: Client) -> None:
    contribution = Contribution.objects.get(reference="C-001")
    contribution.project = Project.objects.get(slug="giga-b")
    contribution.envelope = Envelope.objects.get(slug="tiny-envelope")
    save_fact(contribution, "admin")
    found = restated(client)
    for key in (
        ("project_coverage", "giga-a", "signed_eur"),
        ("project_coverage", "giga-b", "signed_eur"),
        ("envelope_utilisation", "investai-gigafactories", "signed_eur"),
        ("envelope_utilisation", "tiny-envelope", "signed_eur"),
    ):
        [row] = found[key]
        assert (row["fact"], row["record"]) == ("contributions", "C-001"), key
    assert not any(row["reason"] for rows in found.values() for row in rows)


@pytest.mark.usefixtures("board")
def test_a_difference_without_a_fact_says_so(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portfolio_portfoliosummary SET value = '7' WHERE metric = 'gigafactories_selected'"
        )
    [row] = restated(client)["portfolio_summary", "gigafactories_selected", "value"]
    assert row["reason"] == "No fact recorded since bears on it."
    with thawed(), connection.cursor() as cursor:
        cursor.execute("UPDATE portfolio_publication SET rules_version = '2020.1'")
    [row] = restated(client)["portfolio_summary", "gigafactories_selected", "value"]
    assert row["reason"].startswith(
        "No fact recorded since bears on it: the rules changed, from version 2020.1"
    )


@pytest.mark.usefixtures("board")
def test_a_publication_that_was_tampered_with_is_not_served(client: Client) -> None:
    with thawed(), connection.cursor() as cursor:
        cursor.execute("UPDATE portfolio_publishedtable SET csv = 'x' WHERE name = 'project_coverage'")
    for address in ("project-coverage/?published=board", "publications/board/restated/"):
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 500
        assert "The text of project_coverage is not the one that was published." in response.json()["detail"]
    assert Publication.objects.count() == 1
