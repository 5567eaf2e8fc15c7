"""Dates as offices write them. Whether the day or the month comes first is decided for each column.

A way of writing is named by its order: "dmy" or "mdy". Dates that begin with the year, or name the month, can
be read in one way whatever their column shows.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from babel import Locale

from portfolio.rules.cell_texts import tidy

ORDERS = {"dmy": "the day first", "mdy": "the month first"}
LANGUAGES = tuple(
    language
    for group in ("bg cs da de el en es et fi", "fr ga hr hu it lt lv mt nb", "nl pl pt ro sk sl sv tr uk")
    for language in group.split()
)
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})\.?{_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/. ]|\. )(\d{{1,2}})\2(\d{{4}})\.?{_TIME}")
_SHORT_YEAR = re.compile(rf"\d{{1,2}}([-/. ])\d{{1,2}}\1\d{{2}}\.?{_TIME}")
_DAY_NAMED = re.compile(
    r"(\d{1,2})(?:\.|st|nd|rd|th|er|º|ª)?[ -]?(?:de |of )?([^\W\d_]+)\.?,?[ -]?(?:de )?(\d{4})"
)
_NAMED_DAY = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_PART = re.compile(
    r"\d{4}|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}|[^\W\d_]+\.? \d{4}"
    r"|(?:Q[1-4]|[HS][12]) ?\d{4}|\d{4}[- ]?[QHS][1-4]"
)
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.\d+)?")
ACCEPTED = "a day, such as 2026-03-31, 31/03/2026 or 31 March 2026"


def written_date(text: str) -> dict[str, str]:
    """Return the days that a cell can mean, as YYYY-MM-DD by their order; nothing where it is no day."""
    text = tidy(text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _same(_day(match[1], match[3], match[4]))
    if match := _YEAR_LAST.fullmatch(text):
        days = {"dmy": _day(match[4], match[3], match[1]), "mdy": _day(match[4], match[1], match[3])}
        return {order: day for order, day in days.items() if day}
    if match := _DAY_NAMED.fullmatch(text):
        return _same(_named(match[3], match[2], match[1]))
    if match := _NAMED_DAY.fullmatch(text):
        return _same(_named(match[3], match[1], match[2]))
    return {}


def why_no_date(text: str) -> str:
    """Return what is wrong with a text that is no day."""
    text = tidy(text)
    if _SHORT_YEAR.fullmatch(text):
        return "has a year of two digits, so its parts cannot be told apart"
    if _PART.fullmatch(text):
        return "is not a day, only a longer time"
    if _SERIAL.fullmatch(text):
        return "is a number: the cell is not formatted as a date"
    return "is not a date"


def why(text: str, order: str) -> str:
    """Return what a cell that is evidence for an order shows, in words."""
    return f"“{text}” can only have {ORDERS[order]}"


def _same(day: str) -> dict[str, str]:
    return dict.fromkeys(ORDERS, day) if day else {}


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _named(year: str, month: str, day: str) -> str:
    number = month_names().get(month.casefold())
    return _day(year, str(number), day) if number else ""


@cache
def month_names() -> dict[str, int]:
    """Return the months by their names in the languages of Europe; a name of two different months is none."""
    found: dict[str, set[int]] = {}
    for name, number in _names():
        found.setdefault(name.casefold().rstrip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _names() -> Iterator[tuple[str, int]]:
    for language in LANGUAGES:
        months = Locale(language).months
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[use][width].items():
                    if not name[:1].isdigit():
                        yield name, number
