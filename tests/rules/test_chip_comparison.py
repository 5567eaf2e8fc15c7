"""Rules 9 and 10 where the example is silent: statuses, retirement, unknown counts and speeds, baseline."""

from pathlib import Path

import pytest

from tests.bundles import only
from tests.making import Made
from tests.strategies import Row

pytestmark = pytest.mark.django_db

STATUSES = ("planned_chips", "contracted_chips", "installed_chips", "operational_chips")
SELECTED = [("selected", "2024-01-01")]


def made() -> Made:
    return Made().model("h100-sxm", "1000").model("fast", "2500.5").model("unknown", "")


def chips(made: Made, folder: Path, as_of: str = "2026-06-30") -> Row:
    return made.table(folder, "chip_comparison", as_of)["p"]


@pytest.mark.parametrize(
    ("days", "status"),
    [
        ({}, "planned"),
        ({"contracted_on": "2025-01-01"}, "contracted"),
        ({"installed_on": "2025-01-01"}, "installed"),
        ({"operational_on": "2025-01-01"}, "operational"),
        ({"operational_on": "2025-01-01", "contracted_on": "2025-06-01"}, "operational"),
        ({"operational_on": "2025-06-02", "installed_on": "2025-06-01"}, "installed"),
        ({"planned_on": "2025-06-02", "contracted_on": "2025-06-01"}, "contracted"),
        ({"planned_on": "2025-06-02"}, ""),
        ({"retired_on": "2025-06-01"}, ""),
        ({"retired_on": "2025-06-02"}, "planned"),
        ({"retired_on": "2019-01-01", "operational_on": "2025-01-01"}, ""),
    ],
)
def test_the_furthest_status_by_a_day(tmp_path: Path, days: dict[str, str], status: str) -> None:
    found = chips(made().project().chips("Main", "5", **days), tmp_path, "2025-06-01")
    expected = dict.fromkeys(STATUSES, "0") | ({f"{status}_chips": "5"} if status else {})
    assert only(found, STATUSES) == expected
    assert found["chips"] == ("5" if status else "")
    assert found["incomplete"] == ("" if status else "chip_count_unknown")


@pytest.mark.parametrize(
    ("systems", "total", "equivalents", "incomplete"),
    [
        ([("5", "fast")], "5", "12.5", ""),
        ([("1", "fast"), ("1", "h100-sxm")], "2", "3.5", ""),
        ([("5", "fast"), ("", "fast")], "5", "12.5", "chip_count_unknown"),
        ([("", "fast")], "", "", "chip_count_unknown"),
        ([("5", "unknown")], "5", "", "chip_model_unknown"),
        ([("5", "")], "5", "", "chip_model_unknown"),
        ([("0", "")], "0", "", "chip_model_unknown"),
        ([("0", "fast")], "0", "0.0", ""),
        ([("5", "fast"), ("", "unknown")], "5", "12.5", "chip_count_unknown"),
        ([("5", "unknown"), ("", "fast")], "5", "", "chip_count_unknown;chip_model_unknown"),
        ([], "", "", "chip_count_unknown"),
    ],
)
def test_counts_and_equivalents(
    tmp_path: Path, systems: list[tuple[str, str]], total: str, equivalents: str, incomplete: str
) -> None:
    portfolio = made().project()
    for number, (count, model) in enumerate(systems):
        portfolio.chips(f"S{number}", count, model)
    found = chips(portfolio, tmp_path)
    assert (found["chips"], found["h100_equivalents"], found["incomplete"]) == (
        total,
        equivalents,
        incomplete,
    )


@pytest.mark.parametrize("reference", ["absent", ""])
def test_without_the_speed_of_the_reference_chip_there_are_no_equivalents(
    tmp_path: Path, reference: str
) -> None:
    portfolio = Made().project().model("fast", "2500")
    if not reference:
        portfolio.model("h100-sxm", "")
    found = chips(portfolio.chips("Main", "5", "fast"), tmp_path)
    assert (found["chips"], found["h100_equivalents"], found["incomplete"]) == ("5", "", "chip_model_unknown")


