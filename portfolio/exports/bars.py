"""Where the segments of a bar stand: presentation of figures that were computed elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from portfolio.models import ChipComparison, EnvelopeUtilisation, ProjectCoverage
from portfolio.vocabulary import EnvelopeKind

PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of its width, drawn in the style of `name`."""

    name: str
    x: Decimal
    width: Decimal


def segments(whole: Decimal | int | None, parts: Iterable[tuple[str, Decimal | int | None]]) -> list[Segment]:
    """Return the parts side by side, of a whole or of their own sum where that is greater."""
    known = [(name, Decimal(value)) for name, value in parts if value is not None and value > 0]
    total = max(Decimal(whole or 0), sum((value for _, value in known), Decimal(0)))
    drawn, x = [], Decimal(0)
    for name, value in known:
        width = (value / total * 100).quantize(PLACES)
        drawn.append(Segment(name, x, width))
        x += width
    return drawn


def position(value: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Return where a mark stands on a bar, in percent, held within it."""
    if value is None or not whole:
        return None
    return min(max(Decimal(value) / Decimal(whole) * 100, Decimal(0)), Decimal(100)).quantize(PLACES)


def longest(values: Iterable[Decimal | int | None]) -> Decimal:
    """Return the length that bars of these values are drawn against: a little more than the greatest."""
    return max((Decimal(value) for value in values if value is not None), default=Decimal(0)) * Decimal(
        "1.02"
    )


def place_bar(row: ProjectCoverage) -> list[Segment]:
    """Return the bar of a project's funding by firmness, of its need."""
    paid = min(row.disbursed_eur, row.signed_eur)
    return segments(
        row.need_eur,
        [
            ("disbursed", paid),
            ("signed", row.signed_eur - paid),
            ("approved", row.approved_eur),
            ("under_appraisal", row.under_appraisal_eur),
            ("announced", row.announced_eur),
        ],
    )


def chip_bar(row: ChipComparison, whole: Decimal) -> list[Segment]:
    """Return the bar of a project's chips: present ones dark, coming ones light."""
    present = row.installed_chips + row.operational_chips
    return segments(whole, [("present", present), ("coming", row.planned_chips + row.contracted_chips)])


def places_bar(taken: Decimal | None, limit: Decimal | None) -> list[Segment]:
    """Return the bar of the places that are taken, of the limit."""
    return segments(limit, [("signed", taken)])


def envelope_bar(row: EnvelopeUtilisation) -> tuple[list[Segment], Decimal | None]:
    """Return the bar of an envelope with what exceeds it, and its mark: a target's straight line."""
    if row.kind == EnvelopeKind.BUDGET:
        drawn = segments(row.amount_eur, [("signed", row.signed_eur), ("approved", row.approved_eur)])
        amount = position(row.amount_eur, row.committed_eur)
        if row.over_allocated and amount is not None:
            drawn.append(Segment("over", amount, 100 - amount))
        return drawn, None
    return segments(row.amount_eur, [("signed", row.mobilised_eur)]), position(row.expected_progress, 1)
