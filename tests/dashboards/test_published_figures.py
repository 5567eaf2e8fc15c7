"""The page of published figures: verdicts with reasons, conflicting readings, and the claim taken apart."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.models import PublishedFigure
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import TOLD, Made

pytestmark = pytest.mark.django_db

SELECTED = [("selected", "2025-01-01")]
REFERENCE = Path(__file__).parent.parent.parent / "portfolio" / "reference"


def shown(made: Made, folder: Path, client: Client, address: str = "/published-figures/") -> str:
    """Load a portfolio, compute it and return what a page says."""
    load(saved(made.rows, folder / "bundle"), replace=True)
    call_command("recompute", verbosity=0)
    return text_of(client, address)


def published(made: Made, key: str, value: str, unit: str, **cells: str) -> Made:
    told = {"programme": "P1", "as_of": "2025-06-01", **TOLD, **cells}
    return made.add("published_figures", key=key, value=value, unit=unit, **told)


def test_a_figure_that_the_records_bear_out_agrees(tmp_path: Path, client: Client) -> None:
    made = published(Made().project(stages=SELECTED), "ai_factories_existing", "1", "facilities")
    page = shown(made, tmp_path, client)
    assert "1 facilities 1 facilities selected AI factories 0 Agrees The records say the same." in page


def test_a_figure_above_the_records_is_below(tmp_path: Path, client: Client) -> None:
    made = published(Made().project(stages=SELECTED), "ai_factories_existing", "19", "facilities")
    assert "19 facilities 1 facilities selected AI factories −18 Below" in shown(made, tmp_path, client)


def test_a_published_upper_bound_that_is_exceeded_is_above(tmp_path: Path, client: Client) -> None:
    made = Made().project("g", "ai_gigafactory", stages=SELECTED, need="1000")
    made.contribution("c", ("signed", "2025-02-01", "200"), project="g")
    page = shown(published(made, "eu_capex_share_max", "0.17", "share"), tmp_path, client)
    assert "at most 17.0 % 20.0 %" in page
    assert "+3.0 points Above It was published as an upper bound, and the records exceed it." in page


def test_a_lower_bound_tells_no_more_than_that_it_exceeds(tmp_path: Path, client: Client) -> None:
    made = Made().envelope("investai-gigafactories").project("g", "ai_gigafactory", stages=SELECTED)
    for number, amount in enumerate(("400", "")):
        made.contribution(
            f"c{number}", ("signed", "2025-02-01", amount), project="g", envelope="investai-gigafactories"
        )
    published(made, "investai_gigafactories_eur", "1000", "EUR")
    page = shown(made, tmp_path, client)
    assert "at least €400.00" in page
    assert "Cannot be told What is measured is a lower bound: an amount was not disclosed." in page
    PublishedFigure.objects.update(value=399)
    assert "+€1.00 Above The records have more than was published." in text_of(client, "/published-figures/")


def test_what_nothing_measures_says_so(tmp_path: Path, client: Client) -> None:
    page = shown(published(Made(), "gigafactory_power_mw", "1000", "MW"), tmp_path, client)
    assert "1 figure that nothing in the records measures" in page
    assert "Cannot be told The tracker records nothing that measures it." in page


def test_each_gigafactory_stands_beside_their_mean(tmp_path: Path, client: Client) -> None:
    made = Made().model("h100-sxm", "989")
    for slug, chips in (("g1", "100000"), ("g2", "60000"), ("g3", "")):
        made.project(slug, "ai_gigafactory", stages=SELECTED).chips("s", chips, project=slug)
    page = shown(published(made, "chips_per_gigafactory", "100000", "chips"), tmp_path, client)
    mean = "about 100,000 chips 80,000 chips mean chips of 2 of the 3 selected AI gigafactories"
    assert mean in page
    assert "−20,000 Below" in page
    for part in ("g1: 100,000 chips Agrees", "g2: 60,000 chips Below", "g3: unknown Cannot be told"):
        assert f"chips of {part}" in page


@pytest.fixture
def claim() -> Made:
    """Existing AI factories of 30,000, 6,000 and (of unknown model) 3,000 chips, and one that is planned."""
    made = Made().model("h100-sxm", "1000").model("fast", "2000").model("open", "")
    for slug, chips, model in (("f1", "30000", "h100-sxm"), ("f2", "6000", "fast"), ("f3", "3000", "open")):
        made.project(slug, stages=SELECTED)
        made.chips("s", chips, model, project=slug, operational_on="2025-01-01")
    made.project("f4", stages=SELECTED).chips("s", "900", project="f4")
    published(made, "chips_per_gigafactory", "120000", "chips")
    return published(made, "chips_vs_existing", "4", "times")


def test_times_an_existing_factory_in_chips_and_equivalents(
    tmp_path: Path, client: Client, claim: Made
) -> None:
    claim.project("g", "ai_gigafactory", stages=SELECTED).chips("s", "50000", "fast", project="g")
    page = shown(claim, tmp_path, client)
    assert "3 of 4 selected ones with a known number" in page
    # 120,000 claimed over 13,000, 6,000 and 30,000; 100,000 equivalents over 21,000, 21,000 and 30,000
    for words in (
        "Mean 9.2× Above 120,000 over 13,000; 4× would be 52,000"
        " 4.8× Above 100,000 over 21,000; 4× would be 84,000",
        "Median 20.0× Above 120,000 over 6,000; 4× would be 24,000"
        " 4.8× Above 100,000 over 21,000; 4× would be 84,000",
        "Largest 4.0× Agrees 120,000 over 30,000; 4× would be 120,000"
        " 3.3× Below 100,000 over 30,000; 4× would be 120,000",
    ):
        assert words in page, words
    assert "against the mean, above; against the median, above; against the largest, agrees." in page


def test_equivalents_without_a_selected_gigafactory_cannot_be_told(
    tmp_path: Path, client: Client, claim: Made
) -> None:
    page = shown(claim, tmp_path, client)
    assert "Mean 9.2× Above 120,000 over 13,000; 4× would be 52,000 unknown Cannot be told 21,000" in page
    assert "In H100 equivalents, it cannot be told. What would measure it is unknown:" in page
    assert "no AI gigafactory is selected" in page


def test_what_is_measured_is_as_of_the_day_shown(tmp_path: Path, client: Client) -> None:
    made = published(Made().project(stages=SELECTED), "ai_factories_existing", "1", "facilities")
    shown(made, tmp_path, client)
    page = text_of(client, "/published-figures/?as_of=2024-12-31")
    assert "1 facilities 0 facilities selected AI factories −1 Below" in page
    assert "published later" in page
    assert "published later" not in text_of(client, "/published-figures/?as_of=2025-06-01")


@pytest.fixture
def disputed() -> Made:
    made = Made()
    made.add("sources", key="own", publisher="Own", title="Own", published_on="2025-06-01")
    for key, day in (("old", "2025-01-01"), ("new", "2026-02-01"), ("undated", "")):
        made.add("sources", key=key, publisher=f"Paper {key}", title=key, published_on=day)
    published(made, "gigafactory_limit", "5", "facilities", source="own")
    for key, value in (("old", "4"), ("new", "7"), ("undated", "5")):
        made.add(
            "published_figure_readings",
            figure="gigafactory_limit",
            value=value,
            confidence="reported",
            source=key,
            note=f"Note {key}",
        )
    return made


def test_conflicting_readings_have_differences_and_dates(
    tmp_path: Path, client: Client, disputed: Made
) -> None:
    page = shown(disputed, tmp_path, client)
    for words in (
        "4 facilities Paper old: old reported Note old differs by −1 · 1 January 2025",
        "7 facilities Paper new: new reported Note new differs by +2 · 1 February 2026"
        " · newer than the figure newest",
        "5 facilities Paper undated: undated reported Note undated the same value",
    ):
        assert words in page, words


def test_figures_are_found_by_text_and_by_verdict(tmp_path: Path, client: Client, disputed: Made) -> None:
    published(disputed, "gigafactory_power_mw", "1000", "MW", statement="Power of a site")
    page = shown(disputed, tmp_path, client)
    assert "2 figures Agrees 1 Below 0 Above 0 Cannot be told 1" in page
    page = text_of(client, "/published-figures/?verdict=cannot+be+told")
    assert "1 of 2 figures" in page
    assert "Power of a site" in page
    assert "Paper new" not in page
    page = text_of(client, "/published-figures/?q=POWER%20of")
    assert "Agrees 0 Below 0 Above 0 Cannot be told 1" in page
    assert "No published figure matches" in text_of(client, "/published-figures/?q=power&verdict=above")
    assert "2 figures" in text_of(client, "/published-figures/?verdict=nonsense&q=%00")


def test_without_figures_the_page_says_so(tmp_path: Path, client: Client) -> None:
    assert "No published figure is recorded." in shown(Made(), tmp_path, client)


def test_the_number_of_reads_does_not_grow(tmp_path: Path, client: Client) -> None:
    counts = []
    for copies in (2, 20):
        made = Made().model("h100-sxm", "989")
        for number in range(copies):
            made.project(f"f{number}", stages=SELECTED, need="10")
            made.chips("s", "100", project=f"f{number}", operational_on="2025-01-01")
            made.project(f"g{number}", "ai_gigafactory", stages=SELECTED, need="10")
            made.chips("s", "900", project=f"g{number}")
            published(made, f"claim_{number}", "1", "chips")
        for key in ("chips_per_gigafactory", "chips_vs_existing", "eu_capex_share_max", "public_capex_share"):
            published(made, key, "1", "")
        shown(made, tmp_path, client)
        with CaptureQueriesContext(connection) as captured:
            text_of(client, "/published-figures/")
        counts.append(len(captured))
    assert counts[0] == counts[1], counts


def test_the_reference_portfolio_is_told_apart(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.jobs.recompute.today", lambda: date(2026, 11, 25))
    call_command("load_portfolio", REFERENCE, verbosity=0)
    call_command("recompute", verbosity=0)
    page = text_of(client, "/published-figures/")
    assert "Agrees 19 Below 11 Above 0 Cannot be told 75" in page
    assert "Largest 4.2× Agrees 100,000 over 23,536; 4× would be 94,144" in page
    assert "at most 5 facilities 0 facilities selected AI gigafactories −5 Agrees" in page