def test_equivalents_are_added_before_they_are_rounded(tmp_path: Path) -> None:
    portfolio = Made().model("h100-sxm", "3").model("slow", "0.1").project()
    portfolio.chips("A", "1", "slow").chips("B", "1", "slow", contracted_on="2021-01-01")
    assert chips(portfolio, tmp_path)["h100_equivalents"] == "0.1"


@pytest.mark.parametrize(
    ("per_gigafactory", "versus", "attainment", "implied"),
    [
        ("100000", "4", "0.500000", "2.0000"),
        ("100000", "", "0.500000", ""),
        ("", "4", "", ""),
        ("0", "4", "", ""),
        ("100000", "0", "0.500000", ""),
        ("0.5", "0.25", "100000.000000", "25000.0000"),
        ("-100000", "4", "-0.500000", "-2.0000"),
        ("300000", "4", "0.166667", "0.6667"),
    ],
)
def test_chips_against_what_was_published(
    tmp_path: Path, per_gigafactory: str, versus: str, attainment: str, implied: str
) -> None:
    portfolio = made().project().chips("Main", "50000")
    portfolio.figure("chips_per_gigafactory", per_gigafactory).figure("chips_vs_existing", versus)
    found = chips(portfolio, tmp_path)
    assert (found["target_attainment"], found["ratio_to_implied"]) == (attainment, implied)


def baseline(*counts: str) -> Made:
    """Return a project with 100 planned chips, and beside it running AI factories with these counts."""
    portfolio = made().project(kind="ai_gigafactory").chips("Main", "100")
    for number, count in enumerate(counts):
        portfolio.project(f"f{number}", stages=SELECTED)
        portfolio.chips("Main", count, project=f"f{number}", operational_on="2024-01-01")
    return portfolio


@pytest.mark.parametrize(
    ("counts", "mean", "median", "largest"),
    [
        ((), "", "", ""),
        (("0",), "", "", ""),
        (("50",), "2.0000", "2.0000", "2.0000"),
        (("50", "0", ""), "2.0000", "2.0000", "2.0000"),
        (("1", "2"), "66.6667", "66.6667", "50.0000"),
        (("1", "2", "6"), "33.3333", "50.0000", "16.6667"),
        (("3", "3", "4", "7"), "23.5294", "28.5714", "14.2857"),
    ],
)
def test_ratios_to_the_existing_baseline(
    tmp_path: Path, counts: tuple[str, ...], mean: str, median: str, largest: str
) -> None:
    found = chips(baseline(*counts), tmp_path)
    names = ("ratio_to_existing_mean", "ratio_to_existing_median", "ratio_to_existing_max")
    assert only(found, names) == dict(zip(names, (mean, median, largest), strict=True))


def test_the_baseline_is_what_runs_in_selected_ai_factories(tmp_path: Path) -> None:
    """Neither plans, nor gigafactories, nor factories that are not selected, or not any more."""
    portfolio = baseline("50")
    portfolio.chips("Soon", "1000", project="f0", contracted_on="2024-01-01")
    portfolio.chips("Gone", "1000", project="f0", operational_on="2024-01-01", retired_on="2025-01-01")
    for slug, kind, stages in (
        ("giga", "ai_gigafactory", SELECTED),
        ("idea", "ai_factory", [("proposal", "2024-01-01")]),
        ("none", "ai_factory", []),
        ("left", "ai_factory", [*SELECTED, ("withdrawn", "2025-01-01")]),
    ):
        portfolio.project(slug, kind, stages=stages)
        portfolio.chips("Main", "1000", project=slug, installed_on="2024-01-01")
    found = portfolio.table(tmp_path, "chip_comparison")
    assert (found["p"]["ratio_to_existing_mean"], found["f0"]["ratio_to_existing_mean"]) == (
        "2.0000",
        "21.0000",
    )
