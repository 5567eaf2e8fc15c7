"""How far a request has come as of a day, the days between its steps, and whether it stands still (A1-A3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisory.rules.readiness import Assessment, ready_on
from advisory.vocabulary import CLOSING_OUTCOMES, Step, TriageOutcome
from portfolio.rules.contribution_state import NO_STATE, Event
from portfolio.vocabulary import EventKind

# What a threshold of days says, by step (A3); a step without one never stands still.
Thresholds = Mapping[str, Decimal]
ORDER = {step: place for place, step in enumerate(Step)}
LADDER = (
    Step.RECEIVED,
    Step.ACCEPTED,
    Step.ENGAGEMENT_STARTED,
    Step.UNDER_APPRAISAL,
    Step.APPROVED,
    Step.SIGNED,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a request on a day."""

    decided_on: date
    outcome: str


@dataclass(frozen=True, slots=True)
class Financing:
    """Since when a project is under appraisal, approved and signed (A1), counting from a day; None: not."""

    under_appraisal_on: date | None = None
    approved_on: date | None = None
    signed_on: date | None = None


NO_FINANCING = Financing()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What decides a case: numbers of the request and its project pass through untouched."""

    request: int
    key: str
    project: int | None
    received_on: date
    decisions: tuple[Decision, ...] = ()
    starts: tuple[date, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    contributions: tuple[tuple[Event, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A request as of a day (A1, A3). `step` and all that follows from it leave readiness out of account.

    `ready_on` is confidential, and so is `assessed`.
    """

    request: int
    project: int | None
    step: str
    step_since: date
    days_in_step: int
    stalled: bool
    received_on: date
    accepted_on: date | None
    engagement_started_on: date | None
    ready_on: date | None
    under_appraisal_on: date | None
    approved_on: date | None
    signed_on: date | None
    closed_on: date | None
    assessed: bool

    def reached_on(self, step: Step) -> date | None:
        """Return the day on which the case reached a step; None where it has not."""
        found: date | None = getattr(self, f"{step.value}_on")
        return found


def case_of(facts: CaseFacts, as_of: date, thresholds: Thresholds) -> Case | None:
    """Return a request as of a day; None before it was received (A1)."""
    if facts.received_on > as_of:
        return None
    accepted_on, closed_on = _decided(facts.decisions, as_of)
    started = min((day for day in facts.starts if day <= as_of), default=None)
    financing = financing_since(facts.contributions, facts.received_on, as_of, closed_on)
    days = {
        Step.RECEIVED: facts.received_on,
        Step.ACCEPTED: accepted_on,
        Step.ENGAGEMENT_STARTED: started,
        Step.UNDER_APPRAISAL: financing.under_appraisal_on,
        Step.APPROVED: financing.approved_on,
        Step.SIGNED: financing.signed_on,
    }
    step = max((step for step, day in days.items() if day is not None), key=ORDER.__getitem__)
    since = days[step]
    if closed_on is not None and step != Step.SIGNED:
        step, since = Step.CLOSED, closed_on
    if since is None:
        raise AssertionError("a step that was reached has a day")
    in_step = max((as_of - since).days, 0)
    limit = thresholds.get(step) if step not in (Step.SIGNED, Step.CLOSED) else None
    return Case(
        facts.request,
        facts.project,
        step.value,
        since,
        in_step,
        limit is not None and in_step > limit,
        facts.received_on,
        accepted_on,
        started,
        ready_on(facts.assessments, as_of),
        financing.under_appraisal_on,
        financing.approved_on,
        financing.signed_on,
        closed_on,
        any(assessment.assessed_on <= as_of for assessment in facts.assessments),
    )


def _decided(decisions: Sequence[Decision], as_of: date) -> tuple[date | None, date | None]:
    """Return since when a request is accepted, and since when closed; the newest decision holds."""
    accepted: date | None = None
    closed: date | None = None
    for decision in sorted(decisions, key=lambda found: found.decided_on):
        if decision.decided_on > as_of:
            break
        if decision.outcome == TriageOutcome.ACCEPTED:
            accepted, closed = accepted or decision.decided_on, None
        elif decision.outcome in CLOSING_OUTCOMES:
            accepted, closed = None, closed or decision.decided_on
        else:
            accepted, closed = None, None
    return accepted, closed


def financing_since(
    contributions: Iterable[Sequence[Event]], since: date, as_of: date, closed_on: date | None = None
) -> Financing:
    """Return how far financing has come by events from a day on, up to the closing of the case (A1).

    Contributions other than guarantees, each with its events. One whose state is taken back counts no more:
    only those that are now under appraisal or further say since when, now approved or further, now signed.
    """
    appraised: list[date] = []
    approved: list[date] = []
    signed: list[date] = []
    for events in contributions:
        state, renewed = NO_STATE, list[Event]()
        for event in sorted(events, key=lambda found: found.occurred_on):
            if event.occurred_on > as_of:
                break
            state = state.after(event)
            renewed.append(event)
        if state.last_cancelled_on is not None:
            renewed = [event for event in renewed if event.occurred_on > state.last_cancelled_on]
        now = state.state
        if now in (EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED):
            appraised += _first(renewed, EventKind.UNDER_APPRAISAL, since)
        if now in (EventKind.APPROVED, EventKind.SIGNED):
            approved += _first(renewed, EventKind.APPROVED, since)
        if state.signed_on is not None and state.signed_on >= since:
            signed.append(state.signed_on)
    last = closed_on or as_of
    firsts = (
        min((day for day in days if day <= last), default=None) for days in (appraised, approved, signed)
    )
    return Financing(*firsts)


def _first(events: Iterable[Event], kind: EventKind, since: date) -> list[date]:
    """Return the first day of a kind of event, if that is not before a day; else nothing."""
    first = min((event.occurred_on for event in events if event.kind == kind), default=None)
    return [first] if first is not None and first >= since else []


def days_to(case: Case, step: Step) -> int | None:
    """Return the days from the newest earlier step to a step (A2); None where one of them is not there.

    Earlier steps that came on a later day are passed over, since appraisal and advice run side by side.
    Readiness is counted from the start of the engagement, and nothing is counted from it.
    """
    reached = case.reached_on(step)
    if reached is None:
        return None
    place = ORDER[step]
    before = [
        day
        for earlier in LADDER
        if ORDER[earlier] < place and (day := case.reached_on(earlier)) is not None and day <= reached
    ]
    return (reached - max(before)).days if before else None


def confidential_step(case: Case) -> str:
    """Return how far a case has come for those who may see assessments: `ready` counts too (A1)."""
    if case.step in (Step.RECEIVED, Step.ACCEPTED, Step.ENGAGEMENT_STARTED) and case.ready_on is not None:
        return Step.READY.value
    return case.step
