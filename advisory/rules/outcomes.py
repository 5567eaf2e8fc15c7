"""What was signed within twelve and twenty-four months: projects with advice beside those without (A6)."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisory.vocabulary import FunnelReason
from portfolio.rules.money import ZERO, divide

MONTHS = (12, 24)
NO_PROOF = (
    "This is no proof that advice was the cause. Projects that ask for advice differ from those that do not:"
    " in kind, in size, in country, and in how far they had come."
)


@dataclass(frozen=True, slots=True)
class Signature:
    """A contribution that is signed, guarantees left out: since when, and what it is worth."""

    signed_on: date
    amount_eur: Decimal | None
    amount_unknown: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What a project had signed within months of its clock, which began on a day (A6)."""

    project: int
    advised: bool
    clock_from: date
    over_12: bool
    over_24: bool
    signed_12: int
    signed_24: int
    signed_12_eur: Decimal
    signed_24_eur: Decimal
    amount_unknown: bool
    no_exchange_rate: bool


def months_after(day: date, months: int) -> date:
    """Return the same day some months later; the last of that month where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def window(
    project: int,
    first_engagement: date | None,
    first_stage: date | None,
    signatures: Iterable[Signature],
    as_of: date,
) -> Window | None:
    """Return what a project had signed in its windows; None where no clock has begun by that day (A6).

    The clock of an advised project begins with its first engagement, that of another with its first stage.
    Both ends of a window belong to it.
    """
    advised = first_engagement is not None and first_engagement <= as_of
    clock = first_engagement if advised else first_stage
    if clock is None or clock > as_of:
        return None
    ends = {months: months_after(clock, months) for months in MONTHS}
    counts, sums = dict.fromkeys(MONTHS, 0), dict.fromkeys(MONTHS, ZERO)
    unknown = no_rate = False
    for signature in signatures:
        for months in MONTHS:
            if clock <= signature.signed_on <= ends[months]:
                counts[months] += 1
                sums[months] += signature.amount_eur or ZERO
                lacks = signature.amount_eur is None
                unknown = unknown or (lacks and signature.amount_unknown)
                no_rate = no_rate or (lacks and not signature.amount_unknown)
    return Window(
        project,
        advised,
        clock,
        ends[12] <= as_of,
        ends[24] <= as_of,
        counts[12],
        counts[24],
        sums[12],
        sums[24],
        unknown,
        no_rate,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of `advisory_outcomes`: a group of projects so many months after their clocks began (A6).

    Projects whose window is still open are counted under `windows_open` and in nothing else.
    """

    group: str
    months: int
    projects: int
    windows_open: int
    projects_signed: int
    share_signed: Decimal | None
    signed_eur: Decimal
    signed_per_project_eur: Decimal | None
    incomplete: str


@dataclass(frozen=True, slots=True)
class WindowSums:
    """What the windows of a group of projects add up to, for one length of window."""

    projects: int = 0
    windows_open: int = 0
    projects_signed: int = 0
    signed_eur: Decimal = ZERO
    amount_unknown: int = 0
    no_exchange_rate: int = 0


def sums_of(windows: Sequence[Window], months: int) -> WindowSums:
    """Return what some windows add up to."""
    over = [found for found in windows if _over(found, months)]
    return WindowSums(
        len(over),
        len(windows) - len(over),
        sum(_signed(found, months) > 0 for found in over),
        sum((_euro(found, months) for found in over), ZERO),
        sum(found.amount_unknown for found in over),
        sum(found.no_exchange_rate for found in over),
    )


def _over(found: Window, months: int) -> bool:
    return found.over_12 if months == 12 else found.over_24


def _signed(found: Window, months: int) -> int:
    return found.signed_12 if months == 12 else found.signed_24


def _euro(found: Window, months: int) -> Decimal:
    return found.signed_12_eur if months == 12 else found.signed_24_eur


def outcome(*, advised: bool, months: int, sums: WindowSums) -> Outcome:
    """Return the row of a group of projects (A6)."""
    lacking = {
        FunnelReason.AMOUNT_UNKNOWN.value: sums.amount_unknown,
        FunnelReason.NO_EXCHANGE_RATE.value: sums.no_exchange_rate,
    }
    return Outcome(
        f"{'advised' if advised else 'not_advised'}_{months}",
        months,
        sums.projects,
        sums.windows_open,
        sums.projects_signed,
        divide(sums.projects_signed, sums.projects, 6),
        sums.signed_eur,
        divide(sums.signed_eur, sums.projects, 2),
        ";".join(reason for reason, number in sorted(lacking.items()) if number),
    )
