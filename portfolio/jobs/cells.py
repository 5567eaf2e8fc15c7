"""What a cell of a bundle accepts: each function returns what the database stores, or raises CellFault."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from portfolio.models.chips import MAX_CHIPS
from portfolio.models.fields import MAX_AMOUNT, MAX_RATE, plain
from portfolio.vocabulary import COUNTRY_ALIASES, COUNTRY_CODES

NUMBER = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
WHOLE = re.compile(r"[0-9]+")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
MAX_KEY_LENGTH = 255
MAX_SYSTEM_LENGTH = 500
MAX_DIGITS = 38


class CellFault(ValueError):
    """A cell that cannot be accepted: what is wrong, and what is accepted."""

    def __init__(self, wrong: str, accepted: str) -> None:
        super().__init__(f"{wrong}, accepted: {accepted}")
        self.wrong = wrong
        self.accepted = accepted


def shown(cell: str) -> str:
    """Return a cell as a message quotes it: cut where it is long."""
    return f"“{cell if len(cell) <= 80 else cell[:77] + '...'}”"


def text(cell: str) -> str:
    return cell


def key(cell: str) -> str:
    if not KEY.fullmatch(cell):
        raise CellFault(
            f"{shown(cell)} is not a key",
            "letters, digits, dots, hyphens and underscores, beginning with a letter or a digit",
        )
    if len(cell) > MAX_KEY_LENGTH:
        raise CellFault(f"{shown(cell)} is too long for a key", f"at most {MAX_KEY_LENGTH} characters")
    return cell


def system(cell: str) -> str:
    if len(cell) > MAX_SYSTEM_LENGTH:
        raise CellFault(f"{shown(cell)} is too long", f"at most {MAX_SYSTEM_LENGTH} characters")
    return cell


def one_of(words: Iterable[str]) -> Callable[[str], str]:
    """Return the parser of a closed list."""
    accepted = frozenset(words)
    listed = ", ".join(words)

    def parse(cell: str) -> str:
        if cell not in accepted:
            raise CellFault(f"{shown(cell)} is not in the list", listed)
        return cell

    return parse


def day(cell: str) -> str:
    if DAY.fullmatch(cell):
        try:
            return date.fromisoformat(cell).isoformat()
        except ValueError:
            pass
    raise CellFault(f"{shown(cell)} is not a date", "YYYY-MM-DD, a day that exists")


def _number(cell: str, places: int | None, accepted: str) -> Decimal:
    match = NUMBER.fullmatch(cell)
    if not match:
        raise CellFault(f"{shown(cell)} is not a number", accepted)
    decimals = match.group(1)
    if places is not None and decimals and len(decimals) > places:
        raise CellFault(f"{shown(cell)} has more than {places} decimals", accepted)
    return Decimal(cell)


MONEY_ACCEPTED = f"a decimal point, at most 2 decimals, from 0 to {MAX_AMOUNT}"


def money(cell: str) -> int:
    """Return an amount in cents."""
    value = _number(cell, 2, MONEY_ACCEPTED)
    if value < 0:
        raise CellFault(f"{shown(cell)} is a negative amount", MONEY_ACCEPTED)
    if value > MAX_AMOUNT:
        raise CellFault(f"{shown(cell)} is too large", MONEY_ACCEPTED)
    return int(value.scaleb(2))


def money_above_zero(cell: str) -> int:
    cents = money(cell)
    if cents == 0:
        raise CellFault("an envelope of zero", f"an amount above zero, at most {MAX_AMOUNT}")
    return cents


def rate(cell: str) -> int:
    """Return a rate in millionths."""
    accepted = f"units for one euro, above 0, at most 6 decimals and {MAX_RATE}"
    value = _number(cell, 6, accepted)
    if value <= 0:
        raise CellFault(f"{shown(cell)} is a rate of zero or below", accepted)
    if value > MAX_RATE:
        raise CellFault(f"{shown(cell)} is too large", accepted)
    return int(value.scaleb(6))


def exact_decimal(cell: str) -> str:
    value = plain(_number(cell, None, "digits with a decimal point, such as 5 or 0.17"))
    if len(value) > MAX_DIGITS:
        raise CellFault(f"{shown(cell)} is too large", f"at most {MAX_DIGITS} characters")
    return value


def _stored_decimal(cell: str, places: int, low: Decimal, high: Decimal, accepted: str) -> str:
    text = plain(_number(cell, None, accepted))
    value = _number(text, places, accepted)
    if not low <= value <= high:
        raise CellFault(f"{shown(cell)} is out of range", accepted)
    return text


def latitude(cell: str) -> str:
    return _stored_decimal(cell, 9, Decimal(-90), Decimal(90), "degrees from -90 to 90, at most 9 decimals")


def longitude(cell: str) -> str:
    return _stored_decimal(
        cell, 9, Decimal(-180), Decimal(180), "degrees from -180 to 180, at most 9 decimals"
    )


def speed(cell: str) -> str:
    high = Decimal("999999999.999999")
    value = _stored_decimal(cell, 6, Decimal(0), high, f"TFLOP/s above 0, at most 6 decimals and {high}")
    if Decimal(value) == 0:
        raise CellFault(f"{shown(cell)} is no speed", "TFLOP/s above 0, or an empty cell where unknown")
    return value


def memory(cell: str) -> str:
    high = Decimal("999999999.999999")
    return _stored_decimal(cell, 6, Decimal(0), high, f"gigabytes from 0, at most 6 decimals and {high}")


def chips(cell: str) -> int:
    if not WHOLE.fullmatch(cell):
        raise CellFault(
            f"{shown(cell)} is not a whole number of chips", f"a whole number from 0 to {MAX_CHIPS}"
        )
    digits = cell.lstrip("0") or "0"
    if len(digits) > len(str(MAX_CHIPS)):
        raise CellFault(f"{shown(cell)} is too large", f"a whole number from 0 to {MAX_CHIPS}")
    return int(digits)


def currency(cell: str) -> str:
    if not CURRENCY.fullmatch(cell):
        raise CellFault(f"{shown(cell)} is not a currency", "three capital letters, such as EUR")
    return cell


def country(cell: str) -> str:
    code = COUNTRY_ALIASES.get(cell, cell)
    if code not in COUNTRY_CODES:
        raise CellFault(f"{shown(cell)} is not a country", "an ISO 3166-1 alpha-2 code, such as PL")
    return code


def countries(cell: str) -> str:
    """Return the codes, semicolons between, in the order given: the lead comes first."""
    return ";".join(country(code) for code in cell.split(";"))
