"""What all projects add up to, as it stands behind a result set."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, F, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from portfolio.models import ChipComparison, EnvelopeTotal, PortfolioTotal, ResultSet
from portfolio.queries.together import read_together
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
    return envelope_sums(totals)


def envelope_sums(totals: Iterable[EnvelopeTotal]) -> dict[int, EnvelopeSums]:
    """Return totals at hand by envelope."""
    return {
        total.envelope_id: (
            EnvelopeFunding(**{name: getattr(total, name) for name in FUNDING}),
            Mobilised(**{name: getattr(total, column) for column, name in MOBILISED.items()}),
        )
        for total in totals
    }


def selected_chips(results: ResultSet, without: Collection[int] = ()) -> SelectedChips:
    """Return the selected projects behind some results, but for some of them (database ids)."""
    return selected_chips_of(*read_together(*selected_chip_reads(results, without)))


def selected_chip_reads(
    results: ResultSet, without: Collection[int] = ()
) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return the reads of `selected_chips`: of the numbers of each kind, and of the factories with chips."""
    rows = ChipComparison.objects.filter(result_set=results, stage__in=SELECTED_STAGES).order_by()
    rows = rows.exclude(project__in=without)
    # A sum of whole numbers is none on PostgreSQL until it is said so.
    chips = Cast(Coalesce(Sum("chips"), 0), BigIntegerField())
    present = rows.filter(kind=ProjectKind.AI_FACTORY).annotate(
        present=F("installed_chips") + F("operational_chips")
    )
    return (
        rows.values_list("kind").annotate(number=Count("pk"), total=chips),
        present.filter(present__gt=0).values_list("project_id", "present"),
    )


def selected_chips_of(kinds: Iterable[Any], present: Iterable[Any]) -> SelectedChips:
    """Return the selected projects from the rows of `selected_chip_reads`."""
    found = {kind: (number, chips) for kind, number, chips in kinds}
    factories, _ = found.pop(ProjectKind.AI_FACTORY, (0, 0))
    gigafactories = found.get(ProjectKind.AI_GIGAFACTORY, (0, 0))
    return SelectedChips(dict(present), SelectedProjects(factories, *gigafactories))


def portfolio_totals(results: ResultSet) -> PortfolioFunding:
    """Return the totals of the portfolio that stand behind a result set."""
    return portfolio_sums(PortfolioTotal.objects.filter(result_set=results))


def portfolio_sums(totals: Iterable[PortfolioTotal]) -> PortfolioFunding:
    """Return totals at hand as those of the portfolio."""
    stored = {
        total.scope: FundingTotal(**{name: getattr(total, name) for name in PORTFOLIO}) for total in totals
    }
    return PortfolioFunding(stored["running"], stored["selected"])
