"""The claim that a gigafactory has so many times the chips of an existing AI factory (rule 10), taken apart.

It does not say which existing AI factory is meant, nor what counts as a chip: it is measured against the
mean, the median and the largest one, in chips and in H100 equivalents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from portfolio.rules.chip_comparison import RATIO_PLACES, Baseline
from portfolio.rules.money import divide
from portfolio.rules.published_figures import FigureCheck, Measurement, figure_check
from portfolio.vocabulary import Bound, FigureKey, Verdict

MILLIONTHS = 1_000_000
WHICH = ("mean", "median", "largest")
CHIPS, EQUIVALENTS = "chips", "H100 equivalents"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Chips of several projects weighed by speed: chips x dense BF16, in millionths of a TFLOP/s, exact.

    `known` has one number a project; `unknown` counts the projects that have chips without a speed or
    without a number, and `at_least` says that one of the known ones has a system without a number.
    """

    known: Sequence[int] = ()
    unknown: int = 0
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class ExistingComparison:
    """The claim against one existing AI factory, in one unit. None is unknown.

    `existing` is the size of the existing one, `gigafactory` that of a gigafactory, `implied` the published
    multiple of the existing one.
    """

    basis: str
    which: str
    existing: Decimal | None
    gigafactory: Decimal | None
    implied: Decimal | None
    check: FigureCheck


@dataclass(frozen=True, slots=True)
class _Size:
    """A size as an exact fraction, in units of `scale`."""

    total: int | Decimal
    number: int
    scale: int | Decimal = 1

    def value(self, places: int) -> Decimal | None:
        return divide(self.total, self.number * self.scale, places)


def in_chips(times: Decimal | None, claimed: Decimal | None, existing: Baseline) -> list[ExistingComparison]:
    """Return the published number of chips of a gigafactory over existing AI factories' (rule 12)."""
    why = ""
    if claimed is None:
        why = "no number of chips in a gigafactory has been published"
    elif not existing.number:
        why = "no selected AI factory has a known number of chips installed or operational"
    gigafactory = None if claimed is None else _Size(claimed, 1)
    return [
        _comparison(
            times, CHIPS, which, _of(existing, which), gigafactory, "published chips of a gigafactory", why
        )
        for which in WHICH
    ]


def in_equivalents(
    times: Decimal | None, gigafactories: Speeds, existing: Speeds, reference: int | None
) -> list[ExistingComparison]:
    """Return the mean of selected gigafactories over existing AI factories, in H100 equivalents.

    `reference` is the speed of the reference chip, in millionths of a TFLOP/s.
    """
    why = ""
    if not reference:
        why = "the speed of the H100 is not recorded"
    elif not existing.known:
        why = "no selected AI factory has chips of known number and model installed or operational"
    elif not gigafactories.known:
        why = (
            "no selected AI gigafactory has chips of known number and model"
            if gigafactories.unknown
            else "no AI gigafactory is selected, and the published number does not say which chips it counts"
        )
    mean = None
    if reference and gigafactories.known:
        mean = _Size(sum(gigafactories.known), len(gigafactories.known), reference)
    baseline = Baseline.of(existing.known)
    bound = Bound.EXACT
    if mean and not why and gigafactories.at_least:
        bound, why = Bound.AT_LEAST, "a system of a gigafactory has no published number of chips"
    return [
        _comparison(
            times,
            EQUIVALENTS,
            which,
            _of(baseline, which, reference) if reference else None,
            mean,
            "mean of selected AI gigafactories",
            why,
            bound,
        )
        for which in WHICH
    ]


def _of(baseline: Baseline, which: str, scale: int = 1) -> _Size | None:
    if not baseline.number:
        return None
    return {
        "mean": _Size(baseline.total, baseline.number, scale),
        "median": _Size(baseline.twice_the_median, 2, scale),
        "largest": _Size(baseline.largest, 1, scale),
    }[which]


def _comparison(
    times: Decimal | None,
    basis: str,
    which: str,
    existing: _Size | None,
    gigafactory: _Size | None,
    numerator: str,
    why: str,
    bound: str = Bound.EXACT,
) -> ExistingComparison:
    ratio = implied = None
    places = 2 if basis == CHIPS else 1
    if existing and gigafactory:  # both have one scale, which cancels
        ratio = divide(gigafactory.total * existing.number, existing.total * gigafactory.number, RATIO_PLACES)
    if existing and times is not None:
        implied = divide(existing.total * times, existing.number * existing.scale, places)
    measure = {
        "mean": f"{numerator} over the mean existing AI factory, in {basis}",
        "median": f"{numerator} over the median existing AI factory, in {basis}",
        "largest": f"{numerator} over the largest existing AI factory, in {basis}",
    }[which]
    return ExistingComparison(
        basis,
        which,
        existing.value(places) if existing else None,
        gigafactory.value(places) if gigafactory else None,
        implied,
        figure_check(
            FigureKey.CHIPS_VS_EXISTING, times, "times", Measurement(measure, ratio, "times", bound, why)
        ),
    )


def joint_check(comparisons: Sequence[ExistingComparison]) -> FigureCheck:
    """Return the check of the claim as a whole: against the mean existing AI factory, in chips.

    Where mean, median and largest lead to different verdicts, it cannot be told.
    """
    chips = [row for row in comparisons if row.basis == CHIPS]
    mean = chips[0].check
    if len({row.check.verdict for row in chips}) == 1:
        return mean
    told = "; ".join(f"against the {row.which}, {row.check.verdict}" for row in chips)
    reason = f"It does not say which existing AI factory is meant: {told}."
    return replace(mean, verdict=Verdict.CANNOT_BE_TOLD, reason=reason)
