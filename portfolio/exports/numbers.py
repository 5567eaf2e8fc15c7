"""Numbers as people read them. Exact values stay exact; what is short says so by its unit."""

from decimal import Decimal
from functools import cache

from portfolio.rules.money import round_half_up
from portfolio.vocabulary import Reason

NARROW_SPACE = "\u202f"
UNITS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k"))
LOWER_BOUND = {Reason.AMOUNT_UNKNOWN.value, Reason.NO_EXCHANGE_RATE.value}


def exact_euro(value: Decimal) -> str:
    """Return an amount to the cent: €1,234,567.89."""
    sign = "−" if value < 0 else ""
    return f"{sign}€{abs(value):,.2f}"


def short_euro(value: Decimal) -> str:
    """Return an amount with the digits that matter: €1.23bn, €498.8m, €5bn; €0 for nothing."""
    if value == 0:
        return "€0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    for place, (unit, name) in enumerate(UNITS):
        if size >= unit:
            text = _digits(size / unit)
            if text == "1,000" and place:
                return f"{sign}€1{UNITS[place - 1][1]}"
            return f"{sign}€{text}{name}"
    return f"{sign}€{size:,.2f}"


def column_euro(value: Decimal) -> str:
    """Return an amount in millions with one decimal, to stand below others: €4,852.1m; €0 for nothing.

    What would round to nothing is written short: €12.3k.
    """
    millions = round_half_up(abs(value) / 10**6, 1)
    return short_euro(value) if millions == 0 else f"{'−' if value < 0 else ''}€{millions:,}m"


def _digits(value: Decimal) -> str:
    rounded = round_half_up(value, 2 if value < 10 else 1)
    text = f"{rounded:,}"
    return text.rstrip("0").rstrip(".")


def percent(ratio: Decimal) -> str:
    """Return a ratio as a percentage with one decimal: 48.7 %."""
    rounded = round_half_up(ratio * 100, 1)
    return f"{'−' if rounded < 0 else ''}{abs(rounded):,}{NARROW_SPACE}%"


def times(ratio: Decimal, places: int | None = None) -> str:
    """Return a ratio as a multiple, with `places` decimals, or one, or two below one: 4.2×, 0.04×."""
    return f"{round_half_up(ratio, (1 if ratio >= 1 else 2) if places is None else places):,}×"


def reasons(incomplete: str) -> list[str]:
    """Return the reasons under `incomplete` in words."""
    return [str(Reason(word).label) for word in incomplete.split(";") if word]


@cache
def is_lower_bound(incomplete: str) -> bool:
    """Whether a sum with these reasons is a lower bound."""
    return bool(LOWER_BOUND & set(incomplete.split(";")))


def at_least(incomplete: str) -> str:
    """Return "at least" for a sum with these reasons where it is a lower bound, else nothing."""
    return "at least" if is_lower_bound(incomplete or "") else ""


def at_most(incomplete: str) -> str:
    """Return "at most" for what such a sum leaves of a known amount, else nothing."""
    return "at most" if is_lower_bound(incomplete or "") else ""


def at_least_if_any(incomplete: str) -> str:
    """Return "at least" where there is any reason at all."""
    return "at least" if incomplete else ""
