"""What the pages of a request, an engagement and an assessment show, as of a day."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from advisory.models import (
    AdvisoryCase,
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryMeeting,
    AdvisoryNote,
    AdvisoryReadiness,
    AdvisoryRequest,
    AdvisoryTriage,
    AdvisoryWorkPackage,
    ReadinessAssessment,
    ReadinessScore,
)
from advisory.queries.case_facts import assessments
from advisory.rules import readiness
from advisory.rules.readiness import AreaChange, Assessment, Gain, area_changes, gain
from advisory.rules.workload import days_late
from portfolio.models import Project, ResultSet


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request with what is public of it; `case` is None before it was received."""

    request: AdvisoryRequest
    case: AdvisoryCase | None
    triages: list[AdvisoryTriage]
    engagements: list[AdvisoryEngagement]


def request_page(results: ResultSet, key: str) -> RequestPage | None:
    """Return what is public of a request as of the day of some results; None where there is none such."""
    request = AdvisoryRequest.objects.select_related("project", "source").filter(key=key).first()
    if request is None:
        return None
    triages = request.triages.filter(decided_on__lte=results.as_of).select_related("source")
    return RequestPage(
        request,
        AdvisoryCase.objects.filter(result_set=results, request=request).first(),
        list(triages.order_by("decided_on")),
        list(request.engagements.select_related("provider", "lead").order_by("starts_on", "key")),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a request: meetings with their notes, and notes of no meeting. Confidential."""

    meetings: list[tuple[AdvisoryMeeting, list[AdvisoryNote]]]
    notes: list[AdvisoryNote]


def said(request: AdvisoryRequest, as_of: date) -> Said:
    """Return the meetings and notes of a request by a day, the newest first."""
    notes = list(request.notes.filter(written_on__lte=as_of).order_by("-written_on", "-key"))
    meetings = request.meetings.filter(held_on__lte=as_of).order_by("-held_on", "-key")
    return Said(
        [(meeting, [note for note in notes if note.meeting_id == meeting.pk]) for meeting in meetings],
        [note for note in notes if note.meeting_id is None],
    )


@dataclass(frozen=True, slots=True)
class ShownAssessment:
    """An assessment with its score."""

    record: ReadinessAssessment
    rules: Assessment

    @property
    def score(self) -> readiness.ReadinessScore:
        return self.rules.score


def shown_assessments(request: AdvisoryRequest, as_of: date) -> list[ShownAssessment]:
    """Return the assessments of a request by a day, the oldest first. Confidential."""
    rules = {found.key: found for found in assessments(Q(request=request)).get(request.pk, [])}
    records = request.assessments.filter(assessed_on__lte=as_of).select_related("scale", "engagement")
    return [
        ShownAssessment(record, rules[record.key])
        for record in records.order_by("assessed_on", "key")
        if record.key in rules
    ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two assessments of a request: what changed area by area, and the gain (A5)."""

    first: ShownAssessment
    last: ShownAssessment
    areas: list[AreaChange]
    gain: Gain


def comparison(first: ShownAssessment, last: ShownAssessment) -> Comparison:
    """Return what changed between two assessments."""
    return Comparison(first, last, area_changes(first.rules, last.rules), gain(first.rules, last.rules))


def scores_of(assessment: ReadinessAssessment) -> dict[str, ReadinessScore]:
    """Return the recorded scores of an assessment by area, with their evidence."""
    scores = assessment.scores.select_related("criterion", "source")
    return {score.criterion.area: score for score in scores}


@dataclass(frozen=True, slots=True)
class DueDeliverable:
    """A deliverable, with by how many days it is late as of a day."""

    record: AdvisoryDeliverable
    late: int


@dataclass(frozen=True, slots=True)
class EngagementPage:
    """An engagement with its work packages and their deliverables."""

    engagement: AdvisoryEngagement
    packages: list[tuple[AdvisoryWorkPackage, int, list[DueDeliverable]]]


def engagement_page(key: str, as_of: date) -> EngagementPage | None:
    """Return what is public of an engagement; None where there is none such."""
    found = AdvisoryEngagement.objects.select_related("request__project", "provider", "lead", "source")
    engagement = found.filter(key=key).first()
    if engagement is None:
        return None
    packages = engagement.work_packages.prefetch_related("deliverables").order_by("key")
    return EngagementPage(
        engagement,
        [
            (
                package,
                days_late(package.due_on, package.done_on, as_of),
                [
                    DueDeliverable(record, days_late(record.due_on, record.done_on, as_of))
                    for record in sorted(package.deliverables.all(), key=lambda found: found.key)
                ],
            )
            for package in packages
        ],
    )


def readiness_row(results: ResultSet, engagement: AdvisoryEngagement) -> AdvisoryReadiness | None:
    """Return what an engagement gained as published with some results. Confidential."""
    return AdvisoryReadiness.objects.filter(result_set=results, engagement=engagement).first()


def project_cases(results: ResultSet, project: Project) -> list[AdvisoryCase]:
    """Return the cases of a project, the newest first."""
    rows = AdvisoryCase.objects.filter(result_set=results, project=project).select_related("request")
    return list(rows.order_by("-received_on", "request__key"))
