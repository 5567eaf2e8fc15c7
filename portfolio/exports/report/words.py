"""Figures of a report in words: as pages write them, money to the cent in tables."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from babel import Locale

from portfolio.exports import numbers
from portfolio.exports.report.blocks import Cell
from portfolio.models import ChipComparison, Source
from portfolio.models.fields import plain
from portfolio.queries.chips import Bounds
from portfolio.rules.chip_bounds import bound_of_sum
from portfolio.rules.dates import BRUSSELS
from portfolio.rules.money import round_half_up
from portfolio.vocabulary import Bound, DeploymentStatus, Reason, Severity

MILLION = Decimal(1_000_000)
COUNTRIES = Locale("en").territories
UNKNOWN = "unknown"
EURO = ("EUR", "euro")
TIMES = ("times", "x")
CLAIMS = {Bound.ABOUT: "about", Bound.AT_LEAST: "at least", Bound.AT_MOST: "at most"}
SEVERITY_LOOKS = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.NOTICE: "neutral"}
Bounded = Callable[[str], str]


def unknown(incomplete: str = "") -> Cell:
    """Return a cell of something unknown, with the reasons."""
    return Cell(UNKNOWN, small="; ".join(numbers.reasons(incomplete or "")), look="unknown")


def bounded(bound: str, text: str) -> str:
    """Return a figure after the word that says in what way it is a bound."""
    return f"{bound} {text}" if bound else text


def never(incomplete: str) -> str:
    """Return no word: a need is known, or unknown for these reasons, but never a bound."""
    return ""


def plainly(cell: Cell) -> Cell:
    """Return a cell without what stands small below it, where the row says that once."""
    return replace(cell, small="")


def exact(
    value: Decimal | None,
    incomplete: str = "",
    bound: Bounded = numbers.at_least,
    look: str = "",
) -> Cell:
    """Return an amount to the cent, "at least" where it is a lower bound."""
    if value is None:
        return unknown(incomplete)
    return Cell(bounded(bound(incomplete), numbers.exact_euro(value)), look=look)


def million(value: Decimal | None) -> Cell:
    """Return an amount in millions of euro, with two decimals."""
    if value is None:
        return unknown()
    rounded = round_half_up(value / MILLION, 2)
    return Cell(f"{'−' if rounded < 0 else ''}{abs(rounded):,}")


def short(value: Decimal | None, incomplete: str = "", bound: Bounded = numbers.at_least) -> str:
    """Return an amount with the digits that matter, as a text."""
    return UNKNOWN if value is None else bounded(bound(incomplete), numbers.short_euro(value))


def percent(
    ratio: Decimal | None, incomplete: str = "", bound: Bounded = numbers.at_least, look: str = ""
) -> Cell:
    """Return a ratio as a percentage."""
    if ratio is None:
        return unknown(incomplete)
    return Cell(bounded(bound(incomplete), numbers.percent(ratio)), look=look)


def percent_text(ratio: Decimal | None, incomplete: str = "") -> str:
    """Return a ratio as a percentage, as a text."""
    return percent(ratio, incomplete).text


def times(ratio: Decimal | None) -> str:
    """Return a ratio as a multiple."""
    return UNKNOWN if ratio is None else numbers.times(ratio)


def count(value: Decimal | int | None) -> str:
    """Return a number of things."""
    if value is None:
        return UNKNOWN
    whole = isinstance(value, int) or value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,}"


def chips(row: ChipComparison, bounds: Bounds) -> Cell:
    """Return the chips of a project, after the word that says how exact the published numbers make them."""
    if row.chips is None:
        return unknown(row.incomplete)
    return Cell(_chips(row.chips, row, bounds, DeploymentStatus), look="strong")


def chips_today(row: ChipComparison, bounds: Bounds) -> str:
    """Return the chips that a project has today, after the word that says how exact they are."""
    statuses = (DeploymentStatus.INSTALLED, DeploymentStatus.OPERATIONAL)
    return _chips(row.installed_chips + row.operational_chips, row, bounds, statuses)


def _chips(number: int, row: ChipComparison, bounds: Bounds, statuses: Iterable[DeploymentStatus]) -> str:
    of_statuses = bounds.get(row.project_id, {})
    found = set[str]().union(*(of_statuses.get(status, set()) for status in statuses))
    lacks = Reason.CHIP_COUNT_UNKNOWN in row.incomplete.split(";")
    return bounded(bound_of_sum(found, lacks=lacks), f"{number:,}")


def published(value: Decimal | None, unit: str, bound: str = "") -> str:
    """Return a published or measured value with its unit and the word for the bound that it is."""
    if value is None:
        return UNKNOWN
    if unit in EURO:
        text = numbers.short_euro(value)
    elif unit == "share":
        text = numbers.percent(value)
    elif unit == "year":
        text = plain(value)
    elif unit in TIMES:
        text = numbers.times(value) if value % 1 else f"{value:,.0f}×"
    else:
        text = f"{plain(value) if value % 1 else f'{value:,.0f}'} {unit}".strip()
    return bounded(CLAIMS.get(bound, ""), text)  # type: ignore[call-overload]


def gap(difference: Decimal | None, unit: str) -> str:
    """Return a difference with its sign; nothing where it is unknown."""
    if not difference:
        return "" if difference is None else "0"
    sign, size = "+" if difference > 0 else "−", abs(difference)
    if unit in EURO:
        return f"{sign}{numbers.short_euro(size)}"
    if unit == "share":
        return f"{sign}{round_half_up(size * 100, 1):,} points"
    return f"{sign}{numbers.times(size) if unit in TIMES else count(size)}"


def day(value: date | None) -> str:
    """Return a date: 4 December 2025."""
    return f"{value.day} {value:%B %Y}" if value else ""


def day_of(value: datetime) -> str:
    """Return the day of a moment in Brussels."""
    return day(value.astimezone(BRUSSELS).date())


def moment(value: datetime) -> str:
    """Return a moment in Brussels: 4 December 2025, 09:15."""
    local = value.astimezone(BRUSSELS)
    return f"{day(local.date())}, {local:%H:%M}"


def countries(codes: str) -> str:
    """Return country codes as names."""
    return ", ".join(COUNTRIES.get(code, code) for code in codes.split(";") if code)


def number_of(number: int, noun: str, plural: str = "") -> str:
    """Return how many there are of something: 1 project, 2 projects."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def cited(source: Source) -> str:
    """Return what a source is, with the day that it was published on."""
    return f"{source}, {day(source.published_on)}" if source.published_on else str(source)
