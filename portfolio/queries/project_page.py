"""Reads of the page of one project."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet

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
    ProjectStage,
    ResultSet,
    Source,
)
from portfolio.queries.chips import Bounds, status_as_of
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.derived_tables import rows_of
from portfolio.queries.project_amounts import rate_of
from portfolio.queries.project_lacking import lacking
from portfolio.queries.projects import STAGE_PLACE
from portfolio.queries.together import read_together
from portfolio.vocabulary import EventKind, FinancierKind

ZERO = Decimal("0.00")


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
    """Return what a project's page shows, in two statements; None for an unknown slug."""
    head = _with_results(results, slug)
    if head is None:
        return None
    project, coverage, chips = head
    contributions, events, states, stages, estimates, deployments, milestones = read_together(
        *_funding(project, results),
        project.stages.filter(reached_on__lte=results.as_of)
        .select_related("source")
        .order_by("reached_on", STAGE_PLACE),
        project.cost_estimates.filter(estimated_on__lte=results.as_of)
        .select_related("source")
        .annotate(per_euro=rate_of("currency"))
        .order_by("-estimated_on"),
        project.chip_deployments.select_related("source", "chip_model")
        .annotate(status=status_as_of(results.as_of))
        .filter(status__isnull=False)
        .order_by("-chips", "system"),
        project.milestones.select_related("source").order_by("due_on", "key"),
    )
    _join(contributions, events)
    state_of = {state.contribution_id: state for state in states}
    lacks = lacking(coverage, contributions, state_of)
    found = ProjectPage(
        project=project,
        coverage=coverage,
        chips=chips,
        contributions=contributions,
        states=state_of,
        stages=stages,
        estimates=estimates,
        deployments=deployments,
        milestones=milestones,
        shares=_shares(coverage, states, lacks),
        lacking=lacks,
        sources=Sources(),
    )
    _number_sources(found)
    return found


def _with_results(results: ResultSet, slug: str) -> tuple[Project, ProjectCoverage, ChipComparison] | None:
    """Return a project with its rows of some results; None where it has none."""
    rows = {
        f"row_of_{name}": FilteredRelation(
            f"{name}_rows", condition=Q(**{f"{name}_rows__result_set": results})
        )
        for name in ("coverage", "chip")
    }
    found: Any = Project.objects.filter(slug=slug).annotate(**rows).select_related("source", *rows).first()
    if found is None or found.row_of_coverage is None or found.row_of_chip is None:
        return None
    return found, found.row_of_coverage, found.row_of_chip


def _funding(project: Project, results: ResultSet) -> tuple[QuerySet[Any], QuerySet[Any], QuerySet[Any]]:
    """Return the reads of a project's contributions, of their events, and of their states."""
    until = Q(occurred_on__lte=results.as_of)
    of_it = ContributionEvent.objects.filter(contribution=OuterRef("pk"))
    # A contribution of which only later events are recorded was not known on that day.
    known = Exists(of_it.filter(until)) | ~Exists(of_it)
    return (
        project.contributions.filter(known)
        .select_related("financier", "envelope", "source")
        .order_by("reference"),
        ContributionEvent.objects.filter(until, contribution__project=project)
        .select_related("source")
        .annotate(per_euro=rate_of("contribution__currency"))
        .order_by("occurred_on", "pk"),
        rows_of(ContributionState, states_behind(results, [project.pk])),
    )


def _join(contributions: list[Contribution], events: list[ContributionEvent]) -> None:
    """Give each contribution its events, as its `dated_events`."""
    lines: dict[int, Any] = {line.pk: line for line in contributions}
    for line in lines.values():
        line.dated_events = []
    for event in events:
        event.contribution = lines[event.contribution_id]
        event.contribution.dated_events.append(event)  # type: ignore[attr-defined]


def _shares(row: ProjectCoverage, states: Iterable[ContributionState], lacks: dict[str, str]) -> list[Share]:
    """Return what each kind of financier has signed, with its published share of the need."""
    signed = dict.fromkeys(FinancierKind.values, ZERO)
    for state in states:
        if state.state == EventKind.SIGNED and not state.guarantee:
            signed[state.financier_kind] += state.amount_eur or ZERO
    return [
        Share(kind.value, str(kind.label), signed[kind], getattr(row, f"{kind}_share"), lacks[kind])
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
