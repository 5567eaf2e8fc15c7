"""Who may see what is confidential: stated once, for every door."""

from typing import Any

SEES_ASSESSMENTS = "advisory.view_readinessassessment"
SEES_NOTES = "advisory.view_advisorynote"
SEES_MEETINGS = "advisory.view_advisorymeeting"


def sees_assessments(person: Any) -> bool:
    """Whether somebody may see assessments, their scores, and what follows from a single one."""
    return bool(person.has_perm(SEES_ASSESSMENTS))


def sees_notes(person: Any) -> bool:
    """Whether somebody may see meetings and notes."""
    return bool(person.has_perm(SEES_NOTES) and person.has_perm(SEES_MEETINGS))
