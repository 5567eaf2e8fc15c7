"""Sums of published project rows for the feet of lists and the lead of the overview."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries.remembered import remembered
from portfolio.vocabulary import SELECTED_STAGES

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class SelectedFunding:
    """Selected projects: what is secured of the known needs, and what stands outside that ratio."""

    need_eur: Decimal
    secured_eur: Decimal
    secured_without_need_eur: Decimal
    without_need: int


@remembered
def selected_funding(results: ResultSet) -> SelectedFunding:
    """Return need and secured money of selected projects with a need, and apart of those without."""
    needed = Q(need_eur__isnull=False)
    selected = ProjectCoverage.objects.filter(result_set=results, stage__in=SELECTED_STAGES).order_by()
    found = selected.aggregate(
        need=Sum("need_eur"),
        secured=Sum("secured_eur", filter=needed),
        secured_without=Sum("secured_eur", filter=~needed),
        without=Count("pk", filter=~needed),
    )
    return SelectedFunding(
        found["need"] or ZERO,
        found["secured"] or ZERO,
        found["secured_without"] or ZERO,
        found["without"],
    )
