"""What kinds of values the columns of lists have: how each is written, and how a parameter states one."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from portfolio.models.fields import MAX_EURO_VALUE, plain

MOST_WHOLE = 2**63 - 1
MOST_DIGITS = 38
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
WHOLE = re.compile(r"-?[0-9]{1,19}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
# Moments are compared in UTC: the first and last days of the calendar have no such moment everywhere.
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
LIST_SEPARATOR = ";"


class Kind(StrEnum):
    """The kind of a column's values."""

    KEY = "key"  # a natural key
    NAME = "name"  # free text that names something
    TEXT = "text"  # free text
    WORD = "word"  # one of a closed list
    MONEY = "money"  # two decimals
    NUMBER = "number"  # a decimal without trailing zeros
    RATIO = "ratio"  # a decimal with a fixed number of places
    WHOLE = "whole"
    DAY = "day"
    MOMENT = "moment"  # in UTC, to the second
    FLAG = "flag"
    REASONS = "reasons"  # words with semicolons between them
    LINK = "link"  # an address
    CELL = "cell"  # a value of another table, as it is written there


FREE = frozenset({Kind.NAME, Kind.TEXT, Kind.LINK})
ORDERED = frozenset({Kind.MONEY, Kind.NUMBER, Kind.RATIO, Kind.WHOLE, Kind.DAY, Kind.MOMENT})
DECIMALS = frozenset({Kind.MONEY, Kind.NUMBER, Kind.RATIO})


class ValueRefused(ValueError):
    """A value that a parameter cannot have; its text says what is accepted."""


def text_of(kind: Kind, value: Any) -> str:
    """Return a value as CSV writes it, before free text is made harmless; empty for what is unknown."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(MOMENT_FORMAT)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        if kind == Kind.MONEY:
            return format(value, ".2f")
        return plain(value) if kind == Kind.NUMBER else format(value, "f")
    return str(value)


def json_of(kind: Kind, value: Any) -> str | int | bool | None:
    """Return a value as JSON has it: decimals, days and moments as texts, unknown as null."""
    if value is None or value == "":
        return None
    if kind in (Kind.WHOLE, Kind.FLAG):
        return bool(value) if kind == Kind.FLAG else int(value)
    return text_of(kind, value)


def read_number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text) or len(text) > MOST_DIGITS:
        raise ValueRefused("a number with a decimal point, such as 1050000000.00")
    return Decimal(text)


def read_money(text: str) -> Decimal:
    accepted = f"an amount with a decimal point and at most 2 decimals, up to {MAX_EURO_VALUE}"
    if not NUMBER.fullmatch(text) or len(text) > MOST_DIGITS:
        raise ValueRefused(accepted)
    value = Decimal(text)
    if value != value.quantize(Decimal("0.01")) or abs(value) > MAX_EURO_VALUE:
        raise ValueRefused(accepted)
    return value


def read_whole(text: str) -> int:
    if not WHOLE.fullmatch(text) or abs(int(text)) > MOST_WHOLE:
        raise ValueRefused("a whole number")
    return int(text)


def read_day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueRefused("a day as YYYY-MM-DD, for example 2026-03-31")


def read_moment(text: str) -> date | datetime:
    """Return a moment, or a day for the whole of it (in Brussels)."""
    accepted = "a moment in UTC as 2026-03-31T12:00:00Z, or a day as 2026-03-31"
    try:
        moment = datetime.fromisoformat(text) if MOMENT.fullmatch(text) else read_day(text)
    except ValueError as error:
        raise ValueRefused(accepted) from error
    day = moment.date() if isinstance(moment, datetime) else moment
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueRefused(f"{accepted}, of the years 2 to 9998")
    return moment


def read_flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueRefused("true, false")
    return text == "true"


def read_text(text: str) -> str:
    if "\0" in text:
        raise ValueRefused("a text without NUL characters")
    return text


READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.MONEY: read_money,
    Kind.NUMBER: read_number,
    Kind.RATIO: read_number,
    Kind.WHOLE: read_whole,
    Kind.DAY: read_day,
    Kind.MOMENT: read_moment,
    Kind.FLAG: read_flag,
}
