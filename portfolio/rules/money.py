"""Exact arithmetic on euro amounts (rule 1 and the rounding of every figure)."""

from decimal import Decimal

ZERO = Decimal("0.00")

# Below this, Decimal.scaleb keeps every digit; its context would round a longer number.
SAFE_UNITS = 10**28


def decimal_of(units: int, places: int) -> Decimal:
    """Return the decimal that is `units` of its last place, exactly, however many digits it has."""
    if abs(units) < SAFE_UNITS:
        return Decimal(units).scaleb(-places)
    sign = 1 if units < 0 else 0
    return Decimal((sign, tuple(int(digit) for digit in str(abs(units))), -places))


def divide(numerator: Decimal | int, denominator: Decimal | int, places: int) -> Decimal | None:
    """Return the quotient rounded once, half up away from zero; None where the denominator is zero.

    Whole-number arithmetic: a quotient cut at some precision first could be rounded the wrong way.
    """
    if not denominator:
        return None
    top, top_unit = numerator.as_integer_ratio()
    bottom, bottom_unit = denominator.as_integer_ratio()
    dividend = top * bottom_unit * 10**places
    divisor = bottom * top_unit
    rounded = (2 * abs(dividend) + abs(divisor)) // (2 * abs(divisor))
    return decimal_of(rounded if (dividend < 0) == (divisor < 0) else -rounded, places)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Return the value rounded half up, away from zero."""
    rounded = divide(value, 1, places)
    if rounded is None:
        raise ArithmeticError("one divides everything")
    return rounded


def to_euro(amount: Decimal, per_euro: Decimal) -> Decimal:
    """Return what an amount is worth in euro, rounded to the cent (rule 1).

    `per_euro` is units of the amount's currency for one euro, above zero.
    """
    euro = divide(amount, per_euro, 2)
    if euro is None:
        raise ValueError("a rate of zero converts nothing")
    return euro


def share_rounded_down(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return amount x part / whole, rounded down to the cent; zero where the whole is zero (rule 8)."""
    if not whole:
        return ZERO
    amount_top, amount_unit = amount.as_integer_ratio()
    part_top, part_unit = part.as_integer_ratio()
    whole_top, whole_unit = whole.as_integer_ratio()
    cents = (amount_top * part_top * whole_unit * 100) // (amount_unit * part_unit * whole_top)
    return decimal_of(cents, 2)
