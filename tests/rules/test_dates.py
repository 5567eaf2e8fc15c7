"""Which day it is in Brussels, and which days may be asked for."""

from datetime import UTC, date, datetime

import pytest

from portfolio.rules.dates import DateRefused, parse_as_of, parse_date, today

LATEST = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-30T21:59:59", "2026-06-30"),
        ("2026-06-30T22:00:00", "2026-07-01"),
        ("2026-01-01T22:59:59", "2026-01-01"),
        ("2026-01-01T23:00:00", "2026-01-02"),
        ("2026-03-28T22:59:59", "2026-03-28"),
        ("2026-03-28T23:00:00", "2026-03-29"),
        ("2026-03-29T00:59:59", "2026-03-29"),
        ("2026-03-29T01:00:00", "2026-03-29"),
        ("2026-03-29T22:00:00", "2026-03-30"),
        ("2026-10-24T22:00:00", "2026-10-25"),
        ("2026-10-25T00:30:00", "2026-10-25"),
        ("2026-10-25T01:30:00", "2026-10-25"),
        ("2026-10-25T22:30:00", "2026-10-25"),
        ("2026-10-25T23:00:00", "2026-10-26"),
    ],
)
def test_today_is_the_day_in_brussels(moment: str, day: str) -> None:
    assert today(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == date.fromisoformat(day)


def test_today_now() -> None:
    assert today() in {today(datetime.now(UTC)), today(datetime.now(UTC))}


@pytest.mark.parametrize("text", ["2026-06-30", "2026-06-29", "0001-01-01", "2024-02-29"])
def test_a_day_that_may_be_asked_for(text: str) -> None:
    assert parse_as_of(text, LATEST) == date.fromisoformat(text)


@pytest.mark.parametrize("text", ["2026-07-01", "9999-12-31"])
def test_a_day_after_today(text: str) -> None:
    with pytest.raises(DateRefused, match=f"^{text} is after today, 2026-06-30: nothing is known of it yet"):
        parse_as_of(text, LATEST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-6-30",
        "20260630",
        "2025-02-29",
        "2026-06-31",
        "２026-06-30",
        "2026-06-30\n",
        " 2026-06-30",
    ],
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(DateRefused, match=r"is not a date. A date is written YYYY-MM-DD") as refused:
        parse_date(text)
    assert text in str(refused.value)
