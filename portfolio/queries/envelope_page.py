"""Reads of the page of one envelope."""

from django.db.models import F, QuerySet

from portfolio.models import Contribution, Envelope, EnvelopeUtilisation, ResultSet


def envelope_row(results: ResultSet, slug: str) -> EnvelopeUtilisation | None:
    """Return the published row of an envelope; None for an unknown slug."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results, envelope__slug=slug)
    return rows.select_related("envelope__programme", "envelope__parent", "envelope__source").first()


def contributions_in(envelope: Envelope) -> QuerySet[Contribution]:
    """Return the contributions of an envelope with their states today, the largest first."""
    return envelope.contributions.select_related("project", "financier", "source", "state_today").order_by(
        F("state_today__amount_eur").desc(nulls_last=True), "reference"
    )
