"""The illustrative portfolio: invented, says so everywhere, and shows what it promises to show."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import Resolver404, resolve

from portfolio.models import (
    ContributionEvent,
    ExchangeRate,
    Project,
    PublishedFigure,
    PublishedFigureReading,
)
from portfolio.queries.page_facts import NOTICE
from tests.bundles import contents, read_bundle, table
from tests.loaded import ILLUSTRATIVE, load_illustrative
from tests.strategies import Row

TODAY = date(2026, 11, 25)
BUNDLE = read_bundle(ILLUSTRATIVE)
PUBLISHER = "InvestAI tracker, illustrative data"
HAPPENED = (
    "reached_on",
    "estimated_on",
    "occurred_on",
    "done_on",
    "signed_on",
    "published_on",
    "as_of",
    "date",
)


@pytest.fixture
def illustrative(db: None) -> None:
    load_illustrative()


@pytest.fixture
def coverage(illustrative: None, tmp_path: Path) -> dict[str, Row]:
    return table(tmp_path, "project_coverage", TODAY)


@pytest.fixture
def envelopes(illustrative: None, tmp_path: Path) -> dict[str, Row]:
    return table(tmp_path, "envelope_utilisation", TODAY)


@pytest.fixture
def chips(illustrative: None, tmp_path: Path) -> dict[str, Row]:
    return table(tmp_path, "chip_comparison", TODAY)


def above(row: Row, column: str, bound: str) -> bool:
    return Decimal(row[column] or "0") > Decimal(bound)


# --- It is what it says -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("illustrative")
def test_the_files_are_what_saving_writes(tmp_path: Path) -> None:
    call_command("save_portfolio", tmp_path, confidential=True, verbosity=0)
    committed = {name: text for name, text in contents(ILLUSTRATIVE).items() if name.endswith(".csv")}
    assert contents(tmp_path) == committed
    of_portfolio = [rows for name, rows in BUNDLE.items() if not name.startswith(("advis", "readiness"))]
    assert 400 <= sum(map(len, of_portfolio)) <= 1100


def test_only_chip_models_and_the_rates_have_a_real_source() -> None:
    real = {row["key"] for row in BUNDLE["sources"] if row["publisher"] != PUBLISHER}
    assert not [row for row in BUNDLE["sources"] if row["key"] not in real and row["url"]]
    assert {row["source"] for row in BUNDLE["chip_models"]} | {"ecb-eurofxref"} == real
    for name, rows in BUNDLE.items():
        if name != "chip_models":
            assert not [row for row in rows if row.get("source") in real], name


def test_only_plans_lie_in_the_future() -> None:
    for name, rows in BUNDLE.items():
        for row in rows:
            for column in HAPPENED:
                assert row.get(column, "") <= "2026-11-20", (name, row)
    assert any(row["due_on"] > str(TODAY) for row in BUNDLE["milestones"])


@pytest.mark.usefixtures("illustrative")
def test_the_banner_is_on_every_page(client: Client) -> None:
    client.force_login(User.objects.create_superuser("someone", password="a-long-password"))
    banner = PublishedFigure.objects.get(key=NOTICE).statement
    assert "invented" in banner
    seen = Counter(
        view for view, text in pages(client) if banner in text or pytest.fail(f"No banner: {view}")
    )
    assert {"overview", "project", "envelope", "chips", "published-figures", "memorandum", "data"} <= set(
        seen
    )


@pytest.mark.usefixtures("illustrative")
def test_the_banner_is_where_no_results_are_shown_too(client: Client) -> None:
    banner = PublishedFigure.objects.get(key=NOTICE).statement
    for address in ("/accounts/login/", "/nope/", "/admin/login/"):
        assert banner in client.get(address).content.decode(), address
    client.force_login(User.objects.create_superuser("someone", password="a-long-password"))
    for address in ("/admin/", "/admin/portfolio/project/", "/admin/portfolio/project/add/"):
        assert banner in client.get(address).content.decode(), address


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of pages reached from the overview by links, a few of each kind."""
    waiting, known, visits = ["/"], {"/"}, Counter[str]()
    while waiting:
        address = waiting.pop(0)
        try:
            match = resolve(address)
        except Resolver404:
            continue
        if match.namespaces or match.view_name == "logout" or visits[match.view_name] == 3:
            continue
        response = client.get(address)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        visits[match.view_name] += 1
        text = response.content.decode()
        yield match.view_name, text
        found = dict.fromkeys(re.findall(r'href="(/[^"#?]*)', text))
        waiting += [
            link for link in found if link not in known and not link.startswith(("/static/", "/admin/"))
        ]
        known.update(found)


