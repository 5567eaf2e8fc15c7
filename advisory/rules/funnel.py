"""The funnel: how many cases reached each step, how long that took, and what it brought (A2, A3, A5-A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from advisory.rules.outcomes import Window
from advisory.rules.readiness import median
from advisory.rules.steps import Case, days_to
from advisory.vocabulary import FunnelReason, Step
from portfolio.rules.money import ZERO

OVERALL, WITHOUT_PROJECT, PROJECT = "overall", "without-project", "project."
MEASURED = (
    Step.ACCEPTED,
    Step.ENGAGEMENT_STARTED,
    Step.READY,
    Step.UNDER_APPRAISAL,
    Step.APPROVED,
    Step.SIGNED,
)


@dataclass(frozen=True, slots=True)
class Funnel:
    """One row of `advisory_funnel`; `scope` is overall, without-project, or project. and its slug.

    Whatever follows from confidential assessments is None where it would show one of them (A7).
    """

    scope: str
    project: int | None
    requests: int
    accepted: int
    engagement_started: int
    ready: int | None
    under_appraisal: int
    approved: int
    signed: int
    closed: int
    stalled: int
    median_days_to_accepted: Decimal | None
    median_days_to_engagement_started: Decimal | None
    median_days_to_ready: Decimal | None
    median_days_to_under_appraisal: Decimal | None
    median_days_to_approved: Decimal | None
    median_days_to_signed: Decimal | None
    median_readiness_gain: Decimal | None
    signed_within_12_months_eur: Decimal | None
    signed_within_24_months_eur: Decimal | None
    incomplete: str


def funnel(
    scope: str,
    project: int | None,
    cases: Sequence[Case],
    windows: Sequence[Window],
    gains: Sequence[Decimal],
    assessed_at_least: Decimal | None,
) -> Funnel:
    """Return a row of the funnel over some cases.

    `windows` are those of their projects, each once, that were advised. `gains` are the known readiness gains
    of their engagements. Without a threshold, or with fewer assessed cases than it says, what follows from
    assessments is withheld; it always is for less than the whole portfolio (A7).
    """
    enough = None if assessed_at_least is None else max(assessed_at_least, Decimal(1))
    shown = scope == OVERALL and enough is not None and sum(case.assessed for case in cases) >= enough
    reasons = _lacking(windows)
    if not shown:  # said whether or not there is an assessment, since that is confidential too
        reasons.add(FunnelReason.WITHHELD.value)
    days = {step: median(_days(cases, step), 1) for step in MEASURED}
    reached = {step: sum(case.reached_on(step) is not None for case in cases) for step in MEASURED}
    gain = median(gains, 2) if shown and enough is not None and len(gains) >= enough else None
    return Funnel(
        scope,
        project,
        len(cases),
        reached[Step.ACCEPTED],
        reached[Step.ENGAGEMENT_STARTED],
        reached[Step.READY] if shown else None,
        reached[Step.UNDER_APPRAISAL],
        reached[Step.APPROVED],
        reached[Step.SIGNED],
        sum(case.step == Step.CLOSED for case in cases),
        sum(case.stalled for case in cases),
        days[Step.ACCEPTED],
        days[Step.ENGAGEMENT_STARTED],
        days[Step.READY] if shown else None,
        days[Step.UNDER_APPRAISAL],
        days[Step.APPROVED],
        days[Step.SIGNED],
        gain,
        sum((found.signed_12_eur for found in windows), ZERO) if windows else None,
        sum((found.signed_24_eur for found in windows), ZERO) if windows else None,
        ";".join(sorted(reasons)),
    )


def _days(cases: Sequence[Case], step: Step) -> list[int]:
    return [days for case in cases if (days := days_to(case, step)) is not None]


def _lacking(windows: Sequence[Window]) -> set[str]:
    reasons = set()
    if any(found.amount_unknown for found in windows):
        reasons.add(FunnelReason.AMOUNT_UNKNOWN.value)
    if any(found.no_exchange_rate for found in windows):
        reasons.add(FunnelReason.NO_EXCHANGE_RATE.value)
    if any(not found.over_12 for found in windows):
        reasons.add(FunnelReason.WINDOW_OPEN_12.value)
    if any(not found.over_24 for found in windows):
        reasons.add(FunnelReason.WINDOW_OPEN_24.value)
    return reasons
