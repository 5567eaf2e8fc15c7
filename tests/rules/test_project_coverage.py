"""Rules 0 to 6 where the worked example is silent: ties, renewals, cancellations, missing and zero values."""

from itertools import permutations
from pathlib import Path

import pytest

from tests.bundles import only
from tests.making import Made

pytestmark = pytest.mark.django_db

LADDER = ("announced", "under_appraisal", "approved", "signed", "cancelled")
SUMS = ("announced_eur", "under_appraisal_eur", "approved_eur", "signed_eur", "disbursed_eur")
DAY = "2025-05-05"


@pytest.mark.parametrize(
    ("stages", "as_of", "stage"),
    [
        ([], "2026-01-01", ""),
        ([("selected", "2025-01-01")], "2024-12-31", ""),
        ([("selected", "2025-01-01")], "2025-01-01", "selected"),
        ([("operational", "2025-01-01"), ("proposal", "2025-01-02")], "2025-01-02", "proposal"),
        ([("construction", DAY), ("selected", DAY), ("idea", DAY)], DAY, "construction"),
        ([("withdrawn", DAY), ("operational", DAY)], DAY, "withdrawn"),
        ([("withdrawn", DAY), ("not_selected", DAY)], DAY, "withdrawn"),
        ([("operational", DAY), ("not_selected", DAY)], DAY, "not_selected"),
        ([("withdrawn", "2025-01-01"), ("proposal", DAY)], DAY, "proposal"),
        ([("hosting_agreement", DAY), ("financial_close", DAY)], DAY, "financial_close"),
        ([("expression_of_interest", DAY), ("idea", DAY)], DAY, "expression_of_interest"),
        ([("procurement", DAY), ("construction", DAY)], DAY, "construction"),
    ],
)
def test_the_stage_is_that_of_the_newest_row(
    tmp_path: Path, stages: list[tuple[str, str]], as_of: str, stage: str
) -> None:
    assert Made().project(stages=stages).coverage(tmp_path, as_of)["stage"] == stage


@pytest.mark.parametrize(("first", "second"), list(permutations(range(5), 2)))
def test_on_one_day_the_later_in_the_ladder_decides(tmp_path: Path, first: int, second: int) -> None:
    events = [(LADDER[first], DAY, str(first + 1)), (LADDER[second], DAY, str(second + 1))]
    found = Made().project(need="100").contribution("C", *events).coverage(tmp_path)
    decisive = max(first, second)
    expected = dict.fromkeys(SUMS, "0.00")
    if decisive < 4:
        expected[f"{LADDER[decisive]}_eur"] = f"{decisive + 1}.00"
    assert only(found, SUMS) == expected


def test_the_newest_event_decides_whatever_its_place_in_the_ladder(tmp_path: Path) -> None:
    made = Made().project(need="100")
    made.contribution("C", ("signed", "2025-01-01", "50"), ("approved", "2025-02-01", "40"))
    made.contribution("D", ("cancelled", "2025-01-01", ""), ("announced", "2025-02-01", "7"))
    found = made.coverage(tmp_path)
    assert (found["signed_eur"], found["approved_eur"], found["announced_eur"]) == ("0.00", "40.00", "7.00")
    found = made.coverage(tmp_path, "2025-01-31")
    assert (found["signed_eur"], found["approved_eur"], found["announced_eur"]) == ("50.00", "0.00", "0.00")


def test_a_payment_decides_nothing(tmp_path: Path) -> None:
    made = Made().project(need="100")
    made.contribution("C", ("announced", "2025-01-01", "50"), ("disbursed", "2025-02-01", "60"))
    made.contribution("D", ("disbursed", "2025-02-01", "5"), ("disbursed", "2025-02-01", "5"))
    found = made.coverage(tmp_path)
    assert only(found, SUMS) == dict.fromkeys(SUMS, "0.00") | {
        "announced_eur": "50.00",
        "disbursed_eur": "70.00",
    }
    assert found["incomplete"] == ""


