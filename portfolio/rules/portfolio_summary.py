"""`portfolio_summary`: the whole portfolio in one row a metric (rules 11 and 12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.rules.chip_comparison import Baseline, ChipClaims, ChipComparison
from portfolio.rules.money import ZERO, decimal_of, divide
from portfolio.rules.project_coverage import RATIO_PLACES, ProjectCoverage, is_ended, is_selected
from portfolio.vocabulary import ProjectKind

Value = Decimal | int | None


@dataclass(frozen=True, slots=True)
class PortfolioMetric:
    """One row of the table. None is unknown."""

    metric: str
    value: Value
    as_of: date


@dataclass(frozen=True, slots=True)
class FundingRow:
    """What a project adds to the totals of funding: the part of its row that decides them (rule 12)."""

    stage: str
    need_eur: Decimal | None
    secured_eur: Decimal


def coverage_of(secured_of_needed_eur: Decimal | int, need_eur: Decimal | int) -> Decimal | None:
    """Return what is secured of projects with a need over their needs; None where there are none."""
    return divide(secured_of_needed_eur, need_eur, RATIO_PLACES)


@dataclass(frozen=True, slots=True)
class FundingTotal:
    """Need and secured money of projects: need over those with a need, secured over all (rule 12)."""

    need_eur: Decimal = ZERO
    secured_eur: Decimal = ZERO
    secured_of_needed_eur: Decimal = ZERO
    without_need: int = 0

    @property
    def coverage(self) -> Decimal | None:
        return coverage_of(self.secured_of_needed_eur, self.need_eur)

    def changed(self, row: ProjectCoverage | FundingRow, sign: int) -> "FundingTotal":
        """Return the total with a project's row added (sign 1) or taken out (sign -1)."""
        if row.need_eur is None:
            return FundingTotal(
                self.need_eur,
                self.secured_eur + sign * row.secured_eur,
                self.secured_of_needed_eur,
                self.without_need + sign,
            )
        return FundingTotal(
            self.need_eur + sign * row.need_eur,
            self.secured_eur + sign * row.secured_eur,
            self.secured_of_needed_eur + sign * row.secured_eur,
            self.without_need,
        )


@dataclass(frozen=True, slots=True)
class PortfolioFunding:
    """The funding totals of projects that have not ended, and of the selected ones among them."""

    running: FundingTotal = FundingTotal()
    selected: FundingTotal = FundingTotal()

    def changed(self, row: ProjectCoverage | FundingRow, sign: int = 1) -> "PortfolioFunding":
        """Return the totals with a project's row added (sign 1) or taken out (sign -1)."""
        if is_ended(row.stage):
            return self
        selected = self.selected.changed(row, sign) if is_selected(row.stage) else self.selected
        return PortfolioFunding(self.running.changed(row, sign), selected)


def portfolio_funding(rows: Iterable[ProjectCoverage]) -> PortfolioFunding:
    """Return the funding totals over project rows (rule 12)."""
    running = [row for row in rows if not is_ended(row.stage)]
    return PortfolioFunding(_total(running), _total([row for row in running if is_selected(row.stage)]))


def _total(rows: Sequence[ProjectCoverage]) -> FundingTotal:
    needed = [row for row in rows if row.need_eur is not None]
    return FundingTotal(
        sum((row.need_eur for row in needed if row.need_eur is not None), ZERO),
        sum((row.secured_eur for row in rows), ZERO),
        sum((row.secured_eur for row in needed), ZERO),
        len(rows) - len(needed),
    )


COVERAGE = "coverage"
# The metrics that money alone decides: of which total each is, and what of it (rule 12).
FUNDING_METRICS = {
    "need_eur": ("running", "need_eur"),
    "secured_eur": ("running", "secured_eur"),
    "coverage": ("running", COVERAGE),
    "projects_without_need": ("running", "without_need"),
    "need_selected_eur": ("selected", "need_eur"),
    "secured_selected_eur": ("selected", "secured_eur"),
    "coverage_selected": ("selected", COVERAGE),
}


def funding_metrics(funding: PortfolioFunding) -> dict[str, Value]:
    """Return the metrics that money alone decides (rule 12)."""
    return {
        metric: getattr(getattr(funding, scope), column)
        for metric, (scope, column) in FUNDING_METRICS.items()
    }


@dataclass(frozen=True, slots=True)
class SelectedProjects:
    """How many AI factories and gigafactories are selected, and the chips of the latter (rules 11 and 12)."""

    factories: int = 0
    gigafactories: int = 0
    gigafactory_chips: int = 0

    def changed(self, kind: str, stage: str, chips: int | None, sign: int = 1) -> "SelectedProjects":
        """Return the numbers with a project added (sign 1) or taken out (sign -1)."""
        if not is_selected(stage):
            return self
        if kind == ProjectKind.AI_FACTORY:
            return SelectedProjects(self.factories + sign, self.gigafactories, self.gigafactory_chips)
        return SelectedProjects(
            self.factories, self.gigafactories + sign, self.gigafactory_chips + sign * (chips or 0)
        )


def place_metrics(selected: SelectedProjects, gigafactory_limit: Decimal | None) -> dict[str, Value]:
    """Return the metrics that stages alone decide (rules 11 and 12)."""
    return {
        "ai_factories_selected": selected.factories,
        "gigafactories_selected": selected.gigafactories,
        "gigafactory_slots_free": places_free(gigafactory_limit, selected.gigafactories),
    }


def chip_metrics(selected: SelectedProjects, baseline: Baseline, claims: ChipClaims) -> dict[str, Value]:
    """Return the metrics that chips decide (rules 10 and 12)."""
    claimed = claims.chips_per_gigafactory
    return {
        "existing_chips_known_factories": baseline.number,
        "existing_chips_total": baseline.total,
        "existing_chips_mean": divide(baseline.total, baseline.number, 2),
        "existing_chips_median": decimal_of(baseline.twice_the_median * 50, 2) if baseline.number else None,
        "existing_chips_max": baseline.largest if baseline.number else None,
        "gigafactory_chips_total": selected.gigafactory_chips,
        "claimed_over_existing_mean": baseline.over_mean(claimed),
        "claimed_over_existing_median": baseline.over_median(claimed),
        "claimed_over_existing_max": baseline.over_max(claimed),
    }


def places_free(limit: Decimal | None, selected: int) -> int | None:
    """Return the published limit less the selected gigafactories; None without the figure (rule 11)."""
    return None if limit is None else int(limit) - selected


def portfolio_summary(
    as_of: date,
    funding: PortfolioFunding,
    chips: Sequence[ChipComparison],
    baseline: Baseline,
    claims: ChipClaims,
    gigafactory_limit: Decimal | None,
) -> list[PortfolioMetric]:
    """Return the metrics in the order of the table, over projects that have not ended (rule 12)."""
    selected = SelectedProjects()
    for row in chips:
        selected = selected.changed(row.kind, row.stage, row.chips)
    return summary_of(as_of, funding, selected, baseline, claims, gigafactory_limit)


def summary_of(
    as_of: date,
    funding: PortfolioFunding,
    selected: SelectedProjects,
    baseline: Baseline,
    claims: ChipClaims,
    gigafactory_limit: Decimal | None,
) -> list[PortfolioMetric]:
    """Return the metrics in the order of the table, from what projects add up to (rules 10 to 12)."""
    metrics = {
        **place_metrics(selected, gigafactory_limit),
        **funding_metrics(funding),
        **chip_metrics(selected, baseline, claims),
    }
    return [PortfolioMetric(metric, value, as_of) for metric, value in metrics.items()]
