"""What needs attention in advice now, for the common list of alerts."""

from collections.abc import Iterator

from django.db.models import Q

from advisory.models import AdvisoryCase, AdvisoryDeliverable
from advisory.queries.case_facts import thresholds
from advisory.rules.alerts import OpenDeliverable, StandingCase, overdue_findings, stalled_finding
from advisory.vocabulary import ThresholdKey
from portfolio.queries.alert_findings import Look
from portfolio.rules.alerts import Finding, Subject
from portfolio.vocabulary import AlertSubject


def findings(look: Look) -> Iterator[Finding]:
    """Yield stalled cases and overdue deliverables of the projects looked at, and of no project."""
    limits = thresholds()
    yield from _stalled(look)
    for deliverable in _open_deliverables(look):
        limit = limits.get(ThresholdKey.DELIVERABLE_OVERDUE)
        yield from overdue_findings(deliverable, look.results.as_of, limit)


def _of(look: Look, path: str) -> Q:
    if look.projects is None:
        return Q()
    return Q(**{f"{path}__in": sorted(look.projects)}) | Q(**{f"{path}__isnull": True})


def _subject(key: str, requester: str, project: int | None) -> Subject:
    return Subject(AlertSubject.ADVICE, key, requester, project=project)


def _stalled(look: Look) -> Iterator[Finding]:
    limits = thresholds()
    rows = AdvisoryCase.objects.filter(_of(look, "project"), result_set=look.results, stalled=True)
    for key, requester, project, step, since, in_step in rows.order_by("request__key").values_list(
        "request__key", "request__requester", "project_id", "step", "step_since", "days_in_step"
    ):
        if step in limits:
            case = StandingCase(_subject(key, requester, project), step, since, in_step, limits[step])
            yield stalled_finding(case)


def _open_deliverables(look: Look) -> Iterator[OpenDeliverable]:
    request = "work_package__engagement__request"
    as_of = look.results.as_of
    rows = AdvisoryDeliverable.objects.filter(
        _of(look, f"{request}__project"), Q(done_on=None) | Q(done_on__gt=as_of), due_on__lt=as_of
    ).order_by("key")
    columns = (
        *(f"{request}__key", f"{request}__requester", f"{request}__project_id"),
        *("key", "title", "work_package__engagement__key", "work_package__engagement__lead__name", "due_on"),
    )
    for asked, requester, project, key, title, engagement, lead, due_on in rows.values_list(*columns):
        if due_on is not None:
            subject = _subject(asked, requester, project)
            yield OpenDeliverable(subject, key, title, engagement, lead or "", due_on)
