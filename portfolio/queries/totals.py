"""What all projects add up to, as it stands behind a result set."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum

from portfolio.models import ChipComparison, EnvelopeTotal, PortfolioTotal, ResultSet
from portfolio.rules.envelope_utilisation import EnvelopeFunding, Mobilised
from portfolio.rules.portfolio_summary import FundingTotal, PortfolioFunding, SelectedProjects
from portfolio.vocabulary import SELECTED_STAGES, ProjectKind

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


class SelectedChips(NamedTuple):
    """The selected projects behind some results, and the chips that AI factories among them have, by id.

    Factories without chips installed or operational are left out of the latter (rule 10).
    """

    present: dict[int, int]
    selected: SelectedProjects


EnvelopeSums = tuple[EnvelopeFunding, Mobilised]


def envelope_totals(results: ResultSet, envelopes: Collection[int] | None = None) -> dict[int, EnvelopeSums]:
    """Return the totals of some envelopes, or of all, that stand behind a result set, by id."""
    totals = EnvelopeTotal.objects.filter(result_set=results)
    if envelopes is not None:
        totals = totals.filter(envelope__in=envelopes)
    return {
        total.envelope_id: (
            EnvelopeFunding(**{name: getattr(total, name) for name in FUNDING}),
            Mobilised(**{name: getattr(total, column) for column, name in MOBILISED.items()}),
        )
        for total in totals
    }


def selected_chips(results: ResultSet, without: Collection[int] = ()) -> SelectedChips:
    """Return the selected projects behind some results, but for some of them (database ids)."""
    rows = ChipComparison.objects.filter(result_set=results, stage__in=SELECTED_STAGES).order_by()
    rows = rows.exclude(project__in=without)
    factories = Q(kind=ProjectKind.AI_FACTORY)
    found = rows.aggregate(
        factories=Count("pk", filter=factories),
        gigafactories=Count("pk", filter=~factories),
        chips=Sum("chips", filter=~factories),
    )
    present = rows.filter(factories).annotate(present=F("installed_chips") + F("operational_chips"))
    return SelectedChips(
        dict(present.filter(present__gt=0).values_list("project_id", "present")),
        SelectedProjects(found["factories"], found["gigafactories"], int(found["chips"] or 0)),
    )


def portfolio_totals(results: ResultSet) -> PortfolioFunding:
    """Return the totals of the portfolio that stand behind a result set."""
    stored = {
        total.scope: FundingTotal(**{name: getattr(total, name) for name in PORTFOLIO})
        for total in PortfolioTotal.objects.filter(result_set=results)
    }
    return PortfolioFunding(stored["running"], stored["selected"])