def test_a_cancelled_contribution_is_worth_nothing_and_needs_nothing(tmp_path: Path) -> None:
    made = Made().project(need="100")
    events = [
        ("signed", "2025-01-01", "50"),
        ("disbursed", "2025-01-02", "20"),
        ("cancelled", "2025-02-01", "50"),
    ]
    made.contribution("C", *events)
    made.contribution("D", ("signed", "2025-01-01", ""), ("cancelled", "2025-01-01", ""), currency="USD")
    found = made.coverage(tmp_path)
    assert only(found, SUMS) == dict.fromkeys(SUMS, "0.00") | {"disbursed_eur": "20.00"}
    assert (found["incomplete"], found["coverage"]) == ("", "0.000000")


def test_payments_are_converted_each_at_its_own_date(tmp_path: Path) -> None:
    made = Made().project(need="100").rate("PLN", "2025-01-01", "4").rate("PLN", "2025-02-01", "3")
    made.contribution(
        "C",
        *[("signed", "2025-01-15", "10"), ("disbursed", "2025-01-31", "1"), ("disbursed", "2025-02-01", "1")],
        *[("disbursed", "2025-03-01", "1"), ("cancelled", "2025-02-15", "")],
        currency="PLN",
    )
    assert made.coverage(tmp_path)["disbursed_eur"] == "0.91"
    assert made.coverage(tmp_path, "2025-02-14")["signed_eur"] == "2.50"


@pytest.mark.parametrize(
    ("events", "incomplete"),
    [
        ([("signed", "2025-01-01", "5")], "no_exchange_rate"),
        ([("signed", "2025-01-01", "")], "amount_unknown"),
        ([("signed", "2025-01-01", "5"), ("approved", "2025-06-01", "5")], ""),
        ([("signed", "2025-01-01", ""), ("approved", "2025-06-01", "5")], ""),
        ([("signed", "2025-06-01", "5"), ("disbursed", "2025-01-01", "1")], "no_exchange_rate"),
        ([("signed", "2025-06-01", "5"), ("disbursed", "2025-06-01", "")], "amount_unknown"),
        (
            [
                ("signed", "2025-01-01", "5"),
                ("disbursed", "2025-01-01", ""),
                ("disbursed", "2025-06-01", "1"),
            ],
            "amount_unknown;no_exchange_rate",
        ),
        ([("signed", "2025-06-01", "5"), ("signed", "2027-01-01", "")], ""),
        ([("announced", "2025-01-01", "0")], "no_exchange_rate"),
    ],
)
def test_only_what_matters_can_be_incomplete(
    tmp_path: Path, events: list[tuple[str, str, str]], incomplete: str
) -> None:
    """The only rate is of June 2025: never one that is later than the amount."""
    made = Made().project(need="100").rate("SEK", "2025-06-01", "10").rate("SEK", "2026-12-31", "10")
    assert made.contribution("C", *events, currency="SEK").coverage(tmp_path)["incomplete"] == incomplete


def test_euro_need_no_rate_and_take_none(tmp_path: Path) -> None:
    made = Made().project(need="100").rate("EUR", "2020-01-01", "2")
    assert made.contribution("C", ("signed", "2025-01-01", "50")).coverage(tmp_path)["signed_eur"] == "50.00"


def test_the_newest_rate_on_the_day_or_before_it(tmp_path: Path) -> None:
    made = Made().project(need="100")
    for day, rate in (("2025-01-01", "2"), ("2025-01-03", "3"), ("2025-01-04", "7")):
        made.rate("HUF", day, rate)
    made.contribution("C", ("signed", "2025-01-03", "1"), currency="HUF")
    made.contribution("D", ("approved", "2025-01-02", "1"), currency="HUF")
    made.contribution("E", ("announced", "2024-12-31", "1"), currency="HUF")
    found = made.coverage(tmp_path)
    assert (found["signed_eur"], found["approved_eur"], found["announced_eur"]) == ("0.33", "0.50", "0.00")
    assert found["incomplete"] == "no_exchange_rate"


def test_amounts_are_rounded_each_before_they_are_added(tmp_path: Path) -> None:
    made = Made().project(need="1").rate("HUF", "2020-01-01", "3")
    for number in range(3):
        made.contribution(f"C{number}", ("signed", DAY, "0.02"), currency="HUF")
    assert made.coverage(tmp_path)["signed_eur"] == "0.03"


