"""Verdicts on published figures: each kind of claim against measured values and bounds."""

from decimal import Decimal

import pytest

from portfolio.rules.chip_comparison import Baseline
from portfolio.rules.existing_claim import Speeds, in_chips, in_equivalents, joint_check
from portfolio.rules.published_figures import (
    NO_BOUND,
    NO_VALUE,
    NOTHING_MEASURES,
    Measurement,
    decide,
    figure_check,
    largest,
    smallest,
)

UNKNOWN = "cannot be told"
H100 = 989_000_000


@pytest.mark.parametrize(
    ("claim", "measured", "bound", "verdict"),
    [
        ("exact", "100", "exact", "agrees"),
        ("exact", "99.99", "exact", "below"),
        ("exact", "100.01", "exact", "above"),
        ("at_most", "0", "exact", "agrees"),
        ("at_most", "100", "exact", "agrees"),
        ("at_most", "100.01", "exact", "above"),
        ("at_least", "100", "exact", "agrees"),
        ("at_least", "5000", "exact", "agrees"),
        ("at_least", "99.99", "exact", "below"),
        ("about", "90", "exact", "agrees"),
        ("about", "110", "exact", "agrees"),
        ("about", "89.99", "exact", "below"),
        ("about", "110.01", "exact", "above"),
        # A measured lower bound: only what it exceeds, or reaches, is told.
        ("exact", "100", "at_least", UNKNOWN),
        ("exact", "99", "at_least", UNKNOWN),
        ("exact", "101", "at_least", "above"),
        ("at_most", "99", "at_least", UNKNOWN),
        ("at_most", "101", "at_least", "above"),
        ("at_least", "99", "at_least", UNKNOWN),
        ("at_least", "100", "at_least", "agrees"),
        ("about", "100", "at_least", UNKNOWN),
        ("about", "111", "at_least", "above"),
        # A measured upper bound likewise.
        ("exact", "99", "at_most", "below"),
        ("at_most", "100", "at_most", "agrees"),
        ("at_least", "99", "at_most", "below"),
        ("at_least", "101", "at_most", UNKNOWN),
        ("exact", "100", NO_BOUND, UNKNOWN),
        ("at_least", "9999", NO_BOUND, UNKNOWN),
    ],
)
def test_a_verdict_minds_both_bounds(claim: str, measured: str, bound: str, verdict: str) -> None:
    assert decide(claim, Decimal(100), Decimal(measured), bound) == verdict


def test_about_nothing_is_nothing() -> None:
    assert decide("about", Decimal(0), Decimal(0)) == "agrees"
    assert decide("about", Decimal(-100), Decimal(-91)) == "agrees"


def test_a_check_has_the_difference_and_the_ratio() -> None:
    check = figure_check("gigafactory_limit", Decimal(5), "facilities", Measurement("selected", Decimal(7)))
    assert (check.claim, check.verdict) == ("at_most", "above")
    assert (check.difference, check.ratio) == (2, Decimal("1.4000"))
    assert check.reason == "It was published as an upper bound, and the records exceed it."


def test_every_digit_of_a_difference_is_kept() -> None:
    published = Decimal("123456789012345678901234567890.123456789")
    check = figure_check("x", published, "EUR", Measurement("m", Decimal("0.01"), "EUR"))
    assert check.difference == Decimal("-123456789012345678901234567890.113456789")


@pytest.mark.parametrize(
    ("published", "unit", "measurement", "reason"),
    [
        ("5", "", None, NOTHING_MEASURES),
        (None, "", Measurement("m", Decimal(1)), NO_VALUE),
        (
            "5",
            "",
            Measurement("m", None, why="no AI gigafactory is selected"),
            "What would measure it is unknown: no AI gigafactory is selected.",
        ),
        (
            "5",
            "DKK",
            Measurement("m", Decimal(1), "EUR"),
            "It was published in DKK and is measured in EUR.",
        ),
        (
            "5",
            "euro",
            Measurement("m", Decimal(5), "EUR", "at_least", "an amount was not disclosed"),
            "What is measured is a lower bound: an amount was not disclosed.",
        ),
        (
            "5",
            "x",
            Measurement("m", Decimal(5), "times", NO_BOUND, "an exchange rate is missing"),
            "What is measured is incomplete: an exchange rate is missing.",
        ),
    ],
)
def test_what_cannot_be_told_has_its_reason_in_words(
    published: str | None, unit: str, measurement: Measurement | None, reason: str
) -> None:
    check = figure_check("x", Decimal(published) if published else None, unit, measurement)
    assert (check.verdict, check.reason) == (UNKNOWN, reason)


