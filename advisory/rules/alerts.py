"""Alerts of advice, in the common list: cases that stand still, and deliverables that are late (A3, A9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisory.rules.workload import days_late
from advisory.vocabulary import Step
from portfolio.rules.alerts import Finding, Subject, day, days, finding
from portfolio.vocabulary import AlertKind


@dataclass(frozen=True, slots=True)
class StandingCase:
    """A stalled case: whom it is about, its step, since when, and the threshold of days."""

    subject: Subject
    step: str
    since: date
    days_in_step: int
    threshold: Decimal


def stalled_finding(case: StandingCase) -> Finding:
    """Return that a case has stood in its step for longer than the threshold says (A3)."""
    return finding(
        AlertKind.ADVICE_STALLED,
        case.subject,
        f"Request {case.subject.key} has been in “{Step(case.step).label.lower()}” since {day(case.since)},"
        f" {days(case.days_in_step)}: more than {days(case.threshold)}.",
        case.days_in_step,
        case.threshold,
    )


@dataclass(frozen=True, slots=True)
class OpenDeliverable:
    """A deliverable with a day on which it is due, and who leads its engagement."""

    subject: Subject
    key: str
    title: str
    engagement: str
    lead: str
    due_on: date


def overdue_findings(open_: OpenDeliverable, as_of: date, threshold: Decimal | None) -> Iterable[Finding]:
    """Yield that a deliverable is overdue by more days than the threshold says (A9); without one, nothing."""
    late = days_late(open_.due_on, None, as_of)
    if threshold is None or late <= threshold:
        return
    engagement = f"{open_.engagement}, led by {open_.lead}" if open_.lead else open_.engagement
    yield finding(
        AlertKind.DELIVERABLE_OVERDUE,
        open_.subject,
        f"“{open_.title}” of engagement {engagement} was due on {day(open_.due_on)}: {days(late)} ago.",
        open_.due_on,
        threshold,
        detail=open_.key,
    )
