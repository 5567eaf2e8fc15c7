"""Recording an assessment with its scores, all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from advisory.jobs.edits import (
    Difference,
    EditedMeanwhile,
    differences,
    edited_meanwhile,
    lock_row,
    record,
    version_of,
)
from advisory.models import ReadinessAssessment, ReadinessCriterion, ReadinessScore
from portfolio.models import Source

SCORE_FIELDS = ("level", "evidence", "document", "source")


@dataclass(frozen=True, slots=True)
class GivenScore:
    """What somebody says of a criterion; no level is unknown."""

    level: int | None
    evidence: str = ""
    document: str = ""
    source: Source | None = None

    @property
    def empty(self) -> bool:
        return self.level is None and not self.evidence and not self.document and self.source is None


def version_of_assessment(assessment: ReadinessAssessment) -> str:
    """Return what identifies the state of an assessment with all its scores."""
    scores = assessment.scores.order_by("criterion__key")
    return "-".join([version_of(assessment), *(f"{score.pk}.{version_of(score)}" for score in scores)])


def record_assessment(
    assessment: ReadinessAssessment,
    given: Mapping[int, GivenScore],
    person: User,
    version: str = "",
) -> None:
    """Record an assessment, new or changed, and its scores by criterion (database id).

    Raise FactRefused with a sentence; EditedMeanwhile where a recorded one is no longer the `version` seen.
    """
    with transaction.atomic():
        if assessment.pk is not None:
            refuse_if_edited(assessment, version)
        record(assessment, person)
        recorded = {score.criterion_id: score for score in assessment.scores.all()}
        for criterion in ReadinessCriterion.objects.filter(scale=assessment.scale_id).order_by("key"):
            said = given.get(criterion.pk, GivenScore(None))
            score = recorded.get(criterion.pk)
            if score is None and said.empty:
                continue
            score = score or ReadinessScore(assessment=assessment, criterion=criterion)
            if score.pk is None or any(getattr(score, name) != getattr(said, name) for name in SCORE_FIELDS):
                for name in SCORE_FIELDS:
                    setattr(score, name, getattr(said, name))
                record(score, person)


def refuse_if_edited(assessment: ReadinessAssessment, version: str) -> None:
    """Raise EditedMeanwhile where an assessment or a score of it is no longer the `version` seen."""
    lock_row(assessment)
    current = version_of_assessment(assessment)
    if current == version:
        return
    own, *of_scores = version.split("-")
    seen = dict(part.split(".", 1) for part in of_scores if "." in part)
    edited = edited_meanwhile(assessment, own, ("assessed_on", "assessor", "engagement"))
    found, by, at = list(edited.differences), edited.by, edited.at
    for score in assessment.scores.select_related("criterion").order_by("criterion__key"):
        version_then = seen.get(str(score.pk), "")
        if version_of(score) == version_then:
            continue
        newest = edited_meanwhile(score, version_then, SCORE_FIELDS)
        by, at = newest.by, newest.at
        found += [_of(score, one) for one in newest.differences] or [
            Difference(score.criterion.name, "empty", "recorded")
        ]
    raise EditedMeanwhile(by, at, found, current)


def _of(score: ReadinessScore, difference: Difference) -> Difference:
    return Difference(f"{score.criterion.name}, {difference.label}", difference.then, difference.now)


__all__ = ["GivenScore", "differences", "record_assessment", "refuse_if_edited", "version_of_assessment"]
