"""Exact arithmetic: one rounding, half up and away from zero, at any size."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.rules.money import decimal_of, divide, round_half_up, share_rounded_down, to_euro

decimals = st.decimals(min_value=-(10**24), max_value=10**24, allow_nan=False, places=6)
amounts = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2)
giant = Decimal("9" * 40 + ".99")


def expected(value: Fraction, places: int) -> Fraction:
    size = Fraction(floor(abs(value) * 10**places + Fraction(1, 2)), 10**places)
    return -size if value < 0 else size


@given(decimals, decimals, st.integers(0, 8))
def test_divide_is_exact_until_its_one_rounding(top: Decimal, bottom: Decimal, places: int) -> None:
    found = divide(top, bottom, places)
    if bottom == 0:
        assert found is None
        return
    assert found is not None
    assert Fraction(found) == expected(Fraction(top) / Fraction(bottom), places)
    assert found.as_tuple().exponent == -places


@pytest.mark.parametrize(
    ("top", "bottom", "places", "text"),
    [
        (1, 2, 0, "1"),
        (-1, 2, 0, "-1"),
        (3, 2, 0, "2"),
        (5, 2, 0, "3"),
        (1, 3, 6, "0.333333"),
        (2, 3, 6, "0.666667"),
        (-2, 3, 6, "-0.666667"),
        (2, -3, 6, "-0.666667"),
        (-2, -3, 6, "0.666667"),
        (Decimal("0.0000005"), 1, 6, "0.000001"),
        (Decimal("0.00000049999999999999999999999999999"), 1, 6, "0.000000"),
        (Decimal("-0.0000005"), 1, 6, "-0.000001"),
        (0, 7, 4, "0.0000"),
        (Decimal("1.005"), 1, 2, "1.01"),
        (giant, 1, 1, "1" + "0" * 40 + ".0"),
        (giant, Decimal("0.01"), 0, "9" * 42),
        (1, giant, 6, "0.000000"),
    ],
)
def test_divide(top: Decimal | int, bottom: Decimal | int, places: int, text: str) -> None:
    found = divide(top, bottom, places)
    assert found is not None
    assert format(found, "f") == text


def test_a_quotient_just_below_a_half_is_not_rounded_up() -> None:
    """One digit of precision too few would make it a half first."""
    top, bottom = 10**60 // 2 - 1, 10**60
    assert divide(top, bottom, 0) == 0
    assert divide(top + 1, bottom, 0) == 1


def test_the_largest_amount_at_the_smallest_rate() -> None:
    assert to_euro(Decimal("999999999999.99"), Decimal("0.000001")) == Decimal("999999999999990000.00")


@given(amounts, st.decimals(min_value=Decimal("0.000001"), max_value=10**9, places=6))
def test_to_euro_is_the_quotient_to_the_cent(amount: Decimal, rate: Decimal) -> None:
    with localcontext() as context:
        context.prec = 400
        quotient = amount / rate
        assert to_euro(amount, rate) == quotient.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("amount", "rate", "euro"),
    [
        ("0.01", "2", "0.01"),
        ("0.01", "2.000001", "0.00"),
        ("0.03", "2", "0.02"),
        ("1.00", "400", "0.00"),
        ("1.00", "200", "0.01"),
        ("2000000000.00", "4.215", "474495848.16"),
    ],
)
def test_to_euro(amount: str, rate: str, euro: str) -> None:
    assert to_euro(Decimal(amount), Decimal(rate)) == Decimal(euro)


def test_nothing_is_worth_something_at_a_rate_of_zero() -> None:
    with pytest.raises(ValueError, match="a rate of zero"):
        to_euro(Decimal(1), Decimal(0))


@given(amounts, amounts, amounts)
def test_a_share_is_rounded_down_and_never_too_large(need: Decimal, one: Decimal, other: Decimal) -> None:
    whole = one + other
    parts = share_rounded_down(need, one, whole), share_rounded_down(need, other, whole)
    if whole == 0:
        assert not any(parts)
        return
    for part, share in zip((one, other), parts, strict=True):
        exact = Fraction(need) * Fraction(part) / Fraction(whole)
        assert 0 <= exact - Fraction(share) < Fraction(1, 100)
    assert need - Decimal("0.02") < sum(parts) <= need


@given(decimals)
def test_round_half_up(value: Decimal) -> None:
    assert Fraction(round_half_up(value, 2)) == expected(Fraction(value), 2)


@given(st.integers(-(10**45), 10**45), st.integers(0, 6))
def test_decimal_of_keeps_every_digit(units: int, places: int) -> None:
    assert Fraction(decimal_of(units, places)) == Fraction(units, 10**places)
