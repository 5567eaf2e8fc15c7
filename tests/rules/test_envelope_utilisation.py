"""Rules 7 and 8 where the example is silent: limits, boundaries, renewals, shares, what is not counted."""

from pathlib import Path

import pytest

from tests.bundles import only
from tests.making import Made
from tests.strategies import Row

pytestmark = pytest.mark.django_db

MOBILISED = ("gross_mobilised_eur", "mobilised_eur", "attributed_eur")
SELECTED = [("selected", "2024-01-01")]


def envelope(made: Made, folder: Path, slug: str, as_of: str = "2026-06-30") -> Row:
    return made.table(folder, "envelope_utilisation", as_of)[slug]


@pytest.mark.parametrize(
    ("approved", "signed", "headroom", "utilisation", "over"),
    [
        ("400", "600", "0.00", "1.000000", "false"),
        ("400", "600.01", "-0.01", "1.000010", "true"),
        ("0", "999.99", "0.01", "0.999990", "false"),
        ("0", "0", "1000.00", "0.000000", "false"),
        ("", "1000000", "-999000.00", "1000.000000", "true"),
    ],
)
def test_a_budget(
    tmp_path: Path, approved: str, signed: str, headroom: str, utilisation: str, over: str
) -> None:
    made = Made().project().envelope("b")
    made.contribution("A", ("approved", "2025-01-01", approved), envelope="b")
    made.contribution("S", ("signed", "2025-01-01", signed), envelope="b", instrument="guarantee")
    made.contribution("N", ("announced", "2025-01-01", "50"), ("disbursed", "2025-01-02", "1"), envelope="b")
    found = envelope(made, tmp_path, "b")
    assert (found["headroom_eur"], found["utilisation"], found["over_allocated"]) == (
        headroom,
        utilisation,
        over,
    )
    assert (found["announced_eur"], found["disbursed_eur"]) == ("50.00", "1.00")
    assert found["incomplete"] == ("" if approved else "amount_unknown")
    empty = (*MOBILISED, "multiplier", "progress", "expected_progress", "on_track")
    assert only(found, empty) == dict.fromkeys(empty, "")


def test_comparisons_are_made_before_rounding(tmp_path: Path) -> None:
    """Utilisation shows 1.000000, and the envelope is over-allocated all the same."""
    made = Made().project().envelope("b", amount="999999999999.98")
    made.contribution("S", ("signed", "2025-01-01", "999999999999.99"), envelope="b")
    found = envelope(made, tmp_path, "b")
    assert (found["utilisation"], found["over_allocated"], found["headroom_eur"]) == (
        "1.000000",
        "true",
        "-0.01",
    )


def test_an_envelope_does_not_count_what_the_ones_inside_it_have(tmp_path: Path) -> None:
    made = Made().project().envelope("outer").envelope("inner")
    made.rows["envelopes"][1]["parent"] = "outer"
    made.contribution("S", ("signed", "2025-01-01", "10"), envelope="inner")
    assert envelope(made, tmp_path, "outer")["committed_eur"] == "0.00"


