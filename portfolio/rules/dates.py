"""Which day it is, and which days may be asked for (rule 0)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DateRefused(ValueError):
    """A date that no figure can be computed for; its text says why and what is accepted."""


def today(now: datetime | None = None) -> date:
    """Return today in Europe/Brussels, or the Brussels day of an aware moment."""
    return (now.astimezone(BRUSSELS) if now else datetime.now(BRUSSELS)).date()


def parse_date(text: str) -> date:
    """Return the day that an ISO date names; raise DateRefused with a sentence otherwise."""
    if ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise DateRefused(f"“{text}” is not a date. A date is written YYYY-MM-DD, for example 2026-03-31.")


def parse_as_of(text: str, latest: date | None = None) -> date:
    """Return the day to compute for; raise DateRefused for a malformed date and for one after today."""
    as_of = parse_date(text)
    latest = latest or today()
    if as_of > latest:
        raise DateRefused(
            f"{as_of} is after today, {latest}: nothing is known of it yet. Use {latest} or earlier."
        )
    return as_of


def parse_asked(values: Sequence[str]) -> date | None:
    """Return the day that the values of an `as_of` parameter ask for; None for today, or where it is empty.

    Raise DateRefused for a malformed date, one after today, or more than one.
    """
    if len(values) > 1:
        raise DateRefused(f"as_of is given {len(values)} times: {', '.join(values)}. Use one date.")
    day = parse_as_of(values[0]) if values and values[0] else None
    return None if day == today() else day


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return (day + timedelta(1)).day == 1


def month_ends(first: date, last: date) -> list[date]:
    """Return the last days of months from one day to another, both included where they are such days."""
    ends: list[date] = []
    year, month = first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        end = date(year, month, 1) - timedelta(1)
        if end > last:
            return ends
        ends.append(end)


def quick_dates(day: date) -> list[tuple[str, date]]:
    """Return the ends of the month, the quarter and the year before a day, each with its name."""
    month = day.replace(day=1) - timedelta(1)
    quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(1)
    return [
        ("Last month end", month),
        ("Last quarter end", quarter),
        ("Last year end", date(day.year - 1, 12, 31)),
    ]
