"""Reads of the page of chips."""

from django.db.models import F, QuerySet

from portfolio.models import ChipComparison, ResultSet
from portfolio.queries.ordering import by_code_point
from portfolio.vocabulary import ENDED_STAGES


def chip_rows(results: ResultSet) -> QuerySet[ChipComparison]:
    """Return the published rows of projects that have not ended, the largest known first."""
    rows = ChipComparison.objects.filter(result_set=results).exclude(stage__in=ENDED_STAGES)
    return rows.select_related("project").order_by(
        F("chips").desc(nulls_last=True), by_code_point("project__slug")
    )
