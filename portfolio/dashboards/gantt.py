"""Where stages and milestones stand on a line of time: presentation of recorded dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date
from django.utils.translation import get_language

from investai.languages import SOURCE
from investai.wording import translated
from portfolio.dashboards.stage_tones import tone
from portfolio.models import Milestone, ProjectStage
from portfolio.queries.timeline import Dates
from portfolio.rules.milestones import Standing, standing
from portfolio.vocabulary import Stage

PLACES = Decimal("0.01")
SHORTEST = timedelta(365)
MOST_LINES = 14
WORDS = {
    Standing.LATE: "late",
    Standing.TO_COME: "to come",
    Standing.NO_DATE: "no date",
    Standing.DONE_LATE: "done late",
    Standing.DONE: "done",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that is drawn, and the lines across it: quarters, half-years or years, as there is room."""

    first: date
    last: date

    def at(self, day: date) -> Decimal:
        """Return where a day stands, in percent, held within the axis."""
        share = Decimal((day - self.first).days * 100) / (self.last - self.first).days
        return min(max(share, Decimal(0)), Decimal(100)).quantize(PLACES)

    def lines(self) -> list[tuple[Decimal, str, bool]]:
        """Return position, label and whether a year begins, for each line."""
        starts: list[date] = []
        for months in ((1, 4, 7, 10), (1, 7), (1,)):
            days = [date(y, m, 1) for y in range(self.first.year, self.last.year + 1) for m in months]
            starts = [day for day in days if self.first <= day < self.last]
            if len(starts) <= MOST_LINES:
                break
        step = (len(starts) - 1) // MOST_LINES + 1
        return [(self.at(day), _line_label(day), day.month == 1) for day in starts[::step]]


def _line_label(start: date) -> str:
    if start.month == 1:
        return str(start.year)
    return format_date(start, "QQQ", (get_language() or SOURCE).replace("-", "_"))


def axis_of(found: Iterable[Dates], as_of: date, until: date) -> Axis:
    """Return an axis that holds all dates up to `until`, whole quarters, a year at least."""
    days = [as_of, until]
    for dates in found:
        days += [stage.reached_on for stage in dates.stages]
        for milestone in dates.milestones:
            days += [day for day in (milestone.due_on, milestone.done_on) if day and day <= until]
    first, last = _quarter(min(days)), _quarter(max(days) + timedelta(92))
    return Axis(min(first, _quarter(last - SHORTEST)), last)


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage: from the day it was reached to the next, or to the day that is shown."""

    tone: str
    label: str
    x: Decimal
    width: Decimal
    since: date
    is_named: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone that is drawn: where, and how far its day lies behind where it is late."""

    standing: Standing
    word: str
    title: str
    day: date
    x: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """A milestone as the table tells it."""

    milestone: Milestone
    standing: Standing
    word: str
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A project on the line of time."""

    stages: list[ProjectStage]
    bars: list[Bar]
    marks: list[Mark]
    entries: list[Entry]

    @property
    def late(self) -> int:
        """How many of its milestones are late."""
        return sum(entry.standing is Standing.LATE for entry in self.entries)


LETTER = Decimal("0.85")  # what a letter of a stage's name takes on a narrow screen, in percent


def line(dates: Dates, axis: Axis, as_of: date, until: date) -> Line:
    """Return a project's stages as bars and its dated milestones up to `until` as marks."""
    entries = [_entry(milestone, as_of) for milestone in dates.milestones]
    marks = []
    for entry in entries:
        day = entry.done_on or entry.milestone.due_on
        if day is None or day > until:
            continue
        x = axis.at(day)
        overdue = axis.at(as_of) - x if entry.standing is Standing.LATE else Decimal(0)
        marks.append(Mark(entry.standing, entry.word, entry.milestone.title, day, x, overdue))
    return Line(dates.stages, _bars(dates, axis, as_of), marks, entries)


def _entry(milestone: Milestone, as_of: date) -> Entry:
    stands = standing(milestone.due_on, milestone.done_on, as_of)
    done = milestone.done_on if stands in (Standing.DONE, Standing.DONE_LATE) else None
    return Entry(milestone, stands, WORDS[stands], done)


def _bars(dates: Dates, axis: Axis, as_of: date) -> list[Bar]:
    bars = []
    following: Sequence[date] = [stage.reached_on for stage in dates.stages[1:]]
    for stage, end in zip(dates.stages, [*following, as_of], strict=False):
        x = axis.at(stage.reached_on)
        width = axis.at(end) - x
        if width or end == as_of:
            label = str(Stage(stage.stage).label)
            fits = width >= LETTER * (len(translated(label)) + 2)
            bars.append(Bar(tone(stage.stage), label, x, width, stage.reached_on, fits))
    return bars
