"""Alerts: what needs somebody's attention. Here is what all of them share, and those that are of no project.

A finding is that something is so now. Whether it is a new alert, one seen before, or one that has gone, is
for the job to tell. Comparisons are made on exact amounts, before any rounding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal

from portfolio.rules.money import divide, round_half_up
from portfolio.vocabulary import AlertKind, AlertSubject, EnvelopeKind, Severity

SEVERITY = {
    AlertKind.ENVELOPE_OVER_ALLOCATED: Severity.CRITICAL,
    AlertKind.EU_SHARE_ABOVE_MAXIMUM: Severity.CRITICAL,
    AlertKind.STATE_SHARE_BELOW_EU_SHARE: Severity.WARNING,
    AlertKind.DISBURSED_ABOVE_SIGNED: Severity.CRITICAL,
    AlertKind.SIGNED_ABOVE_APPROVED: Severity.WARNING,
    AlertKind.SIGNED_AT_ENDED_PROJECT: Severity.WARNING,
    AlertKind.EIB_GROUP_SHARE: Severity.WARNING,
    AlertKind.EU_MONEY_ABOVE_MAXIMUM: Severity.CRITICAL,
    AlertKind.RATE_TOO_OLD: Severity.NOTICE,
    AlertKind.COVERAGE_BELOW_EXPECTATION: Severity.WARNING,
    AlertKind.PLACES_USED_UP: Severity.NOTICE,
    AlertKind.MILESTONE_OVERDUE: Severity.WARNING,
    AlertKind.NEED_MISSING: Severity.WARNING,
    AlertKind.RATE_MISSING: Severity.WARNING,
    AlertKind.CHIPS_UNKNOWN: Severity.NOTICE,
    AlertKind.SOURCE_OUTDATED: Severity.NOTICE,
    AlertKind.FIGURE_CONTRADICTED: Severity.NOTICE,
    AlertKind.MOBILISATION_BEHIND: Severity.WARNING,
    AlertKind.RECOMPUTE_FAILED: Severity.CRITICAL,
    AlertKind.RESULTS_UNVERIFIED: Severity.WARNING,
    AlertKind.ADVICE_STALLED: Severity.WARNING,
    AlertKind.DELIVERABLE_OVERDUE: Severity.WARNING,
}

EXACT = Context(prec=120)  # more digits than an amount and a share have together

# A threshold of each kind that has one, by stage where it depends on it: (kind, stage or nothing) -> value.
Thresholds = Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about. The numbers of its project and envelope pass through untouched, for links."""

    kind: AlertSubject
    key: str = ""
    name: str = ""
    project: int | None = None
    envelope: int | None = None


PORTFOLIO = Subject(AlertSubject.PORTFOLIO, "", "Portfolio")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that needs attention now; `key` says what, the same as long as it lasts.

    `measured` and `threshold` are what was compared, as plain decimals or dates; empty where it is no number.
    """

    kind: AlertKind
    severity: Severity
    subject: Subject
    sentence: str
    measured: str = ""
    threshold: str = ""
    detail: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind.value}:{self.subject.kind.value}:{self.subject.key}:{self.detail}"


def finding(
    kind: AlertKind,
    subject: Subject,
    sentence: str,
    measured: Decimal | int | date | None = None,
    threshold: Decimal | int | date | None = None,
    *,
    detail: str = "",
    severity: Severity | None = None,
) -> Finding:
    """Return a finding of a kind with the usual severity of that kind, unless another is given."""
    return Finding(
        kind, severity or SEVERITY[kind], subject, sentence, written(measured), written(threshold), detail
    )


def written(value: Decimal | int | date | None) -> str:
    """Return what was compared as text: a plain decimal or an ISO date; nothing for what is no number."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def part_of(amount: Decimal, ratio: Decimal) -> Decimal:
    """Return a part of an amount, exactly: with all its decimals."""
    return EXACT.multiply(amount, ratio)


def money(amount: Decimal, currency: str = "EUR") -> str:
    """Return an amount as sentences write it: €1,250,000, or PLN 99.50; cents only where there are any."""
    number = f"{abs(round_half_up(amount, 2)):,f}".removesuffix(".00")
    return f"{'−' if amount < 0 else ''}{'€' if currency == 'EUR' else currency + ' '}{number}"


def percent(ratio: Decimal) -> str:
    """Return a ratio as sentences write it: 17 %, 17.25 %."""
    number = f"{round_half_up(ratio * 100, 2):,f}"
    return f"{number.rstrip('0').rstrip('.')} %"


def share(part: Decimal, whole: Decimal) -> str:
    """Return a part of a whole above zero as a percentage."""
    ratio = divide(part, whole, 6)
    return "" if ratio is None else percent(ratio)


def day(value: date) -> str:
    """Return a date as sentences write it: 4 December 2025."""
    return f"{value.day} {value:%B %Y}"


def days(number: int | Decimal) -> str:
    """Return a number of days in words: 1 day, 30 days."""
    return f"{number} day{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class EnvelopeStanding:
    """What decides an envelope's alerts: its row of `envelope_utilisation`."""

    subject: Subject
    kind: str
    amount_eur: Decimal
    committed_eur: Decimal | None
    over_allocated: bool | None
    mobilised_eur: Decimal | None
    progress: Decimal | None
    expected_progress: Decimal | None
    on_track: bool | None


