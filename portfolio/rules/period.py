"""The two days between which changes are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portfolio.rules.dates import DateRefused, parse_as_of, quick_dates

DAYS = 30


class PeriodRefused(DateRefused):
    """Two days between which nothing can be told. `parameter` is `from` or `to`, `value` what it says."""

    def __init__(self, sentence: str, parameter: str, value: str) -> None:
        super().__init__(sentence)
        self.parameter, self.value = parameter, value


@dataclass(frozen=True, slots=True)
class Period:
    """What came after `since`, up to and with `until`."""

    since: date
    until: date


def parse_period(since: Sequence[str], until: Sequence[str], latest: date, default: date) -> Period:
    """Return the period that the values of `from` and `to` ask for.

    Without `to`, up to `default`; without `from`, since the quarter end before that. Raise PeriodRefused with
    a sentence for a malformed day, one after `latest`, several, or days in the wrong order.
    """
    end = _day("to", until, latest) or default
    if end.year == date.min.year:
        raise PeriodRefused(f"{end} is too early: nothing can come before it.", "to", end.isoformat())
    start = _day("from", since, latest) or quick_dates(end)[1][1]
    if start >= end:
        raise PeriodRefused(
            f"The period begins on {start} and ends on {end}: use a day before {end} to begin with.",
            "from",
            start.isoformat(),
        )
    return Period(start, end)


def quick_periods(until: date) -> list[tuple[str, date]]:
    """Return the days since which changes are often asked for, each with its name."""
    month, quarter = quick_dates(until)[:2]
    return [
        ("Since the last month end", month[1]),
        ("Since the last quarter end", quarter[1]),
        (f"Last {DAYS} days", until - timedelta(DAYS)),
    ]


def _day(name: str, values: Sequence[str], latest: date) -> date | None:
    shown = ", ".join(values)
    if len(values) > 1:
        raise PeriodRefused(f"“{name}” is given {len(values)} times: {shown}. Use one date.", name, shown)
    if not values or not values[0]:
        return None
    try:
        return parse_as_of(values[0], latest)
    except DateRefused as error:
        raise PeriodRefused(str(error), name, shown) from error