def test_a_guarantee_is_no_money(tmp_path: Path) -> None:
    made = Made().project(need="100").envelope("e")
    events = [("signed", "2025-01-01", "30"), ("disbursed", "2025-02-01", "5")]
    made.contribution("G", *events, instrument="guarantee", envelope="e", financier="eib")
    made.contribution("H", ("approved", "2025-01-01", "20"), instrument="guarantee")
    found = made.coverage(tmp_path)
    zero = (*SUMS, "secured_eur", "pipeline_eur")
    assert only(found, zero) == dict.fromkeys(zero, "0.00")
    assert (found["guaranteed_eur"], found["eib_group_share"]) == ("30.00", "0.000000")
    assert (found["potential_coverage"], found["gap_eur"]) == ("0.000000", "100.00")


def test_the_need_is_the_newest_estimate_at_its_own_date(tmp_path: Path) -> None:
    made = Made().project().rate("PLN", "2025-01-01", "4").rate("PLN", "2025-06-01", "3")
    made.estimate("p", "2025-03-01", "100", "PLN").estimate("p", "2024-12-31", "70", "PLN")
    made.estimate("p", "2025-09-01", "60", "USD")
    assert made.coverage(tmp_path, "2025-08-31")["need_eur"] == "25.00"
    for as_of, reason in (
        ("2024-12-30", "no_cost_estimate"),
        ("2025-01-15", "no_exchange_rate"),
        ("2025-09-01", "no_exchange_rate"),
    ):
        found = made.coverage(tmp_path, as_of)
        assert (found["need_eur"], found["gap_eur"], found["coverage"], found["incomplete"]) == (
            "",
            "",
            "",
            reason,
        )
        assert (found["secured_eur"], found["private_share"], found["potential_coverage"]) == ("0.00", "", "")


def test_a_need_of_zero_is_a_need_that_nothing_is_divided_by(tmp_path: Path) -> None:
    found = Made().project(need="0").contribution("C", ("signed", DAY, "5")).coverage(tmp_path)
    assert (found["need_eur"], found["gap_eur"], found["incomplete"]) == ("0.00", "0.00", "")
    ratios = ("coverage", "potential_coverage", "eu_budget_share", "private_share")
    assert only(found, ratios) == dict.fromkeys(ratios, "")


def test_more_than_is_needed(tmp_path: Path) -> None:
    made = (
        Made()
        .project(need="3")
        .contribution("C", ("signed", DAY, "5"))
        .contribution("D", ("approved", DAY, "2"))
    )
    found = made.coverage(tmp_path)
    assert (found["gap_eur"], found["coverage"], found["potential_coverage"]) == (
        "0.00",
        "1.666667",
        "2.333333",
    )


@pytest.mark.parametrize(
    ("signed", "need", "coverage"),
    [
        ("1", "2000000", "0.000001"),
        ("0.99", "2000000", "0.000000"),
        ("999999999999.99", "0.01", "99999999999999.000000"),
    ],
)
def test_ratios_are_rounded_half_up(tmp_path: Path, signed: str, need: str, coverage: str) -> None:
    assert (
        Made().project(need=need).contribution("C", ("signed", DAY, signed)).coverage(tmp_path)["coverage"]
        == coverage
    )


def test_shares_are_by_kind_of_financier(tmp_path: Path) -> None:
    made = Made().project(need="100")
    for number, financier in enumerate(("EU", "eib", "eif", "se-state", "Nordic.bank", "1st_fund"), start=1):
        made.contribution(f"C{number}", ("signed", DAY, str(number)), financier=financier)
        made.contribution(f"D{number}", ("approved", DAY, "50"), financier=financier)
    found = made.coverage(tmp_path)
    assert [value for name, value in found.items() if name.endswith("_share")] == [
        *("0.010000", "0.050000", "0.040000", "0.050000", "0.060000")
    ]
    assert found["secured_eur"] == "21.00"


def test_a_contribution_without_events_is_in_no_state(tmp_path: Path) -> None:
    found = Made().project(need="100").contribution("C", currency="USD").coverage(tmp_path)
    assert only(found, SUMS) == dict.fromkeys(SUMS, "0.00")
    assert found["incomplete"] == ""
