"""Scenarios through their pages and CSV: what they say, and what is refused."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import (
    Contribution,
    DataVersion,
    Envelope,
    Project,
    ProjectCoverage,
    RecomputeRequest,
    Scenario,
)
from portfolio.rules.dates import today
from tests.dashboards.pages import text_of
from tests.dashboards.scenario_pages import PAGE, TABLES, add, added, faults, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]


def test_a_list_without_scenarios_says_so(client: Client) -> None:
    page = text_of(client, "/scenarios/")
    assert "No scenario has been made yet" in page
    assert "Sign in as an Officer" in page


def test_a_new_scenario_is_the_same_as_the_facts(officer: Client) -> None:
    page = text_of(officer, PAGE)
    assert "A what-if, not records." in page
    assert f"{today().day} {today():%B %Y} (data version 1)" in page
    assert page.count("Nothing differs.") == 4
    assert "Coverage of selected projects at least 23.5 % the same as by the facts" in page
    for table in TABLES:
        lines = officer.get(f"/api/v1/scenarios/what-if/{table}/?format=csv").getvalue().decode()
        for row in csv.DictReader(StringIO(lines, newline="")):
            for name in [name for name in row if name.endswith("_baseline")]:
                assert row[name] == row[name.replace("_baseline", "_scenario")]


def test_the_baseline_is_what_is_published(officer: Client) -> None:
    added(officer, "change_cost", project="giga-a", percent="10")
    for table in TABLES:
        published = list(
            csv.DictReader(
                StringIO(officer.get(f"/api/v1/{table}/?format=csv").getvalue().decode(), newline="")
            )
        )
        compared = list(
            csv.DictReader(
                StringIO(
                    officer.get(f"/api/v1/scenarios/what-if/{table}/?format=csv").getvalue().decode(),
                    newline="",
                )
            )
        )
        assert len(published) == len(compared)
        for before, row in zip(published, compared, strict=True):
            given = {name.removesuffix("_baseline"): value for name, value in row.items()}
            assert {name: given[name] for name in before if name != "kind" or name in given} == before


def test_no_record_and_no_result_is_touched(officer: Client) -> None:
    before = list(ProjectCoverage.objects.order_by("pk").values())
    added(officer, "change_cost", project="giga-a", percent="10")
    added(officer, "drop_project", project="giga-b")
    assert list(ProjectCoverage.objects.order_by("pk").values()) == before
    assert DataVersion.objects.get().number == 1
    assert not RecomputeRequest.objects.exists()


def test_a_higher_cost_shows_both_sides_and_the_difference(officer: Client) -> None:
    row = ProjectCoverage.objects.get(project__slug="giga-b")
    assert row.need_eur is not None
    page = added(officer, "change_cost", project="giga-b", percent="10")
    raised = row.need_eur * 11 / 10
    assert f"Raise the cost of {row.project.name} by 10 %, to €{raised:,.2f}" in page
    found = rows(officer, "project-coverage", "giga-b")
    assert Decimal(found["need_eur_baseline"]) == row.need_eur
    assert Decimal(found["need_eur_scenario"]) == raised
    assert Decimal(found["need_eur_difference"]) == row.need_eur / 10
    assert f"+€{row.need_eur / 10:,.2f}" in page
    assert "Projects: 1 of 6 rows differs" in page


def test_every_kind_of_change_says_what_it_does(officer: Client) -> None:
    contribution = Contribution.objects.exclude(state_today__state__in=["signed", "cancelled"]).first()
    assert contribution is not None
    reference = contribution.reference
    envelope = Envelope.objects.first()
    assert envelope is not None
    giga = Project.objects.get(slug="giga-a").name
    sentences = [
        (added(officer, "sign_contribution", contribution=reference, amount=""), "at its current amount"),
        (added(officer, "sign_contribution", contribution=reference, amount="5.25"), "5.25"),
        (added(officer, "cancel_contribution", contribution=reference), "Cancel the"),
        (
            added(
                officer,
                "add_contribution",
                project="giga-a",
                financier=contribution.financier.slug,
                instrument="loan",
                envelope=envelope.slug,
                amount="200000000",
                currency="EUR",
                state="approved",
            ),
            f"Add €200,000,000.00 of {contribution.financier.name} to {giga} (loan, approved,"
            f" from {envelope.name})",
        ),
        (
            added(officer, "change_cost", project="giga-a", amount="7000000000.00", currency="EUR"),
            f"Set the cost of {giga} to €7,000,000,000.00",
        ),
        (added(officer, "set_stage", project="giga-a", stage="proposal"), "at the stage “Proposal”"),
        (added(officer, "drop_project", project="giga-a"), f"Drop {giga}, as withdrawn"),
        (
            added(officer, "set_figure", figure="gigafactory_limit", value="3"),
            "Set “Gigafactories, at most” to 3",
        ),
        (
            added(officer, "set_envelope_amount", envelope=envelope.slug, amount="1000000.50"),
            f"Set the amount of {envelope.name} to €1,000,000.50",
        ),
        (
            added(officer, "add_chips", project="giga-a", chips="1200", chip_model="", status="planned"),
            f"Add 1,200 planned chips of an unknown model to {giga}",
        ),
    ]
    for page, sentence in sentences:
        assert sentence in page
    last = sentences[-1][0]
    assert "10 changes" in last
    # The two signatures make way for the cancellation, the stage for the withdrawal.
    assert last.count("Change 3 sets the same thing") == 2
    assert last.count("Change 7 sets the same thing") == 1


@pytest.mark.parametrize(
    ("kind", "cells", "sentence"),
    [
        (
            "change_cost",
            {"project": "giga-a", "amount": "1.005", "currency": "EUR"},
            "Or to an amount: “1.005” has more than 2 decimals."
            " Accepted: a decimal point, at most 2 decimals, from 0 to 999999999999.99.",
        ),
        (
            "change_cost",
            {"project": "giga-z", "percent": "10"},
            "Project: there is no project “giga-z”. Accepted: the slug of a project that is recorded.",
        ),
        (
            "change_cost",
            {"project": "giga-a", "amount": "5", "currency": "USD"},
            f"Currency: “USD” has no exchange rate on or before {today()}."
            " Accepted: EUR, or a currency with a recorded rate.",
        ),
        (
            "change_cost",
            {"project": "giga-a", "percent": "5", "amount": "5", "currency": "EUR"},
            "Percent and amount are both given. Accepted: one of the two.",
        ),
        (
            "change_cost",
            {"project": "giga-a", "currency": "EUR"},
            "Percent and amount are both empty. Accepted: one of the two.",
        ),
        ("change_cost", {"project": "giga-a", "percent": "-101"}, "“-101” is out of range"),
        ("change_cost", {"project": "giga-a", "percent": "ten"}, "“ten” is not a number"),
        (
            "set_envelope_amount",
            {"envelope": "techeu-mobilisation", "amount": "-5"},
            "Amount, euro: “-5” is a negative amount.",
        ),
        (
            "set_envelope_amount",
            {"envelope": "techeu-mobilisation", "amount": "0"},
            "Amount, euro: an envelope of zero.",
        ),
        ("set_stage", {"project": "giga-a", "stage": "dreaming"}, "Stage: “dreaming” is not in the list"),
        ("set_figure", {"figure": "gigafactory_limit", "value": "2.5"}, "Accepted: a whole number."),
        ("set_figure", {"figure": "chips_vs_existing", "value": "-1"}, "Value: “-1” is negative."),
        (
            "add_chips",
            {"project": "giga-a", "chips": "1.5", "status": "planned"},
            "Chips: “1.5” is not a whole number of chips.",
        ),
        ("add_chips", {"project": "", "chips": "1", "status": "planned"}, "Project is empty. It is needed."),
        ("sign_contribution", {"contribution": "C\0"}, "is not a key"),
        ("rob_a_bank", {}, "“rob_a_bank” is not a kind of change. Accepted: sign_contribution,"),
    ],
)
def test_what_cannot_be_entered_is_refused_by_name(
    officer: Client, kind: str, cells: dict[str, str], sentence: str
) -> None:
    response = add(officer, kind, **cells)
    assert response.status_code == 400
    assert any(sentence in fault for fault in faults(response)), faults(response)
    assert not Scenario.objects.get().changes.exists()


def test_what_was_typed_stays_in_a_refused_form(officer: Client) -> None:
    body = add(officer, "change_cost", project="giga-a", amount="1,5", currency="EUR").content.decode()
    assert 'value="1,5"' in body
    assert '<option value="giga-a" selected>' in body


def test_a_target_that_vanished_is_told_and_the_rest_counts(officer: Client) -> None:
    added(officer, "change_cost", project="giga-a", percent="10")
    contribution = Contribution.objects.filter(project__slug="giga-b").first()
    assert contribution is not None
    added(officer, "cancel_contribution", contribution=contribution.reference)
    for event in contribution.events.all():
        delete_fact(event, "test")
    delete_fact(contribution, "test")
    page = text_of(officer, PAGE)
    assert f"not applicable There is no contribution “{contribution.reference}” any more." in page
    assert "Projects: 1 of 6 rows differs" in page


def test_facts_that_changed_move_both_sides(officer: Client) -> None:
    added(officer, "change_cost", project="giga-b", percent="10")
    before = rows(officer, "project-coverage", "giga-b")
    estimate = Project.objects.get(slug="giga-b").cost_estimates.latest("estimated_on")
    estimate.amount *= 2
    save_fact(estimate, "test")
    after = rows(officer, "project-coverage", "giga-b")
    for side in ("need_eur_baseline", "need_eur_scenario"):
        assert Decimal(after[side]) == 2 * Decimal(before[side])


def test_a_scenario_over_the_facts_of_a_past_date(officer: Client) -> None:
    added(officer, "change_cost", project="giga-a", percent="10")
    page = text_of(officer, f"{PAGE}?as_of=2026-03-31")
    assert "31 March 2026" in page
    published = {
        row["project"]: row
        for row in csv.DictReader(
            StringIO(
                officer.get("/api/v1/project-coverage/?as_of=2026-03-31&format=csv").getvalue().decode(),
                newline="",
            )
        )
    }
    found = rows(officer, "project-coverage", "giga-a", "&as_of=2026-03-31")
    assert found["as_of"] == "2026-03-31"
    assert found["need_eur_baseline"] == published["giga-a"]["need_eur"]
    assert "not a date" in text_of(officer, f"{PAGE}?as_of=yesterday", status=400)


def test_more_gigafactories_than_places_are_pointed_out(officer: Client) -> None:
    page = added(officer, "set_figure", figure="gigafactory_limit", value="1")
    assert "More gigafactories are selected here than the published limit allows" in page


def test_all_rows_on_demand(officer: Client) -> None:
    added(officer, "change_cost", project="giga-a", percent="10")
    page = text_of(officer, f"{PAGE}?rows=project-coverage")
    assert "Projects: all rows, those that differ first" in page
    for name in Project.objects.values_list("name", flat=True):
        assert name in page
    for table in TABLES:
        text_of(officer, f"{PAGE}?rows={table}&page=9")


def test_a_change_is_removed_and_the_others_keep_their_numbers(officer: Client) -> None:
    added(officer, "drop_project", project="giga-a")
    added(officer, "drop_project", project="giga-b")
    for _ in range(2):  # the second click finds nothing to remove
        assert officer.post(f"{PAGE}changes/1/remove/").status_code == 302
    assert list(Scenario.objects.get().changes.values_list("position", "project")) == [(2, "giga-b")]


def test_names_are_checked_and_addresses_are_free(officer: Client) -> None:
    response = officer.post("/scenarios/", {"name": " ", "note": ""})
    assert (response.status_code, faults(response)) == (400, ["Name is empty. It is needed."])  # type: ignore[arg-type]
    response = officer.post("/scenarios/", {"name": "x" * 201})
    assert faults(response) == ["Name has 201 characters. Accepted: at most 200."]  # type: ignore[arg-type]
    for address in ("/scenarios/what-if-2/", "/scenarios/what-if-3/"):
        assert officer.post("/scenarios/", {"name": "What if?"}).url == address  # type: ignore[attr-defined]
    assert officer.post("/scenarios/", {"name": "Αθήνα"}).url == "/scenarios/scenario/"  # type: ignore[attr-defined]
    assert "What if? 0 officer" in text_of(officer, "/scenarios/")


def test_a_scenario_has_no_end_of_changes(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.jobs.scenarios.MOST_CHANGES", 1)
    added(officer, "drop_project", project="giga-a")
    response = add(officer, "drop_project", project="giga-b")
    assert "The scenario has 1 changes, and may have no more. Remove one first." in faults(response)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("what-if/projects/", 404, "“projects” is not a table of a scenario. Accepted: chip-comparison,"),
        ("nothing/project-coverage/", 404, "There is no scenario “nothing”."),
        ("what-if/project-coverage/?format=xml", 400, "xml"),
        ("what-if/project-coverage/?formt=csv", 400, "formt"),
        ("what-if/project-coverage/?as_of=2099-01-01", 400, "after today"),
    ],
)
def test_a_wrong_address_is_a_problem_document(
    officer: Client, address: str, status: int, words: str
) -> None:
    response = officer.get(f"/api/v1/scenarios/{address}")
    assert response.status_code == status
    assert words in response.json()["detail"]


def test_the_queries_do_not_grow_with_the_changes(officer: Client) -> None:
    """Neither where changes concern projects, nor where they reach all through the existing baseline."""

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            officer.get(PAGE)
        return len(captured)

    added(officer, "change_cost", project="giga-a", percent="10")
    contribution = Contribution.objects.filter(state_today__state="signed").first()
    assert contribution is not None
    added(officer, "cancel_contribution", contribution=contribution.reference)
    few = queries()
    slugs = list(Project.objects.values_list("slug", flat=True))
    for slug in slugs:
        added(officer, "change_cost", project=slug, amount="5", currency="PLN")
    assert queries() == few
    for slug in slugs:
        added(officer, "set_stage", project=slug, stage="idea")
    reaching_all = queries()
    for slug in slugs:
        added(officer, "set_stage", project=slug, stage="proposal")
    assert queries() == reaching_all
