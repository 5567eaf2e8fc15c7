"""What decides the cases of advice, read set-based: of some projects, of requests without one, or of all."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db.models import Q, QuerySet

from advisory.models import (
    AdviceThreshold,
    AdvisoryEngagement,
    AdvisoryRequest,
    AdvisoryTriage,
    ReadinessAssessment,
    ReadinessCriterion,
    ReadinessScore,
)
from advisory.rules.readiness import Assessment, CriterionLevel
from advisory.rules.steps import CaseFacts, Decision
from portfolio.models import ContributionEvent
from portfolio.queries.ordering import by_code_point
from portfolio.rules.contribution_state import Event
from portfolio.vocabulary import EventKind, Instrument

Projects = Collection[int] | None
T = TypeVar("T")


def thresholds() -> dict[str, Decimal]:
    """Return the thresholds of advice, by key."""
    return dict(AdviceThreshold.objects.order_by().values_list("key", "value"))


def any_request() -> bool:
    """Whether there is anything to compute at all."""
    return AdvisoryRequest.objects.exists()


def _of(projects: Projects, path: str = "") -> Q:
    """Return the condition of rows whose request is for one of some projects; with None, of all rows."""
    return Q() if projects is None else Q(**{f"{path}project__in": sorted(projects)})


def case_facts(projects: Projects = None) -> list[CaseFacts]:
    """Return what decides the cases of some projects (database ids), or of all, by key."""
    requests = AdvisoryRequest.objects.filter(_of(projects)).order_by(by_code_point("key"))
    rows = list(requests.values_list("pk", "key", "project_id", "received_on"))
    decisions = _grouped(
        (request, Decision(day, outcome))
        for request, day, outcome in AdvisoryTriage.objects.filter(_of(projects, "request__"))
        .order_by()
        .values_list("request_id", "decided_on", "outcome")
    )
    starts = _grouped(
        AdvisoryEngagement.objects.filter(_of(projects, "request__"), starts_on__isnull=False)
        .order_by()
        .values_list("request_id", "starts_on")
    )
    assessed = assessments(_of(projects, "request__"))
    financed = financing_events({project for _, _, project, _ in rows if project is not None})
    return [
        CaseFacts(
            pk,
            key,
            project,
            received_on,
            tuple(decisions[pk]),
            tuple(day for day in starts[pk] if day is not None),
            tuple(assessed.get(pk, ())),
            tuple(financed.get(project, ())) if project is not None else (),
        )
        for pk, key, project, received_on in rows
    ]


def _grouped(pairs: Iterable[tuple[int, T]]) -> defaultdict[int, list[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def assessments(condition: Q | None = None) -> dict[int, list[Assessment]]:
    """Return assessments with the level of every criterion of their scale, by request (database id)."""
    rows = ReadinessAssessment.objects.filter(condition or Q()).order_by()
    found = list(
        rows.values_list(
            "pk", "key", "request_id", "assessed_on", "scale_id", "scale__key", "scale__ready_at"
        )
    )
    if not found:
        return {}
    criteria = _criteria({row[4] for row in found})
    levels: defaultdict[int, dict[int, int | None]] = defaultdict(dict)
    scores = ReadinessScore.objects.filter(assessment__in=rows.values("pk")).order_by()
    for assessment, criterion, level in scores.values_list("assessment_id", "criterion_id", "level"):
        levels[assessment][criterion] = level
    by_request: defaultdict[int, list[Assessment]] = defaultdict(list)
    for pk, key, request, day, scale, scale_key, ready_at in found:
        given = tuple(
            CriterionLevel(area, name, weight, levels[pk].get(criterion))
            for criterion, area, name, weight in criteria[scale]
        )
        by_request[request].append(Assessment(key, day, scale_key, ready_at, given))
    return by_request


def _criteria(scales: Collection[int]) -> dict[int, list[tuple[int, str, str, Decimal]]]:
    rows = ReadinessCriterion.objects.filter(scale__in=scales).order_by("scale_id", by_code_point("key"))
    found: defaultdict[int, list[tuple[int, str, str, Decimal]]] = defaultdict(list)
    for scale, *criterion in rows.values_list("scale_id", "pk", "area", "name", "weight"):
        pk, area, name, weight = criterion
        found[scale].append((pk, area, name, weight))
    return found


def financing_events(projects: Collection[int]) -> dict[int, list[tuple[Event, ...]]]:
    """Return the events of each contribution of some projects, guarantees and payments left out."""
    rows = (
        ContributionEvent.objects.filter(contribution__project__in=sorted(projects))
        .exclude(contribution__instrument=Instrument.GUARANTEE)
        .exclude(kind=EventKind.DISBURSED)
        .order_by("contribution__project_id", "contribution_id", "occurred_on")
    )
    events: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
    for project, contribution, kind, day, euro, amount in rows.values_list(
        "contribution__project_id", "contribution_id", "kind", "occurred_on", "amount_eur", "amount"
    ):
        events[project, contribution].append(Event(kind, day, euro, amount is not None))
    found: defaultdict[int, list[tuple[Event, ...]]] = defaultdict(list)
    for (project, _), of_one in events.items():
        found[project].append(tuple(of_one))
    return found


def engagements(projects: Projects = None) -> QuerySet[AdvisoryEngagement]:
    """Return engagements on requests of some projects, or all, by key in code point order."""
    found = AdvisoryEngagement.objects.filter(_of(projects, "request__"))
    return found.order_by(by_code_point("key"))


def first_engagements(as_of: date, projects: Projects = None) -> dict[int, date]:
    """Return the day of the first engagement of each advised project that has started by a day."""
    rows = AdvisoryEngagement.objects.filter(
        _of(projects, "request__"),
        starts_on__lte=as_of,
        request__project__isnull=False,
        request__received_on__lte=as_of,
    )
    found: dict[int, date] = {}
    for project, day in rows.order_by("-starts_on").values_list("request__project_id", "starts_on"):
        if project is not None and day is not None:
            found[project] = day
    return found
