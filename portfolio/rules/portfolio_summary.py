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
class _Funding:
    need_eur: Decimal
    secured_eur: Decimal
    coverage: Decimal | None
    without_need: int


def _funding(rows: Iterable[ProjectCoverage]) -> _Funding:
    """Return need, secured and coverage: need and coverage over projects with a need, secured over all."""
    need = secured = secured_of_needed = ZERO
    without_need = 0
    for row in rows:
        secured += row.secured_eur
        if row.need_eur is None:
            without_need += 1
        else:
            need += row.need_eur
            secured_of_needed += row.secured_eur
    return _Funding(need, secured, divide(secured_of_needed, need, RATIO_PLACES), without_need)


def places_free(limit: Decimal | None, selected: int) -> int | None:
    """Return the published limit less the selected gigafactories; None without the figure (rule 11)."""
    return None if limit is None else int(limit) - selected


def portfolio_summary(
    as_of: date,
    coverage: Sequence[ProjectCoverage],
    chips: Sequence[ChipComparison],
    baseline: Baseline,
    claims: ChipClaims,
    gigafactory_limit: Decimal | None,
) -> list[PortfolioMetric]:
    """Return the metrics in the order of the table, over projects that have not ended (rule 12)."""
    running = [row for row in coverage if not is_ended(row.stage)]
    everything = _funding(running)
    selected = _funding(row for row in running if is_selected(row.stage))
    gigafactories = [
        row for row in chips if row.kind == ProjectKind.AI_GIGAFACTORY and is_selected(row.stage)
    ]
    factories = [row for row in chips if row.kind == ProjectKind.AI_FACTORY and is_selected(row.stage)]
    claimed = claims.chips_per_gigafactory
    metrics: list[tuple[str, Value]] = [
        ("ai_factories_selected", len(factories)),
        ("gigafactories_selected", len(gigafactories)),
        ("gigafactory_slots_free", places_free(gigafactory_limit, len(gigafactories))),
        ("need_eur", everything.need_eur),
        ("secured_eur", everything.secured_eur),
        ("coverage", everything.coverage),
        ("projects_without_need", everything.without_need),
        ("need_selected_eur", selected.need_eur),
        ("secured_selected_eur", selected.secured_eur),
        ("coverage_selected", selected.coverage),
        ("existing_chips_known_factories", baseline.number),
        ("existing_chips_total", baseline.total),
        ("existing_chips_mean", divide(baseline.total, baseline.number, 2)),
        ("existing_chips_median", decimal_of(baseline.twice_the_median * 50, 2) if baseline.number else None),
        ("existing_chips_max", baseline.largest if baseline.number else None),
        ("gigafactory_chips_total", sum(row.chips or 0 for row in gigafactories)),
        ("claimed_over_existing_mean", baseline.over_mean(claimed)),
        ("claimed_over_existing_median", baseline.over_median(claimed)),
        ("claimed_over_existing_max", baseline.over_max(claimed)),
    ]
    return [PortfolioMetric(metric, value, as_of) for metric, value in metrics]
