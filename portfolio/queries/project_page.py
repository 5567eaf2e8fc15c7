"""Reads of the page of one project."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from portfolio.models import (
    ChipComparison,
    ChipDeployment,
    Contribution,
    ContributionEvent,
    ContributionState,
    CostEstimate,
    Milestone,
    Project,
    ProjectCoverage,
    ProjectRollup,
    ProjectStage,
    ResultSet,
    Source,
)
from portfolio.queries.chips import Bounds, status_as_of
from portfolio.queries.contribution_states import read_states, states_behind
from portfolio.queries.project_lacking import lacking
from portfolio.queries.projects import STAGE_PLACE
from portfolio.vocabulary import FinancierKind


@dataclass(slots=True)
class Sources:
    """The sources of a page, numbered in the order in which they are first named."""

    numbers: dict[int, int] = field(default_factory=dict)
    named: list[Source] = field(default_factory=list)

    def number(self, source: Source) -> int:
        """Return the number of a source on the page."""
        if source.pk not in self.numbers:
            self.named.append(source)
            self.numbers[source.pk] = len(self.named)
        return self.numbers[source.pk]


@dataclass(frozen=True, slots=True)
class Share:
    """What financiers of one kind have signed, and its share of the need."""

    kind: str
    label: str
    signed_eur: Decimal
    share: Decimal | None
    lacking: str

    @property
    def column(self) -> str:
        """Return the column of the share in `project_coverage`."""
        return f"{self.kind}_share"


@dataclass(slots=True)
class ProjectPage:
    """Everything that stands on a project's page as of the day of the results."""

    project: Project
    coverage: ProjectCoverage
    chips: ChipComparison
    contributions: list[Contribution]
    states: dict[int, ContributionState]
    stages: list[ProjectStage]
    estimates: list[CostEstimate]
    deployments: list[ChipDeployment]
    milestones: list[Milestone]
    shares: list[Share]
    lacking: dict[str, str]
    sources: Sources

    def chip_bounds(self, as_of: date) -> Bounds:
        """Return which bounds the numbers have that the row of chips adds up, by project and status."""
        found: dict[str, set[str]] = {}
        for row in self.deployments:
            if row.chips is not None and (row.retired_on is None or row.retired_on > as_of):
                found.setdefault(row.status, set()).add(row.bound)  # type: ignore[attr-defined]
        return {self.project.pk: found}

    def all_retired(self, as_of: date) -> bool:
        """Whether systems are recorded and every one of them was retired by a day."""
        return bool(self.deployments) and all(
            row.retired_on is not None and row.retired_on <= as_of for row in self.deployments
        )


def project_page(results: ResultSet, slug: str) -> ProjectPage | None:
    """Return what a project's page shows; None for an unknown slug."""
    rows = ProjectCoverage.objects.select_related("project__source")
    coverage = rows.filter(result_set=results, project__slug=slug).first()
    if coverage is None:
        return None
    project = coverage.project
    chips = ChipComparison.objects.filter(result_set=results, project=project).first()
    if chips is None:
        return None
    contributions = list(_contributions(project, results.as_of))
    states = {state.contribution_id: state for state in read_states(states_behind(results, [project.pk]))}
    lacks = lacking(coverage, contributions, states)
    found = ProjectPage(
        project=project,
        coverage=coverage,
        chips=chips,
        contributions=contributions,
        states=states,
        stages=list(
            project.stages.filter(reached_on__lte=results.as_of)
            .select_related("source")
            .order_by("reached_on", STAGE_PLACE)
        ),
        estimates=list(
            project.cost_estimates.filter(estimated_on__lte=results.as_of)
            .select_related("source")
            .order_by("-estimated_on")
        ),
        deployments=list(
            project.chip_deployments.select_related("source", "chip_model")
            .annotate(status=status_as_of(results.as_of))
            .filter(status__isnull=False)
            .order_by("-chips", "system")
        ),
        milestones=list(project.milestones.select_related("source").order_by("due_on", "key")),
        shares=_shares(coverage, lacks),
        lacking=lacks,
        sources=Sources(),
    )
    _number_sources(found)
    return found


def _contributions(project: Project, as_of: date) -> QuerySet[Contribution]:
    events = (
        ContributionEvent.objects.filter(occurred_on__lte=as_of)
        .select_related("source")
        .order_by("occurred_on", "pk")
    )
    of_it = ContributionEvent.objects.filter(contribution=OuterRef("pk"))
    # A contribution of which only later events are recorded was not known on that day.
    known = Exists(of_it.filter(occurred_on__lte=as_of)) | ~Exists(of_it)
    return (
        project.contributions.filter(known)
        .select_related("financier", "envelope", "source")
        .prefetch_related(Prefetch("events", events, to_attr="dated_events"))
        .order_by("reference")
    )


def _shares(row: ProjectCoverage, lacks: dict[str, str]) -> list[Share]:
    """Return what each kind of financier has signed, with its published share of the need."""
    rollup = (
        ProjectRollup.objects.filter(result_set=row.result_set_id, project=row.project_id).first()
        or ProjectRollup()
    )
    return [
        Share(
            kind.value,
            str(kind.label),
            getattr(rollup, f"signed_{kind}_eur"),
            getattr(row, f"{kind}_share"),
            lacks[kind],
        )
        for kind in FinancierKind
    ]


def _number_sources(found: ProjectPage) -> None:
    found.sources.number(found.project.source)
    for rows in (found.stages, found.estimates, found.contributions, found.deployments, found.milestones):
        for row in rows:
            found.sources.number(row.source)
    for contribution in found.contributions:
        for event in contribution.dated_events:  # type: ignore[attr-defined]
            found.sources.number(event.source)
