"""Storing and reading what all projects add up to, so that an edit can replace one project's part."""

from collections.abc import Collection, Mapping

from portfolio.models import EnvelopeTotal, PortfolioTotal, ResultSet
from portfolio.rules.envelope_utilisation import (
    NO_ENVELOPE_FUNDING,
    NOTHING_MOBILISED,
    EnvelopeFunding,
    Mobilised,
)
from portfolio.rules.portfolio_summary import FundingTotal, PortfolioFunding

FUNDING = (
    "announced_eur",
    "under_appraisal_eur",
    "approved_eur",
    "signed_eur",
    "disbursed_eur",
    "amount_unknown",
    "no_exchange_rate",
)
MOBILISED = {
    "gross_eur": "gross_eur",
    "mobilised_eur": "mobilised_eur",
    "attributed_eur": "attributed_eur",
    "counted_signed_eur": "signed_eur",
    "counted_no_cost_estimate": "no_cost_estimate",
    "counted_no_exchange_rate": "no_exchange_rate",
}
PORTFOLIO = ("need_eur", "secured_eur", "secured_of_needed_eur", "without_need")

EnvelopeSums = tuple[EnvelopeFunding, Mobilised]


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


def envelope_totals(results: ResultSet, envelopes: Collection[int]) -> dict[int, EnvelopeSums]:
    """Return the totals of some envelopes that stand behind a result set, by id."""
    return {
        total.envelope_id: (
            EnvelopeFunding(**{name: getattr(total, name) for name in FUNDING}),
            Mobilised(**{name: getattr(total, column) for column, name in MOBILISED.items()}),
        )
        for total in EnvelopeTotal.objects.filter(result_set=results, envelope__in=envelopes)
    }


def store_portfolio_totals(results: ResultSet, funding: PortfolioFunding) -> None:
    for scope in ("running", "selected"):
        total = getattr(funding, scope)
        PortfolioTotal.objects.update_or_create(
            result_set=results, scope=scope, defaults={name: getattr(total, name) for name in PORTFOLIO}
        )


def portfolio_totals(results: ResultSet) -> PortfolioFunding:
    """Return the totals of the portfolio that stand behind a result set."""
    stored = {
        total.scope: FundingTotal(**{name: getattr(total, name) for name in PORTFOLIO})
        for total in PortfolioTotal.objects.filter(result_set=results)
    }
    return PortfolioFunding(stored["running"], stored["selected"])
