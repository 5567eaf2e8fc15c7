"""What the records hold that published figures can be measured by: read once, only where a figure asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from portfolio.models import (
    ChipComparison,
    ChipDeployment,
    ChipModel,
    EnvelopeUtilisation,
    PortfolioSummary,
    ProjectCoverage,
    ProjectRollup,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.chip_speeds import selected_speeds
from portfolio.queries.chips import existing
from portfolio.queries.coverage_sums import selected_gigafactories
from portfolio.queries.existing_factories import existing_baseline
from portfolio.rules.chip_comparison import Baseline
from portfolio.rules.existing_claim import Speeds
from portfolio.vocabulary import (
    ENDED_STAGES,
    SELECTED_STAGES,
    FinancierKind,
    ProjectKind,
    Stage,
)

ZERO = Decimal("0.00")


class Gigafactory(NamedTuple):
    """A selected AI gigafactory: its published rows of coverage and chips."""

    coverage: ProjectCoverage
    chips: ChipComparison


class Needs(NamedTuple):
    """The needs of some AI factories: their sum, how many there are, and how many have none."""

    need_eur: Decimal
    factories: int
    without: int


class Signed(NamedTuple):
    """Signed money of some projects, by kind of financier; `lacking` counts those that are lower bounds."""

    by_kind: dict[str, Decimal]
    lacking: int

    def of(self, *kinds: FinancierKind) -> Decimal:
        return sum((self.by_kind[kind] for kind in kinds), ZERO)


@dataclass(frozen=True, slots=True)
class Named:
    """The natural keys of records that published figures name."""

    projects: Sequence[str] = ()
    envelopes: Sequence[str] = ()
    systems: Sequence[tuple[str, str]] = ()
    models: Sequence[str] = ()


class Records:
    """Records and published results as of the day of a result set; each read runs at most once."""

    def __init__(self, results: ResultSet, named: Named) -> None:
        self.results = results
        self.named = named

    @cached_property
    def metrics(self) -> dict[str, Decimal | None]:
        """The portfolio's metrics by name."""
        rows = PortfolioSummary.objects.filter(result_set=self.results).values_list("metric", "value")
        return {metric: Decimal(value) if value else None for metric, value in rows}

    @cached_property
    def baseline(self) -> Baseline:
        """The existing AI factories by chips installed or operational (rule 10)."""
        return existing_baseline(self.results)

    @cached_property
    def host_states(self) -> set[str]:
        """The first countries of selected AI factories; an empty text among them: one has none."""
        rows = self._selected(ProjectCoverage, ProjectKind.AI_FACTORY).order_by()
        countries = rows.values_list("project__countries", flat=True).distinct()
        return {codes.split(";")[0] for codes in countries}

    @cached_property
    def gigafactories(self) -> list[Gigafactory]:
        """The selected AI gigafactories, by name."""
        selected = {"result_set": self.results, "project__in": selected_gigafactories(self.results)}
        coverage = ProjectCoverage.objects.filter(**selected).select_related("project")
        chips = {row.project_id: row for row in ChipComparison.objects.filter(**selected)}
        found = [Gigafactory(row, chips[row.project_id]) for row in coverage]
        return sorted(found, key=lambda row: (row.coverage.project.folded_name, row.coverage.project.slug))

    @cached_property
    def projects(self) -> dict[str, Gigafactory]:
        """The rows of the projects that figures name, by slug."""
        chosen = {"result_set": self.results, "project__slug__in": self.named.projects}
        chips = {row.project_id: row for row in ChipComparison.objects.filter(**chosen)}
        coverage = ProjectCoverage.objects.filter(**chosen).select_related("project")
        return {row.project.slug: Gigafactory(row, chips[row.project_id]) for row in coverage}

    @cached_property
    def signed_by_eu(self) -> dict[str, Decimal]:
        """The signed EU money of the projects that figures name, by slug."""
        rows = ProjectRollup.objects.filter(
            result_set=self.results, project__slug__in=self.named.projects
        ).values_list("project__slug", "signed_eu_budget_eur")
        return dict(rows)

    @cached_property
    def envelopes(self) -> dict[str, EnvelopeUtilisation]:
        """The rows of the envelopes that figures name, by slug."""
        rows = EnvelopeUtilisation.objects.filter(
            result_set=self.results, envelope__slug__in=self.named.envelopes
        )
        return {row.envelope.slug: row for row in rows.select_related("envelope")}

    @cached_property
    def systems(self) -> dict[tuple[str, str], int | None]:
        """The chips of the systems that figures name and that exist as of the day; None: not published."""
        chosen = Q(pk__in=[])
        for project, system in self.named.systems:
            chosen |= Q(project__slug=project, system=system)
        rows = ChipDeployment.objects.filter(existing(self.results.as_of)).filter(chosen)
        return {
            (project, system): chips
            for project, system, chips in rows.values_list("project__slug", "system", "chips")
        }

    @cached_property
    def model_speeds(self) -> dict[str, Decimal | None]:
        """The dense BF16 speeds of the chip models that figures name, by slug."""
        rows = ChipModel.objects.filter(slug__in=self.named.models)
        return dict(rows.values_list("slug", "bf16_dense_tflops"))

    @cached_property
    def needs_by_day_selected(self) -> dict[date | None, Needs]:
        """The needs of selected AI factories, by the day on which each was first selected."""
        first = (
            ProjectStage.objects.filter(
                project=OuterRef("project"), stage=Stage.SELECTED, reached_on__lte=self.results.as_of
            )
            .order_by("reached_on")
            .values("reached_on")[:1]
        )
        rows = (
            self._selected(ProjectCoverage, ProjectKind.AI_FACTORY)
            .order_by()
            .annotate(first=Subquery(first))
            .values_list("first")
            .annotate(need=Sum("need_eur"), factories=Count("pk"), known=Count("need_eur"))
        )
        return {day: Needs(need or ZERO, number, number - known) for day, need, number, known in rows}

    @cached_property
    def signed_at_factories(self) -> Signed:
        """The signed money of selected AI factories."""
        return self._signed(self._selected(ProjectCoverage, ProjectKind.AI_FACTORY))

    @cached_property
    def signed_at_gigafactories(self) -> Signed:
        """The signed money of AI gigafactories that have not ended."""
        rows = ProjectCoverage.objects.filter(
            result_set=self.results, project__kind=ProjectKind.AI_GIGAFACTORY
        )
        return self._signed(rows.exclude(stage__in=ENDED_STAGES))

    @cached_property
    def signed_at_needed_gigafactories(self) -> Signed:
        """The signed money of selected AI gigafactories with a need."""
        rows = self._selected(ProjectCoverage, ProjectKind.AI_GIGAFACTORY)
        return self._signed(rows.filter(need_eur__isnull=False))

    @cached_property
    def speeds(self) -> dict[str, Speeds]:
        """Selected projects' chips weighed by speed, by kind."""
        return selected_speeds(self.results)

    def _selected(self, model: Any, kind: ProjectKind) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.filter(result_set=self.results, stage__in=SELECTED_STAGES)
        return rows.filter(project__kind=kind)

    def _signed(self, projects: QuerySet[ProjectCoverage]) -> Signed:
        rollups = ProjectRollup.objects.filter(
            result_set=self.results, project__in=projects.order_by().values("project")
        )
        lacking = Q(amount_unknown=True) | Q(no_exchange_rate=True)
        found = rollups.aggregate(
            lacking=Count("pk", filter=lacking),
            **{kind.value: Sum(f"signed_{kind}_eur") for kind in FinancierKind},
        )
        return Signed({kind: found[kind.value] or ZERO for kind in FinancierKind}, found["lacking"])
