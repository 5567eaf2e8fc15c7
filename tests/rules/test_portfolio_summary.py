"""Rules 11 and 12 where the example is silent: absent figures, projects without stage or need, rounding."""

from pathlib import Path

import pytest

from tests.making import Made

pytestmark = pytest.mark.django_db

SELECTED = [("selected", "2024-01-01")]
FUNDING = (
    *("need_eur", "secured_eur", "coverage", "projects_without_need"),
    *("need_selected_eur", "secured_selected_eur", "coverage_selected"),
)


@pytest.mark.parametrize(
    ("limit", "free"), [("5", "3"), ("2", "0"), ("", ""), (None, ""), ("0007", "5")], ids=str
)
def test_places_of_gigafactories(tmp_path: Path, limit: str | None, free: str) -> None:
    made = Made()
    for slug, stage in (("a", "selected"), ("b", "operational"), ("c", "proposal"), ("d", "withdrawn")):
        made.project(slug, "ai_gigafactory", stages=[(stage, "2024-01-01")])
    made.project("f", stages=SELECTED)
    if limit is not None:
        made.figure("gigafactory_limit", limit)
    found = made.summary(tmp_path)
    assert (found["gigafactories_selected"], found["ai_factories_selected"]) == ("2", "1")
    assert found["gigafactory_slots_free"] == free


def test_a_limit_of_zero_is_a_limit(tmp_path: Path) -> None:
    assert Made().figure("gigafactory_limit", "0").summary(tmp_path)["gigafactory_slots_free"] == "0"


def test_sums_of_projects_that_have_not_ended(tmp_path: Path) -> None:
    made = Made()
    made.project("none", need="100").project("selected", need="50", stages=SELECTED)
    made.project("unknown", stages=SELECTED).project("dollars").estimate("dollars", "2024-01-01", "5", "USD")
    made.project("withdrawn", need="1000", stages=[*SELECTED, ("withdrawn", "2025-01-01")])
    for slug in ("none", "selected", "unknown", "dollars", "withdrawn"):
        made.contribution(slug, ("signed", "2025-01-01", "10"), project=slug)
        made.contribution(f"{slug}-g", ("signed", "2025-01-01", "7"), project=slug, instrument="guarantee")
    found = made.summary(tmp_path)
    assert [found[name] for name in FUNDING] == [
        *("150.00", "40.00", "0.133333", "2"),
        *("50.00", "20.00", "0.200000"),
    ]
    found = made.summary(tmp_path, "2024-12-31")
    assert [found[name] for name in FUNDING] == [
        *("1150.00", "0.00", "0.000000", "2"),
        *("1050.00", "0.00", "0.000000"),
    ]


def test_needs_of_zero_are_needs_and_give_no_coverage(tmp_path: Path) -> None:
    made = Made().project(need="0", stages=SELECTED).contribution("C", ("signed", "2025-01-01", "10"))
    found = made.summary(tmp_path)
    assert [found[name] for name in FUNDING] == ["0.00", "10.00", "", "0", "0.00", "10.00", ""]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], ["0", "0", "", "", "", "", "", ""]),
        (["1", "2"], ["2", "3", "1.50", "1.50", "2", "6.6667", "6.6667", "5.0000"]),
        (["1", "1", "2"], ["3", "4", "1.33", "1.00", "2", "7.5000", "10.0000", "5.0000"]),
        (["1", "2", "4", "4"], ["4", "11", "2.75", "3.00", "4", "3.6364", "3.3333", "2.5000"]),
        (
            ["1", "1", "1", "1", "1", "1", "1", "2"],
            ["8", "9", "1.13", "1.00", "2", "8.8889", "10.0000", "5.0000"],
        ),
    ],
)
def test_the_existing_baseline(tmp_path: Path, counts: list[str], expected: list[str]) -> None:
    made = Made().model("h100-sxm", "989").figure("chips_per_gigafactory", "10")
    for number, count in enumerate(counts):
        made.project(f"f{number}", stages=SELECTED)
        made.chips("Main", count, project=f"f{number}", installed_on="2024-01-01")
    found = made.summary(tmp_path)
    names = ("known_factories", "total", "mean", "median", "max")
    assert [found[f"existing_chips_{name}"] for name in names] == expected[:5]
    assert [found[f"claimed_over_existing_{name}"] for name in names[2:]] == expected[5:]


@pytest.mark.parametrize("claimed", ["", None], ids=str)
def test_without_a_claim_nothing_is_claimed(tmp_path: Path, claimed: str | None) -> None:
    made = (
        Made().project(stages=SELECTED).model("h100-sxm", "989").chips("Main", "4", installed_on="2024-01-01")
    )
    if claimed is not None:
        made.figure("chips_per_gigafactory", claimed)
    found = made.summary(tmp_path)
    assert [found[f"claimed_over_existing_{name}"] for name in ("mean", "median", "max")] == ["", "", ""]
    assert found["existing_chips_max"] == "4"


def test_chips_of_selected_gigafactories_in_all_statuses(tmp_path: Path) -> None:
    made = Made().model("h100-sxm", "989")
    for slug, kind, stage in (
        ("a", "ai_gigafactory", "selected"),
        ("b", "ai_gigafactory", "construction"),
        ("c", "ai_gigafactory", "selected"),
        ("d", "ai_gigafactory", "proposal"),
        ("f", "ai_factory", "selected"),
    ):
        made.project(slug, kind, stages=[(stage, "2024-01-01")])
    made.chips("1", "10", project="a").chips("2", "5", project="a", operational_on="2025-01-01")
    made.chips("1", "100", project="b", contracted_on="2025-01-01").chips("2", "", project="b")
    made.chips("1", "", project="c").chips("1", "1000", project="d").chips("1", "1000", project="f")
    assert made.summary(tmp_path)["gigafactory_chips_total"] == "115"
