"""What the write door has to know of the facts of advice: what each touches, since when, what it refuses."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import models as django_models

from advisory import models
from portfolio.jobs.fact_kinds import FactKind
from portfolio.jobs.places import FactRefused
from portfolio.rules.dates import today

Touched = set[int] | None


def _project_of(request: models.AdvisoryRequest) -> Touched:
    """Return the project of a request; without one, everything: no project's own figures stand for it."""
    return None if request.project_id is None else {request.project_id}


def _nothing(fact: Any) -> Touched:
    return set()


def _everything(fact: Any) -> Touched:
    return None


def _any_day(fact: Any) -> date | None:
    return None


def _not_refused(fact: Any) -> None:
    """Let pass what the forms and the database check."""


def _on(name: str) -> Callable[[Any], date | None]:
    def since(fact: Any) -> date | None:
        day: date | None = getattr(fact, name)
        return day

    return since


def _refuse_future(name: str, what: str) -> Callable[[Any], None]:
    def refuse(fact: Any) -> None:
        day = getattr(fact, name)
        if day is not None and day > today():
            raise FactRefused(f"{what} on {day} is in the future: today in Brussels is {today()}.")

    return refuse


def _refuse_assessment(assessment: models.ReadinessAssessment) -> None:
    _refuse_future("assessed_on", "An assessment")(assessment)
    engagement = assessment.engagement
    if engagement is not None and engagement.request_id != assessment.request_id:
        raise FactRefused(
            f"Engagement {engagement.key} is on request {engagement.request}, not on {assessment.request}."
        )
    if assessment.pk and assessment.scores.exclude(criterion__scale=assessment.scale_id).exists():
        raise FactRefused("The criteria that were assessed are of another scale. Make a new assessment.")


def _refuse_score(score: models.ReadinessScore) -> None:
    if score.criterion.scale_id != score.assessment.scale_id:
        raise FactRefused(
            f"“{score.criterion}” is a criterion of {score.criterion.scale.key}; the assessment uses"
            f" {score.assessment.scale.key}."
        )


def _refuse_note(note: models.AdvisoryNote) -> None:
    _refuse_future("written_on", "A note")(note)
    if note.meeting is not None and note.meeting.request_id != note.request_id:
        raise FactRefused(f"Meeting {note.meeting.key} is on another request. Choose one on this request.")


def _of_request(fact: Any) -> Touched:
    return _project_of(fact.request)


KINDS: dict[type[django_models.Model], FactKind] = {
    models.AdvisoryProvider: FactKind(_nothing, _any_day, _not_refused),
    models.Adviser: FactKind(_nothing, _any_day, _not_refused),
    models.AdviserCapacity: FactKind(_nothing, _any_day, _not_refused),
    models.AdvisoryRequest: FactKind(
        _project_of, _on("received_on"), _refuse_future("received_on", "A request received")
    ),
    models.AdvisoryTriage: FactKind(
        _of_request, _on("decided_on"), _refuse_future("decided_on", "A decision")
    ),
    models.AdvisoryEngagement: FactKind(_of_request, _any_day, _not_refused),
    models.AdvisoryWorkPackage: FactKind(_nothing, _any_day, _not_refused),
    # Today's alerts of the project look at deliverables; no figure does.
    models.AdvisoryDeliverable: FactKind(
        lambda fact: _project_of(fact.work_package.engagement.request),
        lambda fact: today(),
        _refuse_future("done_on", "A deliverable done"),
    ),
    models.AdvisoryMeeting: FactKind(_nothing, _any_day, _not_refused),
    models.AdvisoryNote: FactKind(_nothing, _any_day, _refuse_note),
    models.ReadinessScale: FactKind(_everything, _any_day, _not_refused),
    models.ReadinessCriterion: FactKind(_everything, _any_day, _not_refused),
    models.ReadinessAssessment: FactKind(_of_request, _on("assessed_on"), _refuse_assessment),
    models.ReadinessScore: FactKind(
        lambda fact: _project_of(fact.assessment.request),
        lambda fact: fact.assessment.assessed_on,
        _refuse_score,
    ),
}
