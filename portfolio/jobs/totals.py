"""Storing what all projects add up to, so that an edit can replace one project's part."""

from collections.abc import Mapping

from portfolio.models import EnvelopeTotal, PortfolioTotal, ResultSet
from portfolio.queries.totals import (
    FUNDING,
    MOBILISED,
    PORTFOLIO,
    EnvelopeSums,
    envelope_totals,
    portfolio_totals,
)
from portfolio.rules.envelope_utilisation import NO_ENVELOPE_FUNDING, NOTHING_MOBILISED
from portfolio.rules.portfolio_summary import PortfolioFunding

__all__ = [
    "EnvelopeSums",
    "envelope_totals",
    "portfolio_totals",
    "store_envelope_totals",
    "store_portfolio_totals",
]


def store_envelope_totals(
    results: ResultSet, totals: Mapping[int, EnvelopeSums], *, all_of_them: bool
) -> None:
    """Write the totals of some envelopes behind a result set; `all_of_them`: the others have none."""
    stored = EnvelopeTotal.objects.filter(result_set=results)
    stored.filter(**({} if all_of_them else {"envelope__in": list(totals)})).delete()
    EnvelopeTotal.objects.bulk_create(
        EnvelopeTotal(
            result_set=results,
            envelope_id=envelope,
            **{name: getattr(funding, name) for name in FUNDING},
            **{column: getattr(mobilised, name) for column, name in MOBILISED.items()},
        )
        for envelope, (funding, mobilised) in totals.items()
        if (funding, mobilised) != (NO_ENVELOPE_FUNDING, NOTHING_MOBILISED)
    )


def store_portfolio_totals(results: ResultSet, funding: PortfolioFunding) -> None:
    """Write the totals of the portfolio behind a result set; one statement each where they are there."""
    for scope in ("running", "selected"):
        total = getattr(funding, scope)
        values = {name: getattr(total, name) for name in PORTFOLIO}
        if not PortfolioTotal.objects.filter(result_set=results, scope=scope).update(**values):
            PortfolioTotal.objects.create(result_set=results, scope=scope, **values)
