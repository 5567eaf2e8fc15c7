"""`envelope_utilisation`: what counts against a budget or a mobilisation target (rules 7 and 8)."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from portfolio.rules.money import ZERO, divide, share_rounded_down
from portfolio.rules.project_coverage import RATIO_PLACES, Need, join_reasons
from portfolio.vocabulary import EnvelopeKind, Reason

MULTIPLIER_PLACES = 4


@dataclass(frozen=True, slots=True)
class EnvelopeTerms:
    """An envelope as recorded. A mobilisation target always has both dates."""

    slug: str
    kind: str
    amount_eur: Decimal
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class EnvelopeFunding:
    """Euro sums over all contributions of an envelope as of a day, guarantees included (rule 7).

    The last two count the projects whose sums here lack an amount or a rate.
    """

    announced_eur: Decimal = ZERO
    under_appraisal_eur: Decimal = ZERO
    approved_eur: Decimal = ZERO
    signed_eur: Decimal = ZERO
    disbursed_eur: Decimal = ZERO
    amount_unknown: int = 0
    no_exchange_rate: int = 0

    def changed(self, before: "EnvelopeFunding", after: "EnvelopeFunding") -> "EnvelopeFunding":
        """Return these sums with what one project had before replaced by what it has after."""
        return _changed(self, before, after)


NO_ENVELOPE_FUNDING = EnvelopeFunding()


class CountedProject(NamedTuple):
    """A project that has not ended and has counted lines at a mobilisation target (rule 8).

    `signed_eur` is of its counted lines here, `signed_in_envelopes_eur` of all its contributions that have
    an envelope, guarantees left out of both.
    """

    need: Need
    lines: int
    signed_eur: Decimal
    signed_in_envelopes_eur: Decimal


@dataclass(frozen=True, slots=True)
class Mobilised:
    """What counted projects add up to at a mobilisation target, and how many of them lack a need (rule 8)."""

    gross_eur: Decimal = ZERO
    mobilised_eur: Decimal = ZERO
    attributed_eur: Decimal = ZERO
    signed_eur: Decimal = ZERO
    no_cost_estimate: int = 0
    no_exchange_rate: int = 0

    def changed(self, before: "Mobilised", after: "Mobilised") -> "Mobilised":
        """Return these sums with what one project added before replaced by what it adds after."""
        return _changed(self, before, after)


NOTHING_MOBILISED = Mobilised()

Sums = TypeVar("Sums", EnvelopeFunding, Mobilised)


def _changed(total: Sums, before: Sums, after: Sums) -> Sums:
    names = [field.name for field in fields(total)]
    return type(total)(
        **{name: getattr(total, name) - getattr(before, name) + getattr(after, name) for name in names}
    )


_Parts = tuple[Decimal, Decimal, Decimal, Decimal, int, int]


def _parts(project: CountedProject) -> _Parts:
    """Return what one counted project adds, in the order of `Mobilised`."""
    need = project.need.amount_eur
    if need is None:
        reason = project.need.reason
        no_cost_estimate, no_exchange_rate = Reason.NO_COST_ESTIMATE, Reason.NO_EXCHANGE_RATE
        return (
            ZERO,
            ZERO,
            ZERO,
            project.signed_eur,
            int(reason == no_cost_estimate),
            int(reason == no_exchange_rate),
        )
    attributed = share_rounded_down(need, project.signed_eur, project.signed_in_envelopes_eur)
    return need * project.lines, need, attributed, project.signed_eur, 0, 0


def mobilised_by(project: CountedProject) -> Mobilised:
    """Return what one counted project adds at a mobilisation target (rule 8)."""
    return Mobilised(*_parts(project))


def mobilised(counted: Iterable[CountedProject]) -> Mobilised:
    """Return what all counted projects add up to (rule 8)."""
    parts = list(map(_parts, counted))
    if not parts:
        return NOTHING_MOBILISED
    gross, mobilised_, attributed, signed, no_cost_estimate, no_exchange_rate = zip(*parts, strict=True)
    return Mobilised(
        sum(gross, ZERO),
        sum(mobilised_, ZERO),
        sum(attributed, ZERO),
        sum(signed, ZERO),
        sum(no_cost_estimate),
        sum(no_exchange_rate),
    )


@dataclass(frozen=True, slots=True)
class EnvelopeUtilisation:
    """One row of the table, in the order of its columns. None: unknown, or not of this kind of envelope."""

    envelope: str
    as_of: date
    kind: str
    amount_eur: Decimal
    announced_eur: Decimal
    under_appraisal_eur: Decimal
    approved_eur: Decimal
    signed_eur: Decimal
    disbursed_eur: Decimal
    committed_eur: Decimal | None
    headroom_eur: Decimal | None
    utilisation: Decimal | None
    over_allocated: bool | None
    gross_mobilised_eur: Decimal | None
    mobilised_eur: Decimal | None
    attributed_eur: Decimal | None
    multiplier: Decimal | None
    progress: Decimal | None
    expected_progress: Decimal | None
    on_track: bool | None
    incomplete: str


def days_passed(as_of: date, starts_on: date, ends_on: date) -> tuple[int, int]:
    """Return the days since the start, held between none and all, and the days of the whole period."""
    period = (ends_on - starts_on).days
    return min(max((as_of - starts_on).days, 0), period), period


def envelope_utilisation(
    envelope: EnvelopeTerms, as_of: date, funding: EnvelopeFunding, counted: Mobilised
) -> EnvelopeUtilisation:
    """Return an envelope's row; `counted` matters to mobilisation targets only (rules 7 and 8)."""
    reasons: set[str] = set()
    if funding.amount_unknown:
        reasons.add(Reason.AMOUNT_UNKNOWN)
    if funding.no_exchange_rate:
        reasons.add(Reason.NO_EXCHANGE_RATE)
    if envelope.kind == EnvelopeKind.BUDGET:
        figures = _budget(envelope, funding)
    else:
        figures = _mobilisation(envelope, as_of, counted)
        if counted.no_cost_estimate:
            reasons.add(Reason.NO_COST_ESTIMATE)
        if counted.no_exchange_rate:
            reasons.add(Reason.NO_EXCHANGE_RATE)
    return EnvelopeUtilisation(
        envelope=envelope.slug,
        as_of=as_of,
        kind=envelope.kind,
        amount_eur=envelope.amount_eur,
        announced_eur=funding.announced_eur,
        under_appraisal_eur=funding.under_appraisal_eur,
        approved_eur=funding.approved_eur,
        signed_eur=funding.signed_eur,
        disbursed_eur=funding.disbursed_eur,
        committed_eur=figures.committed_eur,
        headroom_eur=figures.headroom_eur,
        utilisation=figures.utilisation,
        over_allocated=figures.over_allocated,
        gross_mobilised_eur=figures.gross_mobilised_eur,
        mobilised_eur=figures.mobilised_eur,
        attributed_eur=figures.attributed_eur,
        multiplier=figures.multiplier,
        progress=figures.progress,
        expected_progress=figures.expected_progress,
        on_track=figures.on_track,
        incomplete=join_reasons(reasons),
    )


