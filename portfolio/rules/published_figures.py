"""Published figures against records: what kind of claim a figure is, and what the records make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from portfolio.rules.money import divide
from portfolio.vocabulary import Bound, Verdict

RATIO_PLACES = 4
ABOUT_PERCENT = 10  # how far from "about 100,000" a measured value may be and still agree
NO_BOUND = ""  # a measured value that is neither a lower nor an upper bound of what it stands for
EXACT = Context(prec=120)  # more digits than a published value and a measured one have together

NOTHING_MEASURES = "The tracker records nothing that measures it."
NO_VALUE = "No value was published."

# How each figure was published: the words "at most", "up to", "at least", "more than" and "about" of its
# statement, and "about" too where a sum or a ratio was plainly rounded. Others are exact.
CLAIM_KINDS: dict[str, Bound] = {
    **dict.fromkeys(
        (
            "advisory_hub_second_call_eur",
            "ai_factory_chips_largest",
            "bids_per_country_max",
            "dk_compute_purchase_dkk",
            "eiah_eib_max_eur",
            "eiah_eu_max_eur",
            "eu_capex_share_max",
            "gigafactory_call_eu_eur",
            "gigafactory_call_eu_now_eur",
            "gigafactory_call_public_eur",
            "gigafactory_capex_high_eur",
            "gigafactory_limit",
            "lot_1_phase_1_eu_max_eur",
            "lot_1_phase_2_eu_max_eur",
            "lot_1_sites_max",
            "lot_2_phase_1_eu_max_eur",
            "lot_2_phase_2_eu_max_eur",
            "lot_2_sites_max",
        ),
        Bound.AT_MOST,
    ),
    **dict.fromkeys(
        (
            "ai_factories_and_antennas_eur",
            "ai_factories_wave_3_eur",
            "aion_h100_equivalents",
            "black_sea_chips",
            "eoi_chips",
            "eoi_investment_eur",
            "gigafactory_call_private_eur",
            "gigafactory_call_total_eur",
            "gigafactory_capex_low_eur",
            "gigafactory_storage_min_pb",
            "lot_1_phase_1_size_min",
            "lot_1_phase_2_size_min",
            "lot_2_phase_1_size_min",
            "lot_2_phase_2_size_min",
            "private_capex_share_min",
            "state_capex_share_min",
        ),
        Bound.AT_LEAST,
    ),
    **dict.fromkeys(
        (
            "ai_factories_wave_1_eur",
            "ai_factories_wave_2_eur",
            "chips_per_gigafactory",
            "chips_vs_existing",
            "it4lia_investment_eur",
            "marenostrum_upgrade_eur",
        ),
        Bound.ABOUT,
    ),
}

_WORDS = {
    (Bound.EXACT, Verdict.AGREES): "The records say the same.",
    (Bound.EXACT, Verdict.BELOW): "The records have less than was published.",
    (Bound.EXACT, Verdict.ABOVE): "The records have more than was published.",
    (Bound.AT_MOST, Verdict.AGREES): "It was published as an upper bound, and the records stay within it.",
    (Bound.AT_MOST, Verdict.ABOVE): "It was published as an upper bound, and the records exceed it.",
    (Bound.AT_LEAST, Verdict.AGREES): "It was published as a lower bound, and the records reach it.",
    (Bound.AT_LEAST, Verdict.BELOW): "It was published as a lower bound, and the records do not reach it.",
    (
        Bound.ABOUT,
        Verdict.AGREES,
    ): f"It was published as “about”, and the records are within {ABOUT_PERCENT} %.",
    (
        Bound.ABOUT,
        Verdict.BELOW,
    ): f"It was published as “about”, and the records are more than {ABOUT_PERCENT} % lower.",
    (
        Bound.ABOUT,
        Verdict.ABOVE,
    ): f"It was published as “about”, and the records are more than {ABOUT_PERCENT} % higher.",
}
_SAME_UNIT = {"euro": "EUR", "x": "times"}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the records say of a published figure: in words what is measured, and its value.

    Without a value, `why` says in words why it is unknown; with one that is a bound, why it is no more.
    An empty unit fits every published one.
    """

    measure: str
    value: Decimal | None
    unit: str = ""
    bound: str = Bound.EXACT
    why: str = ""


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """A published figure beside its measured value. None is unknown; an empty `measure`: nothing measures it.

    `difference` is measured less published, `ratio` measured over published (four decimals). `bound` is that
    of the measured value.
    """

    key: str
    claim: str
    published: Decimal | None
    unit: str
    measure: str
    measured: Decimal | None
    bound: str
    difference: Decimal | None
    ratio: Decimal | None
    verdict: str
    reason: str


def claim_kind(key: str) -> Bound:
    """Return in what way a figure was published: exact, about, at least or at most."""
    return CLAIM_KINDS.get(key, Bound.EXACT)


