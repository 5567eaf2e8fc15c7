"""What advisers have to do and can do, month by month (A8), and which deliverables are late (A9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from portfolio.rules.money import divide


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """An engagement's working days, over the days from its start to its end; None where one is unknown."""

    lead: str
    days: Decimal | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """Days a month that an adviser has for advice since a day."""

    adviser: str
    since: date
    days_per_month: Decimal


@dataclass(frozen=True, slots=True)
class Load:
    """What a lead has to do in a month, in working days; `unknown` engagements have no number of days."""

    lead: str
    month: date
    days: Decimal
    capacity: Decimal | None
    unknown: int

    @property
    def free(self) -> Decimal | None:
        """What is left of the capacity: below zero where there is more to do than can be done."""
        return None if self.capacity is None else self.capacity - self.days


def first_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def months_from(first: date, number: int) -> list[date]:
    """Return the first days of so many months from one on."""
    found = [first_of(first)]
    while len(found) < number:
        found.append(first_of(found[-1] + timedelta(32)))
    return found


def working_days(first: date, last: date) -> int:
    """Return how many days from Monday to Friday there are from one day to another, both included."""
    if last < first:
        return 0
    weeks, rest = divmod((last - first).days + 1, 7)
    return weeks * 5 + sum((first + timedelta(n)).weekday() < 5 for n in range(rest))


def share_of_month(work: PlannedWork, month: date) -> Fraction | None:
    """Return the part of an engagement's days that falls in a month (A8); None where that is not known.

    The days are spread evenly over the working days from start to end; over all days where there is none.
    """
    if work.starts_on is None:
        return Fraction(0)
    last = first_of(month + timedelta(32)) - timedelta(1)
    if work.starts_on > last or (work.ends_on is not None and work.ends_on < month):
        return Fraction(0)
    if work.days is None or work.ends_on is None:
        return None
    first, end = max(work.starts_on, month), min(work.ends_on, last)
    whole, part = working_days(work.starts_on, work.ends_on), working_days(first, end)
    if not whole:
        whole, part = (work.ends_on - work.starts_on).days + 1, (end - first).days + 1
    return Fraction(work.days) * part / whole


def capacity_in(capacities: Iterable[Capacity], month: date) -> dict[str, Decimal]:
    """Return what each adviser has in a month: the newest number that holds on its first day (A8)."""
    newest: dict[str, Capacity] = {}
    for found in capacities:
        held = newest.get(found.adviser)
        if found.since <= month and (held is None or found.since > held.since):
            newest[found.adviser] = found
    return {adviser: found.days_per_month for adviser, found in newest.items()}


def loads(
    work: Sequence[PlannedWork], capacities: Sequence[Capacity], months: Sequence[date]
) -> dict[date, list[Load]]:
    """Return what each lead has to do and can do, by month; leads without either are left out."""
    found: dict[date, list[Load]] = {}
    for month in months:
        capacity = capacity_in(capacities, month)
        sums: dict[str, Fraction] = dict.fromkeys(capacity, Fraction(0))
        unknown: dict[str, int] = {}
        for piece in work:
            part = share_of_month(piece, month)
            if part is None:
                unknown[piece.lead] = unknown.get(piece.lead, 0) + 1
                sums.setdefault(piece.lead, Fraction(0))
            elif part:
                sums[piece.lead] = sums.get(piece.lead, Fraction(0)) + part
        found[month] = [
            Load(lead, month, _rounded(days), capacity.get(lead), unknown.get(lead, 0))
            for lead, days in sorted(sums.items())
        ]
    return found


def totals(by_month: Mapping[date, Sequence[Load]]) -> dict[date, Load]:
    """Return what all leads have to do and can do, by month; the capacity is unknown where nobody has one."""
    found = {}
    for month, rows in by_month.items():
        capacities = [row.capacity for row in rows if row.capacity is not None]
        found[month] = Load(
            "",
            month,
            sum((row.days for row in rows), Decimal(0)),
            sum(capacities, Decimal(0)) if capacities else None,
            sum(row.unknown for row in rows),
        )
    return found


def _rounded(days: Fraction) -> Decimal:
    rounded = divide(days.numerator, days.denominator, 1)
    if rounded is None:
        raise ArithmeticError("a fraction has a denominator")
    return rounded


def days_late(due_on: date | None, done_on: date | None, as_of: date) -> int:
    """Return by how many days something is overdue (A9): 0 where it is not, is done, or has no day."""
    if due_on is None or (done_on is not None and done_on <= as_of):
        return 0
    return max((as_of - due_on).days, 0)
