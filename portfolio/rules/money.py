"""Exact arithmetic on euro amounts (rule 1 and the rounding of every figure)."""

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation, Overflow

ZERO = Decimal("0.00")

# Decimals of up to a thousand digits, far beyond any figure: what would have to be rounded raises an error.
EXACT = Context(prec=1000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation, Overflow])
MOST_PLACES = 10
_UNITS = [Decimal(1).scaleb(-places) for places in range(MOST_PLACES + 1)]
_TWICE_THE_UNITS_OF_ONE = [Decimal(2 * 10**places) for places in range(MOST_PLACES + 1)]


def decimal_of(units: int, places: int) -> Decimal:
    """Return the decimal that is `units` of its last place, exactly, however many digits it has."""
    return EXACT.multiply(_UNITS[places], units)


def units_of(numerator: int, denominator: int, places: int) -> int:
    """Return a quotient of whole numbers, neither below zero, in units of its last place, rounded half up."""
    # With u units to one: floor(n u / d + 1/2) = floor((2 n u + d) / 2 d).
    units: int = (numerator * 2 * 10**places + denominator) // (2 * denominator)
    return units


def divide(numerator: Decimal | int, denominator: Decimal | int, places: int) -> Decimal | None:
    """Return the quotient rounded once, half up away from zero; None where the denominator is zero.

    Whole-number arithmetic: a quotient cut at some precision first could be rounded the wrong way.
    """
    if not denominator:
        return None
    if numerator < 0 or denominator < 0:
        positive = divide(EXACT.abs(numerator), EXACT.abs(denominator), places)
        return positive if positive is None or (numerator < 0) == (denominator < 0) else EXACT.minus(positive)
    if isinstance(numerator, int) and isinstance(denominator, int):
        return EXACT.multiply(_UNITS[places], units_of(numerator, denominator, places))
    doubled = EXACT.fma(numerator, _TWICE_THE_UNITS_OF_ONE[places], denominator)
    units = EXACT.divide_int(doubled, EXACT.multiply(denominator, 2))
    return EXACT.multiply(units, _UNITS[places])


def quotients(numerators: Sequence[Decimal], denominator: Decimal, places: int) -> Sequence[Decimal | None]:
    """Return each of some amounts over one, as `divide` does."""
    if not denominator or denominator < 0 or min(numerators) < 0:
        return [divide(numerator, denominator, places) for numerator in numerators]
    fma, divide_int, multiply = EXACT.fma, EXACT.divide_int, EXACT.multiply
    twice, unit, doubled = _TWICE_THE_UNITS_OF_ONE[places], _UNITS[places], multiply(denominator, 2)
    return [
        multiply(divide_int(fma(numerator, twice, denominator), doubled), unit) for numerator in numerators
    ]


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
    cents = EXACT.divide_int(EXACT.multiply(EXACT.multiply(amount, part), 100), whole)
    return EXACT.multiply(cents, _UNITS[2])