# --- Money ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("illustrative")
def test_the_places_are_used_up(tmp_path: Path) -> None:
    summary = table(tmp_path, "portfolio_summary", TODAY)
    assert summary["gigafactories_selected"]["value"] == "5"
    assert summary["gigafactory_slots_free"]["value"] == "0"
    assert Project.objects.filter(kind="ai_gigafactory").count() == 9
    assert 12 <= Project.objects.filter(kind="ai_factory").count() <= 19


def test_stages_of_every_sort_are_there(coverage: dict[str, Row]) -> None:
    stages = {row["stage"] for row in coverage.values()}
    assert stages >= {"expression_of_interest", "proposal", "not_selected", "withdrawn", "construction", ""}


def test_every_reason_for_a_gap_is_there(coverage: dict[str, Row], chips: dict[str, Row]) -> None:
    said = {
        word for row in [*coverage.values(), *chips.values()] for word in row["incomplete"].split(";") if word
    }
    assert said == {
        "amount_unknown",
        "chip_count_unknown",
        "chip_model_unknown",
        "no_cost_estimate",
        "no_exchange_rate",
    }


def test_money_stands_where_it_should_not(coverage: dict[str, Row]) -> None:
    """What the alerts are about, each at a project."""
    assert coverage["aigaio"]["stage"] == "withdrawn"
    assert above(coverage["aigaio"], "signed_eur", "0")
    gigafactories = set(Project.objects.filter(kind="ai_gigafactory").values_list("slug", flat=True))
    running = {
        slug: row for slug, row in coverage.items() if row["stage"] not in ("withdrawn", "not_selected")
    }
    too_much_eu = {
        slug for slug in gigafactories & set(running) if above(running[slug], "eu_budget_share", "0.17")
    }
    assert too_much_eu == {"wisla-zulawy"}
    less_than_eu = {
        slug
        for slug, row in running.items()
        if above(row, "eu_budget_share", row["participating_state_share"] or "0")
    }
    assert less_than_eu == {"wisla-zulawy"}
    assert {slug for slug, row in running.items() if above(row, "eib_group_share", "0.5")} == {"carpati-duna"}
    assert coverage["wisla-zulawy"]["stage"] == "construction"
    assert not above(coverage["wisla-zulawy"], "coverage", "0.4")
    assert above(coverage["tisza"], "coverage", "1")


def test_envelopes_are_over_allocated_on_track_and_behind(envelopes: dict[str, Row]) -> None:
    child, parent = envelopes["investai-grants-2025-2027"], envelopes["investai-gigafactories"]
    assert (child["over_allocated"], parent["over_allocated"]) == ("true", "false")
    assert parent["amount_eur"] == "20000000000.00"
    assert {row["slug"]: row["parent"] for row in BUNDLE["envelopes"]}[child["envelope"]] == parent[
        "envelope"
    ]
    on_track = {
        slug: row["on_track"] for slug, row in envelopes.items() if row["kind"] == "mobilisation_target"
    }
    assert on_track == {
        "investai-mobilisation": "true",
        "techeu-mobilisation": "false",
        "investai-second-round": "",
    }
    techeu = envelopes["techeu-mobilisation"]
    assert above(techeu, "gross_mobilised_eur", techeu["mobilised_eur"])
    assert above(techeu, "mobilised_eur", techeu["attributed_eur"])


def amounts(kind: str) -> dict[str, list[Decimal]]:
    """Return the known amounts of one kind of event by contribution, in the order of their days."""
    found: dict[str, list[Decimal]] = {}
    for row in BUNDLE["contribution_events"]:
        if row["kind"] == kind and row["amount"]:
            found.setdefault(row["contribution"], []).append(Decimal(row["amount"]))
    return found


