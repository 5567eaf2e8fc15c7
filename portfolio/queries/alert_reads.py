"""Reads behind alerts that are of no one project: envelopes, places, published figures, runs, verifications.

All are of today: of the newest results, and of facts as they are now.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from portfolio.models import (
    AlertThreshold,
    ChipComparison,
    ContributionState,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectRollup,
    PublishedFigure,
    PublishedFigureReading,
    Recomputation,
    ResultSet,
    Verification,
)
from portfolio.rules.alerts import Contradiction, EnvelopeStanding, Subject, Thresholds, Verified
from portfolio.rules.dates import today
from portfolio.rules.money import ZERO
from portfolio.vocabulary import (
    SELECTED_STAGES,
    AlertSubject,
    EventKind,
    FinancierKind,
    Outcome,
    ProjectKind,
)

# The published figures that are maxima of EU money: of a gigafactory's capital expenditure, as a share; and
# of the formal call, for all gigafactories together.
EU_SHARE_MAXIMUM = "eu_capex_share_max"
EU_MONEY_MAXIMUM = "gigafactory_call_eu_eur"


@dataclass(frozen=True, slots=True)
class Maximum:
    """A published maximum, with the programme that published it; the value is None where it is unknown."""

    value: Decimal | None
    programme: Subject


def thresholds() -> Thresholds:
    """Return the thresholds, by kind of alert and stage."""
    rows = AlertThreshold.objects.order_by().values_list("kind", "key", "value")
    return {(kind, key): value for kind, key, value in rows if value is not None}


def maxima() -> dict[str, Maximum]:
    """Return the published maxima of EU money that are recorded, by key."""
    rows = PublishedFigure.objects.filter(key__in=(EU_SHARE_MAXIMUM, EU_MONEY_MAXIMUM)).order_by()
    return {
        key: Maximum(value, Subject(AlertSubject.PROGRAMME, slug, name))
        for key, value, slug, name in rows.values_list("key", "value", "programme__slug", "programme__name")
    }


def any_gigafactory(projects: Collection[int]) -> bool:
    """Whether any of some projects is a gigafactory."""
    return Project.objects.filter(pk__in=projects, kind=ProjectKind.AI_GIGAFACTORY).exists()


def envelope_standings(results: ResultSet) -> list[EnvelopeStanding]:
    """Return where each envelope stands."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results).order_by("envelope__slug")
    columns = (
        "kind",
        "amount_eur",
        "committed_eur",
        "over_allocated",
        "mobilised_eur",
        "progress",
        "expected_progress",
        "on_track",
    )
    return [
        EnvelopeStanding(Subject(AlertSubject.ENVELOPE, slug, name, envelope=id_), *values)
        for id_, slug, name, *values in rows.values_list(
            "envelope_id", "envelope__slug", "envelope__name", *columns
        )
    ]


def free_places(results: ResultSet) -> Decimal | None:
    """Return the free places of gigafactories (rule 11); None where no limit is published."""
    rows = PortfolioSummary.objects.filter(result_set=results, metric="gigafactory_slots_free")
    value = rows.values_list("value", flat=True).first()
    return Decimal(value) if value else None


def eu_money_of_gigafactories(results: ResultSet) -> Decimal:
    """Return the EU budget's approved and signed money for selected gigafactories, guarantees left out."""
    selected = (
        ChipComparison.objects.filter(
            result_set=results, kind=ProjectKind.AI_GIGAFACTORY, stage__in=SELECTED_STAGES
        )
        .order_by()
        .values("project")
    )
    signed = ProjectRollup.objects.filter(result_set=results, project__in=selected)
    approved = ContributionState.objects.filter(
        project__in=selected,
        financier_kind=FinancierKind.EU_BUDGET,
        state=EventKind.APPROVED,
        guarantee=False,
    )
    return (signed.aggregate(sum=Sum("signed_eu_budget_eur"))["sum"] or ZERO) + (
        approved.aggregate(sum=Sum("amount_eur"))["sum"] or ZERO
    )


def contradictions(as_of: date) -> list[Contradiction]:
    """Return the published figures that a newer source contradicts, each with the newest such source.

    Newer: published after the figure's own source, or, where that has no date, after the figure's; and not
    after today. A figure or a reading without a value contradicts nothing.
    """
    told = Coalesce("figure__source__published_on", "figure__as_of")
    rows = (
        PublishedFigureReading.objects.annotate(told=told)
        .filter(source__published_on__gt=F("told"), source__published_on__lte=as_of)
        .exclude(value=F("figure__value"))
        .select_related("figure__programme", "source")
        .order_by("figure__key", "source__published_on", "source__key")
    )
    newest: dict[str, Contradiction] = {}
    for reading in rows:
        figure, source = reading.figure, reading.source
        if figure.value is None or reading.value is None or source.published_on is None:
            continue
        newest[figure.key] = Contradiction(
            Subject(AlertSubject.PROGRAMME, figure.programme.slug, figure.programme.name),
            figure.key,
            figure.statement,
            figure.value,
            figure.unit,
            reading.told,
            reading.value,
            source.publisher or source.title,
            source.published_on,
        )
    return list(newest.values())


def newest_failure() -> tuple[date | None, str]:
    """Return the day and the message of the newest recomputation if that failed; else None."""
    newest = Recomputation.objects.order_by("-id").values_list("outcome", "finished_at", "message").first()
    if newest is None or newest[0] != Outcome.FAILED:
        return None, ""
    return today(newest[1]), newest[2]


def last_verification() -> Verified:
    """Return the outcome of the last verification of results, and since when there have been any."""
    verification = Verification.objects.order_by("-id").first()
    if verification is not None:
        return Verified(today(verification.finished_at), verification.differences, None)
    first = Recomputation.objects.filter(outcome=Outcome.SUCCEEDED).order_by("id").first()
    return Verified(None, 0, today(first.finished_at) if first else None)