def test_a_target_has_no_cells_of_a_budget(tmp_path: Path) -> None:
    found = envelope(Made().target("t"), tmp_path, "t")
    empty = ("committed_eur", "headroom_eur", "utilisation", "over_allocated", "multiplier")
    assert only(found, empty) == dict.fromkeys(empty, "")
    assert only(found, MOBILISED) == dict.fromkeys(MOBILISED, "0.00")
    assert found["progress"] == "0.000000"


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ([("signed", "2025-01-01", "10")], True),
        ([("signed", "2025-12-31", "10")], True),
        ([("signed", "2024-12-31", "10")], False),
        ([("signed", "2026-01-01", "10")], False),
        ([("signed", "2024-12-31", "10"), ("signed", "2025-06-01", "12")], False),
        ([("signed", "2025-06-01", "10"), ("signed", "2026-02-01", "12")], True),
        (
            [("signed", "2024-06-01", "9"), ("cancelled", "2024-07-01", ""), ("signed", "2025-06-01", "10")],
            True,
        ),
        (
            [("signed", "2025-06-01", "9"), ("cancelled", "2025-07-01", ""), ("signed", "2026-02-01", "10")],
            False,
        ),
        (
            [("signed", "2025-06-01", "9"), ("cancelled", "2025-06-01", ""), ("signed", "2025-06-02", "10")],
            True,
        ),
        ([("signed", "2025-06-01", "9"), ("cancelled", "2025-06-01", "")], False),
        ([("signed", "2025-06-01", "9"), ("approved", "2025-07-01", "10")], False),
        (
            [("signed", "2024-06-01", "9"), ("approved", "2024-07-01", "9"), ("signed", "2025-06-01", "10")],
            False,
        ),
        ([("approved", "2025-06-01", "10"), ("signed", "2025-06-01", "10")], True),
        ([("cancelled", "2025-02-01", ""), ("signed", "2025-06-01", "10")], True),
        ([("signed", "2025-06-01", "10"), ("disbursed", "2026-02-01", "10")], True),
        ([("signed", "2025-06-01", "10"), ("cancelled", "2027-02-01", "")], True),
    ],
)
def test_the_day_of_the_first_signature_since_the_last_cancellation(
    tmp_path: Path, events: list[tuple[str, str, str]], counted: bool
) -> None:
    made = Made().project(need="100").target("t").contribution("C", *events, envelope="t")
    expected = "100.00" if counted else "0.00"
    assert only(envelope(made, tmp_path, "t"), MOBILISED) == dict.fromkeys(MOBILISED, expected)


def test_guarantees_and_ended_projects_are_not_counted(tmp_path: Path) -> None:
    made = Made().project(need="100").target("t")
    made.contribution("G", ("signed", "2025-06-01", "10"), envelope="t", instrument="guarantee")
    for slug, stage in (("w", "withdrawn"), ("n", "not_selected")):
        made.project(slug, need="1000", stages=[*SELECTED, (stage, "2025-08-01")])
        made.contribution(slug, ("signed", "2025-06-01", "10"), envelope="t", project=slug)
    found = envelope(made, tmp_path, "t")
    assert (found["signed_eur"], found["multiplier"]) == ("30.00", "")
    assert only(found, MOBILISED) == dict.fromkeys(MOBILISED, "0.00")
    found = envelope(made, tmp_path, "t", "2025-07-31")
    assert (found["mobilised_eur"], found["multiplier"]) == ("2000.00", "100.0000")


def test_a_project_is_mobilised_once_and_gross_once_a_line(tmp_path: Path) -> None:
    made = Made().project(need="100").project("q", need="7").target("t").target("u").envelope("b")
    for number in range(3):
        made.contribution(f"C{number}", ("signed", "2025-06-01", "10"), envelope="t")
    made.contribution("Q", ("signed", "2025-06-01", "1"), envelope="t", project="q")
    made.contribution("U", ("signed", "2025-06-01", "20"), envelope="u")
    made.contribution("B", ("signed", "2025-06-01", "10"), envelope="b")
    made.contribution("X", ("signed", "2025-06-01", "500"))
    made.contribution("G", ("signed", "2025-06-01", "500"), envelope="b", instrument="guarantee")
    found = made.table(tmp_path, "envelope_utilisation")
    assert only(found["t"], MOBILISED) == {
        "gross_mobilised_eur": "307.00",
        "mobilised_eur": "107.00",
        "attributed_eur": "57.00",
    }
    assert only(found["u"], MOBILISED) == {
        "gross_mobilised_eur": "100.00",
        "mobilised_eur": "100.00",
        "attributed_eur": "33.33",
    }
    assert found["t"]["multiplier"] == "3.4516"


def test_attributed_is_rounded_down_a_project_and_then_added(tmp_path: Path) -> None:
    made = Made().target("t").target("u")
    for slug in ("p", "q", "r"):
        made.project(slug, need="0.05")
        made.contribution(f"{slug}1", ("signed", "2025-06-01", "1"), envelope="t", project=slug)
        made.contribution(f"{slug}2", ("signed", "2025-06-01", "1"), envelope="u", project=slug)
    found = made.table(tmp_path, "envelope_utilisation")
    assert [found[slug]["attributed_eur"] for slug in ("t", "u")] == ["0.06", "0.06"]


