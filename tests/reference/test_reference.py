"""The reference portfolio: sourced row by row, and true to the headline facts."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from portfolio.exports.metric_tables import METRIC_TABLES
from portfolio.models import (
    ContributionEvent,
    CostEstimate,
    Envelope,
    Memorandum,
    Project,
    ProjectStage,
    PublishedFigure,
    Source,
)
from portfolio.queries.figure_measures import MEASURES
from portfolio.queries.results import compute
from portfolio.rules.project_coverage import is_selected
from portfolio.rules.published_figures import CLAIM_KINDS, claim_kind

REFERENCE = Path(__file__).parent.parent.parent / "portfolio" / "reference"
LAST_FACT = date(2026, 11, 25)


def rows(name: str) -> Iterator[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture
def reference(db: None) -> None:
    call_command("load_portfolio", REFERENCE, verbosity=0)


def test_every_row_has_a_source_that_resolves() -> None:
    sources = {row["key"]: row for row in rows("sources")}
    for row in sources.values():
        assert row["publisher"], row
        assert row["title"], row
        assert row["url"].startswith("https://") or row["url"].startswith("http://") or row["note"], row
    named = 0
    for path in REFERENCE.glob("*.csv"):
        for row in rows(path.stem):
            if "source" in row:
                assert row["source"] in sources, (path.name, row)
                named += 1
    assert named > 400


@pytest.mark.usefixtures("reference")
def test_the_headline_facts_hold() -> None:
    factories = Project.objects.filter(kind="ai_factory")
    assert factories.count() == 19
    assert len({project.countries.split(";")[0] for project in factories}) == 16
    figures = dict(PublishedFigure.objects.values_list("key", "value"))
    assert figures["gigafactory_limit"] == 5
    assert figures["chips_per_gigafactory"] == 100_000
    assert figures["chips_vs_existing"] == 4
    assert figures["ai_factories_existing"] == 19
    assert figures["eu_capex_share_max"] == Decimal("0.17")
    amounts = dict(Envelope.objects.values_list("slug", "amount_eur"))
    assert amounts["investai-gigafactories"] == 20_000_000_000
    assert amounts["techeu-mobilisation"] == 250_000_000_000
    assert Envelope.objects.get(slug="techeu-mobilisation").ends_on == date(2027, 12, 31)
    inside = Envelope.objects.get(slug="investai-gigafactories").parent
    assert inside is not None
    assert (inside.slug, inside.amount_eur) == ("investai-mobilisation", 200_000_000_000)
    assert Memorandum.objects.get().signed_on == date(2025, 12, 4)
    assert Memorandum.objects.get().actions.exists()


@pytest.mark.usefixtures("reference")
def test_no_gigafactory_is_selected_and_five_places_are_free() -> None:
    tables = compute(LAST_FACT)
    summary = {row.metric: row.value for row in tables.portfolio_summary}
    assert (summary["gigafactories_selected"], summary["gigafactory_slots_free"]) == (0, 5)
    assert summary["ai_factories_selected"] == 19
    stages = ProjectStage.objects.filter(project__kind="ai_gigafactory").values_list("stage", flat=True)
    assert not any(is_selected(stage) for stage in stages)
    assert all(len(table.columns) for table in METRIC_TABLES)


@pytest.mark.usefixtures("reference")
def test_no_project_is_promised_more_than_it_costs_at_any_date() -> None:
    days = {*ContributionEvent.objects.values_list("occurred_on", flat=True)}
    days |= {*CostEstimate.objects.values_list("estimated_on", flat=True)}
    for day in days:
        for row in compute(day).project_coverage:
            if row.need_eur is not None:
                assert row.secured_eur + row.pipeline_eur <= row.need_eur, (row.project, day)


@pytest.mark.usefixtures("reference")
def test_nothing_is_recorded_before_it_happened() -> None:
    for model, field in (
        (ContributionEvent, "occurred_on"),
        (ProjectStage, "reached_on"),
        (CostEstimate, "estimated_on"),
    ):
        days = model._default_manager.values_list(field, flat=True)
        assert max(days) <= LAST_FACT
    assert not ContributionEvent.objects.filter(kind="disbursed").exists(), "no disbursement is sourced"
    assert Source.objects.exists()


# The ends of a range, and a limit in the other words of its statement.
BOUND_BY_NAME = ("_capex_low_eur", "_capex_high_eur", "bids_per_country_max")
CLAIM_WORDS = {"at_most": ("at most", "up to"), "at_least": ("at least", "more than"), "about": ("about",)}


def test_the_kind_of_claim_is_what_the_statement_says() -> None:
    for row in rows("published_figures"):
        statement, kind = row["statement"].split(":")[-1].casefold(), claim_kind(row["key"])
        said = [kind for kind, words in CLAIM_WORDS.items() if any(word in statement for word in words)]
        if said:
            assert kind == said[0], row["key"]
        else:
            assert kind in ("exact", "about") or row["key"].endswith(BOUND_BY_NAME), row["key"]


def test_every_measured_figure_and_every_bound_is_a_published_figure() -> None:
    keys = {row["key"] for row in rows("published_figures")}
    assert set(MEASURES) <= keys
    assert set(CLAIM_KINDS) <= keys