def difference(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return one less the other, with every digit; None where one is unknown."""
    return None if one is None or other is None else EXACT.subtract(one, other)


def agreeing_range(claim: str, published: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Return the least and the most value that agrees with a claim; None where there is no such end."""
    if claim == Bound.ABOUT:
        room = EXACT.divide(EXACT.multiply(abs(published), Decimal(ABOUT_PERCENT)), Decimal(100))
        return EXACT.subtract(published, room), EXACT.add(published, room)
    return (
        None if claim == Bound.AT_MOST else published,
        None if claim == Bound.AT_LEAST else published,
    )


def decide(claim: str, published: Decimal, measured: Decimal, bound: str = Bound.EXACT) -> Verdict:
    """Return what the records make of a claim.

    A measured lower bound may in truth be anything above itself, so it can show that a figure is exceeded or
    that a published lower bound is reached, and nothing else; an upper bound likewise.
    """
    low, high = agreeing_range(claim, published)
    least = measured if bound in (Bound.EXACT, Bound.AT_LEAST) else None
    most = measured if bound in (Bound.EXACT, Bound.AT_MOST) else None
    if high is not None and least is not None and least > high:
        return Verdict.ABOVE
    if low is not None and most is not None and most < low:
        return Verdict.BELOW
    reaches = low is None or (least is not None and least >= low)
    stays = high is None or (most is not None and most <= high)
    return Verdict.AGREES if reaches and stays else Verdict.CANNOT_BE_TOLD


def largest(measure: str, unit: str, parts: Sequence[Measurement]) -> Measurement:
    """Return the largest of several measured values: at least that where one is a lower bound or unknown."""
    known = [part.value for part in parts if part.value is not None]
    why = _reasons(parts)
    if not known:
        return Measurement(measure, None, unit, why=why)
    return Measurement(measure, max(known), unit, Bound.AT_LEAST if why else Bound.EXACT, why)


def smallest(measure: str, unit: str, parts: Sequence[Measurement]) -> Measurement:
    """Return the smallest of several measured values.

    A lower bound below all exact values makes it a lower bound; an unknown value could be smaller still.
    """
    known = [part for part in parts if part.value is not None]
    unknown = [part for part in parts if part.value is None]
    if not known:
        return Measurement(measure, None, unit, why=_reasons(parts))
    least = min(part.value for part in known if part.value is not None)
    exact = any(part.value == least and part.bound == Bound.EXACT for part in known)
    doubtful = [] if exact else [part for part in known if part.bound != Bound.EXACT]
    bound: str = Bound.AT_LEAST if doubtful else Bound.EXACT
    if unknown:
        bound = NO_BOUND if doubtful else Bound.AT_MOST
    return Measurement(measure, least, unit, bound, _reasons([*doubtful, *unknown]))


def _reasons(parts: Sequence[Measurement]) -> str:
    return "; ".join(dict.fromkeys(part.why for part in parts if part.why))


def figure_check(
    key: str, published: Decimal | None, unit: str, measurement: Measurement | None
) -> FigureCheck:
    """Return a figure beside its measured value, with the verdict and the sentence that gives its reason."""
    claim = claim_kind(key)
    verdict, reason = _verdict(claim, published, unit, measurement)
    if measurement is None:
        measurement = Measurement("", None)
    measured = measurement.value
    gap = ratio = None
    if published is not None and measured is not None and _same_unit(unit, measurement.unit):
        gap, ratio = difference(measured, published), divide(measured, published, RATIO_PLACES)
    return FigureCheck(
        key,
        claim,
        published,
        unit or measurement.unit,
        measurement.measure,
        measured,
        measurement.bound,
        gap,
        ratio,
        verdict,
        reason,
    )


def _verdict(
    claim: Bound, published: Decimal | None, unit: str, measurement: Measurement | None
) -> tuple[Verdict, str]:
    if measurement is None:
        return Verdict.CANNOT_BE_TOLD, NOTHING_MEASURES
    if published is None:
        return Verdict.CANNOT_BE_TOLD, NO_VALUE
    if not _same_unit(unit, measurement.unit):
        return Verdict.CANNOT_BE_TOLD, f"It was published in {unit} and is measured in {measurement.unit}."
    if measurement.value is None:
        return Verdict.CANNOT_BE_TOLD, _unknown(measurement.why)
    verdict = decide(claim, published, measurement.value, measurement.bound)
    if verdict == Verdict.CANNOT_BE_TOLD:
        return verdict, _unsure(measurement.bound, measurement.why)
    return verdict, _WORDS[claim, verdict]


def _same_unit(published: str, measured: str) -> bool:
    return not published or not measured or _SAME_UNIT.get(published, published) == measured


def _unknown(why: str) -> str:
    return f"What would measure it is unknown: {why}." if why else "What would measure it is unknown."


def _unsure(bound: str, why: str) -> str:
    if bound == Bound.AT_LEAST:
        return f"What is measured is a lower bound: {why}." if why else "What is measured is a lower bound."
    if bound == Bound.AT_MOST:
        return f"What is measured is an upper bound: {why}." if why else "What is measured is an upper bound."
    return f"What is measured is incomplete: {why}." if why else "What is measured is incomplete."
