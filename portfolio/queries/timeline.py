"""Reads of the timeline: stages and milestones of projects, and what is late or due."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from portfolio.models import Milestone, ProjectCoverage, ProjectStage, ResultSet
from portfolio.queries import project_list
from portfolio.queries.ordering import by_code_point
from portfolio.queries.projects import STAGE_PLACE

LATE, DUE = "late", "due"
BY_KIND, BY_COUNTRY = "kind", "country"


@dataclass(frozen=True, slots=True)
class Horizon:
    """The day that is shown, and the one up to which milestones to come are asked for."""

    as_of: date
    until: date

    @property
    def not_done(self) -> Q:
        """Those that were not done on the day."""
        return Q(done_on=None) | Q(done_on__gt=self.as_of)

    @property
    def late(self) -> Q:
        """Those that were due before the day and not done on it."""
        return self.not_done & Q(due_on__lt=self.as_of)

    @property
    def due(self) -> Q:
        """Those to come that are due by the horizon."""
        return self.not_done & Q(due_on__gte=self.as_of, due_on__lte=self.until)


def rows(
    results: ResultSet, filters: project_list.Filters, horizon: Horizon, milestones: str, group: str
) -> QuerySet[ProjectCoverage]:
    """Return the projects that the filters keep, by name within their group.

    `milestones` keeps those with one that is LATE, or DUE by the horizon; `group` is BY_KIND, BY_COUNTRY (the
    lead country) or nothing.
    """
    found = project_list.project_rows(results, filters)
    wanted = {LATE: horizon.late, DUE: horizon.due}.get(milestones)
    if wanted is not None:
        found = found.filter(project__in=Milestone.objects.filter(wanted).order_by().values("project"))
    groups = {BY_KIND: ["project__kind"], BY_COUNTRY: ["project__countries"]}.get(group, [])
    return found.order_by(*groups, F("project__folded_name"), by_code_point("project__slug"))


@dataclass(slots=True)
class Dates:
    """The dated facts of a project: stages reached by the day, and milestones."""

    stages: list[ProjectStage] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)


def dates_of(projects: Collection[int], as_of: date) -> dict[int, Dates]:
    """Return stages and milestones of some projects (database ids), the earliest first. Two queries."""
    found = {project: Dates() for project in projects}
    reached = ProjectStage.objects.filter(project__in=projects, reached_on__lte=as_of)
    for stage in reached.order_by("reached_on", STAGE_PLACE):
        found[stage.project_id].stages.append(stage)
    for milestone in Milestone.objects.filter(project__in=projects).order_by(
        F("due_on").asc(nulls_last=True), "key"
    ):
        found[milestone.project_id].milestones.append(milestone)
    return found


def counts(rows: QuerySet[ProjectCoverage], horizon: Horizon) -> dict[str, int]:
    """Return how many milestones of these projects are late, due by the horizon, done, and recorded."""
    return _of(rows).aggregate(
        all=Count("pk"),
        late=Count("pk", filter=horizon.late),
        due=Count("pk", filter=horizon.due),
        done=Count("pk", filter=Q(done_on__lte=horizon.as_of)),
        no_date=Count("pk", filter=horizon.not_done & Q(due_on=None)),
    )


def next_due(rows: QuerySet[ProjectCoverage], horizon: Horizon, most: int) -> list[Milestone]:
    """Return the late milestones of these projects and those due by the horizon, the first due first."""
    wanted = _of(rows).filter(horizon.late | horizon.due)
    return list(
        wanted.select_related("project").order_by("due_on", by_code_point("project__slug"), "key")[:most]
    )


def _of(rows: QuerySet[ProjectCoverage]) -> QuerySet[Milestone]:
    return Milestone.objects.filter(project__in=rows.order_by().values("project"))