def test_a_ratio_to_nothing_is_unknown() -> None:
    check = figure_check("x", Decimal(0), "", Measurement("m", Decimal(3)))
    assert (check.verdict, check.difference, check.ratio) == ("above", 3, None)


def part(value: str, bound: str = "exact") -> Measurement:
    why = {"exact": "", "at_least": "an amount was not disclosed"}[bound]
    return Measurement("p", Decimal(value), bound=bound, why=why)


OPEN = Measurement("p", None, why="the need is unknown")


@pytest.mark.parametrize(
    ("parts", "most", "least"),
    [
        ([part("1"), part("3")], ("3", "exact"), ("1", "exact")),
        ([part("1"), part("3", "at_least")], ("3", "at_least"), ("1", "exact")),
        ([part("1", "at_least"), part("3")], ("3", "at_least"), ("1", "at_least")),
        ([part("1"), part("1", "at_least")], ("1", "at_least"), ("1", "exact")),
        ([part("1"), OPEN], ("1", "at_least"), ("1", "at_most")),
        ([part("1", "at_least"), OPEN], ("1", "at_least"), ("1", NO_BOUND)),
    ],
)
def test_the_largest_and_the_smallest_mind_what_is_not_known(
    parts: list[Measurement], most: tuple[str, str], least: tuple[str, str]
) -> None:
    for choose, expected in ((largest, most), (smallest, least)):
        found = choose("m", "", parts)
        assert (found.value, found.bound) == (Decimal(expected[0]), expected[1])
        assert bool(found.why) == (found.bound != "exact")
        assert choose("m", "", [OPEN]) == Measurement("m", None, why="the need is unknown")


def test_times_an_existing_factory_in_chips() -> None:
    rows = in_chips(Decimal(4), Decimal(100_000), Baseline.of([25_000, 5_000, 1_000]))
    assert [row.which for row in rows] == ["mean", "median", "largest"]
    assert [row.existing for row in rows] == [Decimal("10333.33"), 5_000, 25_000]
    assert [row.check.measured for row in rows] == [Decimal("9.6774"), 20, 4]
    assert [row.check.verdict for row in rows] == ["above", "above", "agrees"]
    assert [row.implied for row in rows] == [Decimal("41333.33"), 20_000, 100_000]
    joint = joint_check(rows)
    assert joint.verdict == UNKNOWN
    assert joint.measured == Decimal("9.6774")
    assert joint.reason == (
        "It does not say which existing AI factory is meant:"
        " against the mean, above; against the median, above; against the largest, agrees."
    )
    assert joint_check(in_chips(Decimal(4), Decimal(100_000), Baseline.of([25_000]))).verdict == "agrees"


def test_times_an_existing_factory_in_h100_equivalents() -> None:
    gigafactories = Speeds([100_000 * 2 * H100, 50_000 * 2 * H100])
    rows = in_equivalents(Decimal(4), gigafactories, Speeds([30_000 * H100, 10_000 * H100], 1), H100)
    assert [row.gigafactory for row in rows] == [150_000] * 3
    assert [row.existing for row in rows] == [20_000, 20_000, 30_000]
    assert [row.check.measured for row in rows] == [Decimal("7.5"), Decimal("7.5"), 5]


@pytest.mark.parametrize(
    ("gigafactories", "factories", "reference", "words"),
    [
        (Speeds([1]), Speeds([1]), None, "the speed of the H100 is not recorded"),
        (Speeds([1]), Speeds([]), H100, "no selected AI factory has chips of known number and model"),
        (Speeds([], 2), Speeds([1]), H100, "no selected AI gigafactory has chips of known number and model"),
        (Speeds([]), Speeds([1]), H100, "no AI gigafactory is selected"),
    ],
)
def test_equivalents_that_cannot_be_told_say_why(
    gigafactories: Speeds, factories: Speeds, reference: int | None, words: str
) -> None:
    for row in in_equivalents(Decimal(4), gigafactories, factories, reference):
        assert row.check.verdict == UNKNOWN
        assert words in row.check.reason


def test_a_gigafactory_with_an_uncounted_system_is_a_lower_bound() -> None:
    row = in_equivalents(Decimal(4), Speeds([4 * H100], at_least=True), Speeds([H100]), H100)[0]
    assert (row.check.bound, row.check.verdict) == ("at_least", UNKNOWN)
    assert "a system of a gigafactory has no published number of chips" in row.check.reason


def test_without_a_published_number_nothing_is_compared() -> None:
    for row in in_chips(Decimal(4), None, Baseline.of([1])):
        assert "no number of chips in a gigafactory has been published" in row.check.reason
    for row in in_chips(Decimal(4), Decimal(1), Baseline()):
        assert "no selected AI factory has a known number of chips" in row.check.reason