def envelope_findings(envelope: EnvelopeStanding) -> Iterable[Finding]:
    """Yield what needs attention at an envelope (rules 7 and 8)."""
    amount = envelope.amount_eur
    if envelope.kind == EnvelopeKind.BUDGET:
        committed = envelope.committed_eur
        if envelope.over_allocated and committed is not None:
            yield finding(
                AlertKind.ENVELOPE_OVER_ALLOCATED,
                envelope.subject,
                f"{money(committed)} is approved or signed of a budget of {money(amount)}:"
                f" {money(committed - amount)} more than it holds.",
                committed,
                amount,
            )
    elif envelope.on_track is False and envelope.mobilised_eur is not None:
        progress, expected = envelope.progress or Decimal(0), envelope.expected_progress or Decimal(0)
        yield finding(
            AlertKind.MOBILISATION_BEHIND,
            envelope.subject,
            f"{money(envelope.mobilised_eur)} is mobilised of {money(amount)}, {percent(progress)},"
            f" while {percent(expected)} of the period has passed.",
            progress,
            expected,
        )


def places_findings(free: Decimal | None, thresholds: Thresholds) -> Iterable[Finding]:
    """Yield that the places of gigafactories are used up (rule 11); without a published limit, nothing."""
    least = thresholds.get((AlertKind.PLACES_USED_UP, ""))
    if free is None or least is None or free > least:
        return
    left = "No place" if free <= 0 else f"Only {free:f} place{'' if free == 1 else 's'}"
    yield finding(
        AlertKind.PLACES_USED_UP, PORTFOLIO, f"{left} for a gigafactory is left of the limit.", free, least
    )


def eu_total_findings(committed: Decimal, maximum: Decimal | None, programme: Subject) -> Iterable[Finding]:
    """Yield that selected gigafactories have more EU money than the formal call is to give at most.

    `committed` is approved and signed EU money, guarantees left out; without a published maximum, nothing.
    """
    if maximum is not None and committed > maximum:
        yield finding(
            AlertKind.EU_MONEY_ABOVE_MAXIMUM,
            programme,
            f"{money(committed)} of EU money is approved or signed for selected gigafactories:"
            f" {money(committed - maximum)} above the published maximum of {money(maximum)}.",
            committed,
            maximum,
        )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A published figure, and what the newest source that says otherwise says of it."""

    programme: Subject
    key: str
    statement: str
    value: Decimal
    unit: str
    told_on: date
    other_value: Decimal
    other_source: str
    other_told_on: date


def figure_findings(figure: Contradiction) -> Iterable[Finding]:
    """Yield that a newer source gives another value than the published figure."""
    yield finding(
        AlertKind.FIGURE_CONTRADICTED,
        figure.programme,
        f"“{figure.statement or figure.key}” is {_value(figure.value, figure.unit)} as published on"
        f" {day(figure.told_on)}, but {_value(figure.other_value, figure.unit)} by {figure.other_source}"
        f" of {day(figure.other_told_on)}.",
        figure.value,
        figure.other_value,
        detail=figure.key,
    )


def _value(value: Decimal, unit: str) -> str:
    if unit == "EUR":
        return money(value)
    if unit == "share":
        return percent(value)
    number = f"{value:f}" if unit == "year" else f"{value:,f}"
    return number if unit in ("", "year") else f"{number} {unit}"


def failure_findings(failed_on: date | None, message: str) -> Iterable[Finding]:
    """Yield that the newest recomputation failed; `failed_on` is None where it did not."""
    if failed_on is not None:
        yield finding(
            AlertKind.RECOMPUTE_FAILED,
            PORTFOLIO,
            f"The newest recomputation failed: {message.strip()[:300]}. The last good results are shown.",
            failed_on,
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """What is known of verifications: the last one, and since when there have been results to verify."""

    last_on: date | None
    differences: int
    results_since: date | None


def verification_findings(as_of: date, verified: Verified, thresholds: Thresholds) -> Iterable[Finding]:
    """Yield that the last verification found differences, or that there was none for too long."""
    if verified.last_on is not None and verified.differences:
        yield finding(
            AlertKind.RESULTS_UNVERIFIED,
            PORTFOLIO,
            f"The verification of {day(verified.last_on)} found {verified.differences:,} result"
            f" cell{'' if verified.differences == 1 else 's'} that differ from a recomputation from scratch.",
            verified.differences,
            0,
            severity=Severity.CRITICAL,
        )
        return
    since = verified.last_on or verified.results_since
    limit = thresholds.get((AlertKind.RESULTS_UNVERIFIED, ""))
    if since is None or limit is None or as_of - since <= timedelta(int(limit)):
        return
    ago = f"that is more than {days(limit)} ago."
    sentence = f"The results were last verified on {day(since)}: {ago}"
    if verified.last_on is None:
        sentence = f"The results have never been verified since {day(since)}: {ago}"
    yield finding(AlertKind.RESULTS_UNVERIFIED, PORTFOLIO, sentence, since, limit)