def test_contributions_are_amended_cancelled_signed_again_and_overpaid() -> None:
    approved, signed, paid = amounts("approved"), amounts("signed"), amounts("disbursed")
    for reference in ("ST-02", "TR-02"):
        assert signed[reference][-1] < signed[reference][0]
    assert {key for key in paid if key in signed and sum(paid[key]) > signed[key][-1]} == {"TR-03"}
    assert {key for key in approved if key in signed and signed[key][-1] > approved[key][-1]} == {"WZ-01"}
    kinds: dict[str, list[str]] = {}
    for row in BUNDLE["contribution_events"]:
        kinds.setdefault(row["contribution"], []).append(row["kind"])
    assert kinds["WZ-05"][-2:] == ["cancelled", "signed"]
    assert kinds["TR-10"][-2:] == ["disbursed", "cancelled"]
    assert any(row["kind"] == "signed" and not row["amount"] for row in BUNDLE["contribution_events"])
    instruments = {row["instrument"] for row in BUNDLE["contributions"]}
    assert instruments >= {
        "guarantee",
        "equity",
        "venture_debt",
        "in_kind",
        "commercial_debt",
        "quasi_equity",
    }


@pytest.mark.usefixtures("illustrative")
def test_rates_are_missing_and_old() -> None:
    currencies = {row["currency"] for row in BUNDLE["contributions"]}
    assert currencies == {"EUR", "PLN", "SEK", "CZK", "DKK", "RON", "HUF", "NOK"}
    assert not ExchangeRate.objects.filter(currency="NOK").exists()
    dated = ContributionEvent.objects.exclude(rate_on=None).values_list(
        "contribution__reference", "occurred_on", "rate_on"
    )
    assert {key for key, day, rate_on in dated if rate_on and (day - rate_on).days > 10} == {"WZ-02"}


def test_estimates_change_and_are_missing(coverage: dict[str, Row]) -> None:
    estimates = Counter(row["project"] for row in BUNDLE["cost_estimates"])
    assert estimates["wisla-zulawy"] == estimates["dolomiti-tauern"] == 4
    assert {slug for slug, row in coverage.items() if not row["need_eur"]} == {"gauja", "waddenzee-ems"}


# --- Chips, time and what others say ----------------------------------------------------------------------


def test_chips_are_planned_contracted_installed_at_work_and_retired(chips: dict[str, Row]) -> None:
    for status in ("planned", "contracted", "installed", "operational"):
        assert any(above(row, f"{status}_chips", "0") for row in chips.values()), status
    deployments = BUNDLE["chip_deployments"]
    assert any(row["retired_on"] for row in deployments)
    assert {row["bound"] for row in deployments} == {"exact", "about", "at_least", "at_most"}
    assert any(not row["chips"] for row in deployments)
    assert any(not row["chip_model"] for row in deployments)


@pytest.mark.parametrize("name", ["milestones", "memorandum_actions"])
def test_work_is_done_late_overdue_and_to_come(name: str) -> None:
    rows, today = BUNDLE[name], str(TODAY)
    assert any(row["due_on"] and row["done_on"] and row["done_on"] <= row["due_on"] for row in rows)
    assert any(row["due_on"] and row["done_on"] > row["due_on"] for row in rows)
    assert any(row["due_on"] and row["due_on"] < today and not row["done_on"] for row in rows)
    assert any(row["due_on"] > today for row in rows)


@pytest.mark.usefixtures("illustrative")
def test_published_figures_are_read_differently_before_and_after() -> None:
    figures = dict(PublishedFigure.objects.values_list("key", "value"))
    assert figures["gigafactory_limit"] == 5
    assert figures["chips_per_gigafactory"] == 100_000
    assert figures["chips_vs_existing"] == 4
    assert figures["eu_capex_share_max"] == Decimal("0.17")
    for key in ("gigafactory_limit", "chips_per_gigafactory", "chips_vs_existing", "eu_capex_share_max"):
        figure = PublishedFigure.objects.get(key=key)
        days = {
            reading.source.published_on > figure.as_of
            for reading in PublishedFigureReading.objects.filter(figure=figure).select_related("source")
            if reading.value != figure.value
        }
        assert days == {True, False}, key