@dataclass(slots=True)
class _Figures:
    committed_eur: Decimal | None = None
    headroom_eur: Decimal | None = None
    utilisation: Decimal | None = None
    over_allocated: bool | None = None
    gross_mobilised_eur: Decimal | None = None
    mobilised_eur: Decimal | None = None
    attributed_eur: Decimal | None = None
    multiplier: Decimal | None = None
    progress: Decimal | None = None
    expected_progress: Decimal | None = None
    on_track: bool | None = None


def _budget(envelope: EnvelopeTerms, funding: EnvelopeFunding) -> _Figures:
    committed = funding.approved_eur + funding.signed_eur
    return _Figures(
        committed_eur=committed,
        headroom_eur=envelope.amount_eur - committed,
        utilisation=divide(committed, envelope.amount_eur, RATIO_PLACES),
        over_allocated=committed > envelope.amount_eur,
    )


def _mobilisation(envelope: EnvelopeTerms, as_of: date, counted: Mobilised) -> _Figures:
    if envelope.starts_on is None or envelope.ends_on is None:
        raise ValueError(f"mobilisation target {envelope.slug} lacks a date")
    passed, period = days_passed(as_of, envelope.starts_on, envelope.ends_on)
    on_track = counted.mobilised_eur * period >= envelope.amount_eur * passed
    return _Figures(
        gross_mobilised_eur=counted.gross_eur,
        mobilised_eur=counted.mobilised_eur,
        attributed_eur=counted.attributed_eur,
        multiplier=divide(counted.mobilised_eur, counted.signed_eur, MULTIPLIER_PLACES),
        progress=divide(counted.mobilised_eur, envelope.amount_eur, RATIO_PLACES),
        expected_progress=divide(passed, period, RATIO_PLACES),
        on_track=None if as_of < envelope.starts_on else on_track,
    )
