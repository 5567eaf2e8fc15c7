"""Numbers as people read them."""

from decimal import Decimal

import pytest

from portfolio.exports import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "€0"),
        ("0.10", "€0.10"),
        ("999.99", "€999.99"),
        ("1000", "€1k"),
        ("12345.67", "€12.3k"),
        ("999949.99", "€999.9k"),
        ("999950", "€1m"),
        ("498765432.10", "€498.8m"),
        ("1234567890.12", "€1.23bn"),
        ("1235000000.00", "€1.24bn"),
        ("5000000000.00", "€5bn"),
        ("250000000000.00", "€250bn"),
        ("999999999999.99", "€1,000bn"),
        ("12345678901234.56", "€12,345.7bn"),
        ("-25000000.00", "−€25m"),
    ],
)
def test_an_amount_is_short(value: str, text: str) -> None:
    assert numbers.short_euro(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "€0"),
        ("12345.67", "€12.3k"),
        ("50000", "€0.1m"),
        ("64000000", "€64.0m"),
        ("4852125693.16", "€4,852.1m"),
        ("-49999.99", "−€50k"),
        ("-1250000.00", "−€1.3m"),
    ],
)
def test_amounts_of_a_column_have_one_unit(value: str, text: str) -> None:
    assert numbers.column_euro(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [("0", "€0.00"), ("1234567.89", "€1,234,567.89"), ("-1200000.00", "−€1,200,000.00")]
)
def test_an_exact_amount_has_its_cents(value: str, text: str) -> None:
    assert numbers.exact_euro(Decimal(value)) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        ("0", "0.0"),
        ("0.486628", "48.7"),
        ("0.0005", "0.1"),
        ("1.25", "125.0"),
        ("-0.25", "−25.0"),
        ("12", "1,200.0"),
    ],
)
def test_a_percentage_rounds_half_up(ratio: str, text: str) -> None:
    assert numbers.percent(Decimal(ratio)) == f"{text}\u202f%"


def test_a_multiple_has_one_decimal() -> None:
    assert numbers.times(Decimal("4.2488")) == "4.2×"
    assert numbers.times(Decimal("91.95")) == "92.0×"
    assert numbers.times(Decimal("0.0389")) == "0.04×"


def test_reasons_are_words_and_some_make_a_lower_bound() -> None:
    assert numbers.reasons("amount_unknown;no_cost_estimate") == [
        "an amount was not disclosed",
        "no cost estimate has been published",
    ]
    assert numbers.is_lower_bound("no_cost_estimate;no_exchange_rate")
    assert not numbers.is_lower_bound("no_cost_estimate")
