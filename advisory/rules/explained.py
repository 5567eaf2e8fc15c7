"""Every column of the funnel and of the outcomes in words: its rule, and what is counted (docs/advice.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisory.vocabulary import Step


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How a column is made: what it is called, its rule, what that says, and what its terms are.

    `of` is what a term is: a case that reached a step, a case in a state, a number of days, money, a gain.
    """

    label: str
    rule: str
    statement: str
    of: str
    step: str = ""
    confidential: bool = False


def _count(step: Step, statement: str) -> ColumnRule:
    return ColumnRule(f"{step.label}, cases", "A1", statement, "reached", step.value, step == Step.READY)


def _days(step: Step) -> ColumnRule:
    return ColumnRule(
        f"Median days to “{str(step.label).lower()}”",
        "A2",
        "The median of the days from the newest earlier step to this one.",
        "days",
        step.value,
        step == Step.READY,
    )


def _money(months: int) -> ColumnRule:
    return ColumnRule(
        f"Signed within {months} months of the first engagement",
        "A6",
        f"Signed contributions, guarantees left out, that were signed within {months} months of the day on"
        " which the first engagement of the project started; each project once.",
        "money",
        str(months),
    )


FUNNEL: Mapping[str, ColumnRule] = {
    "requests": ColumnRule("Requests", "A1", "Cases that were received.", "reached", Step.RECEIVED.value),
    "accepted": _count(Step.ACCEPTED, "Cases whose newest decision says accepted."),
    "engagement_started": _count(Step.ENGAGEMENT_STARTED, "Cases with an engagement that has started."),
    "ready": _count(Step.READY, "Cases whose newest assessment says ready, whatever is unknown in it."),
    "under_appraisal": _count(
        Step.UNDER_APPRAISAL,
        "Cases whose project was taken under appraisal after the request, and still is, or is further.",
    ),
    "approved": _count(
        Step.APPROVED, "Cases whose project had financing approved after the request, and still has."
    ),
    "signed": _count(
        Step.SIGNED, "Cases whose project had financing signed after the request, and still has."
    ),
    "closed": ColumnRule(
        "Closed, cases", "A1", "Cases that were redirected, declined or withdrawn.", "closed"
    ),
    "stalled": ColumnRule(
        "Stalled, cases",
        "A3",
        "Cases that have stood in their step for longer than its threshold.",
        "stalled",
    ),
    **{
        f"median_days_to_{step.value}": _days(step)
        for step in (
            Step.ACCEPTED,
            Step.ENGAGEMENT_STARTED,
            Step.READY,
            Step.UNDER_APPRAISAL,
            Step.APPROVED,
            Step.SIGNED,
        )
    },
    "median_readiness_gain": ColumnRule(
        "Median readiness gain",
        "A5",
        "The median of what engagements gained, where both assessments are whole and of one scale.",
        "gain",
        confidential=True,
    ),
    "signed_within_12_months_eur": _money(12),
    "signed_within_24_months_eur": _money(24),
}

_GROUP = "The clock of a project with advice begins with its first engagement, else with its first stage."
OUTCOMES: Mapping[str, ColumnRule] = {
    "projects": ColumnRule(
        "Projects whose window is over", "A6", f"{_GROUP} Those count whose window is over.", "over"
    ),
    "windows_open": ColumnRule(
        "Projects whose window is open", "A6", f"{_GROUP} These count in nothing else.", "open"
    ),
    "projects_signed": ColumnRule(
        "Projects with a signature",
        "A6",
        f"{_GROUP} Those with a signed contribution in the window.",
        "signed",
    ),
    "share_signed": ColumnRule(
        "Share with a signature",
        "A6",
        f"{_GROUP} Projects with a signature over projects whose window is over.",
        "share",
    ),
    "signed_eur": ColumnRule(
        "Signed in the window",
        "A6",
        f"{_GROUP} Signed contributions, guarantees left out, signed in it.",
        "money",
    ),
    "signed_per_project_eur": ColumnRule(
        "Signed for each project",
        "A6",
        f"{_GROUP} What was signed over projects whose window is over.",
        "mean",
    ),
}
