"""Who may see advice, and what of it is confidential: stated once, for every door."""

from typing import Any

# Every role has it; who has no role sees of advice what is added up over all cases.
SEES_ADVICE = "advisory.view_advisoryrequest"
SEES_ASSESSMENTS = "advisory.view_readinessassessment"
SEES_NOTES = "advisory.view_advisorynote"
SEES_MEETINGS = "advisory.view_advisorymeeting"


def sees_advice(person: Any) -> bool:
    """Whether somebody may see requests, cases, engagements and what else names one of them."""
    return bool(person.has_perm(SEES_ADVICE))


def sees_assessments(person: Any) -> bool:
    """Whether somebody may see assessments, their scores, and what follows from a single one."""
    return bool(person.has_perm(SEES_ASSESSMENTS) and sees_advice(person))


def sees_notes(person: Any) -> bool:
    """Whether somebody may see meetings and notes."""
    return bool(person.has_perm(SEES_NOTES) and person.has_perm(SEES_MEETINGS) and sees_advice(person))