@pytest.mark.parametrize(("amount", "currency"), [("0", "EUR"), ("", "EUR"), ("10", "USD")])
def test_a_counted_line_that_is_worth_nothing(tmp_path: Path, amount: str, currency: str) -> None:
    """It mobilises its project; over a denominator of zero nothing is attributed or multiplied."""
    made = Made().project(need="100").target("t")
    made.contribution("C", ("signed", "2025-06-01", amount), envelope="t", currency=currency)
    found = envelope(made, tmp_path, "t")
    assert (found["gross_mobilised_eur"], found["mobilised_eur"], found["attributed_eur"]) == (
        "100.00",
        "100.00",
        "0.00",
    )
    assert found["multiplier"] == ""
    assert (
        found["incomplete"]
        == {"0EUR": "", "EUR": "amount_unknown", "10USD": "no_exchange_rate"}[amount + currency]
    )


def test_a_counted_project_without_a_need_adds_nothing_but_its_reason(tmp_path: Path) -> None:
    made = (
        Made()
        .project()
        .project("q")
        .estimate("q", "2025-01-01", "5", "USD")
        .project("r", need="10")
        .target("t")
    )
    for slug in ("p", "q", "r"):
        made.contribution(slug, ("signed", "2025-06-01", "5"), envelope="t", project=slug)
    made.contribution("A", ("approved", "2025-06-01", ""), envelope="t", project="r")
    found = envelope(made, tmp_path, "t")
    assert only(found, MOBILISED) == dict.fromkeys(MOBILISED, "10.00")
    assert found["multiplier"] == "0.6667"
    assert found["incomplete"] == "amount_unknown;no_cost_estimate;no_exchange_rate"


def test_a_missing_need_of_a_project_that_is_not_counted_is_no_reason(tmp_path: Path) -> None:
    made = Made().project().project("w", stages=[("withdrawn", "2025-01-01")]).target("t")
    made.contribution("C", ("approved", "2025-06-01", "5"), envelope="t")
    made.contribution("W", ("signed", "2025-06-01", "5"), envelope="t", project="w")
    assert envelope(made, tmp_path, "t")["incomplete"] == ""


@pytest.mark.parametrize(
    ("as_of", "expected", "on_track"),
    [
        ("2024-12-31", "0.000000", ""),
        ("2025-01-01", "0.000000", "true"),
        ("2025-01-02", "0.100000", "true"),
        ("2025-01-06", "0.500000", "true"),
        ("2025-01-07", "0.600000", "false"),
        ("2025-01-11", "1.000000", "false"),
        ("2026-01-01", "1.000000", "false"),
    ],
)
def test_progress_against_time(tmp_path: Path, as_of: str, expected: str, on_track: str) -> None:
    """Half of the target is mobilised by a line signed on the first day; before that, nothing."""
    made = Made().project(need="50").target("t", amount="100", starts_on="2025-01-01", ends_on="2025-01-11")
    made.contribution("C", ("signed", "2025-01-01", "5"), envelope="t")
    found = envelope(made, tmp_path, "t", as_of)
    assert (found["expected_progress"], found["on_track"]) == (expected, on_track)
    assert found["progress"] == ("0.500000" if on_track else "0.000000")


def test_on_track_is_decided_before_rounding(tmp_path: Path) -> None:
    """A third of the time and a cent less than a third of the amount look the same at six decimals."""
    made = (
        Made()
        .project(need="333333333.33")
        .target("t", amount="1000000000", starts_on="2025-01-01", ends_on="2025-01-04")
    )
    made.contribution("C", ("signed", "2025-01-01", "5"), envelope="t")
    found = envelope(made, tmp_path, "t", "2025-01-02")
    assert (found["progress"], found["expected_progress"], found["on_track"]) == (
        "0.333333",
        "0.333333",
        "false",
    )
