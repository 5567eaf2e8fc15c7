"""`chip_comparison`: a project's chips against the published claim and today's AI factories (rules 9, 10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portfolio.rules.money import divide, units_of
from portfolio.rules.project_coverage import is_selected, join_reasons
from portfolio.vocabulary import DeploymentStatus, ProjectKind, Reason

# From the first to the furthest.
_STATUSES = tuple(map(str, DeploymentStatus))
ATTAINMENT_PLACES = 6
RATIO_PLACES = 4


@dataclass(frozen=True, slots=True)
class ChipClaims:
    """The published figures that chips are held against; None where unpublished."""

    chips_per_gigafactory: Decimal | None = None
    chips_vs_existing: Decimal | None = None


@dataclass(slots=True)
class CountedChips:
    """Chips of known number, of one status and one speed (dense BF16 TFLOP/s; None: unknown)."""

    status: str
    chips: int
    tflops: Decimal | None


@dataclass(slots=True)
class ProjectChips:
    """The deployments of a project that exist as of a day (rule 9)."""

    counted: list[CountedChips] = field(default_factory=list)
    count_unknown: bool = False

    def total(self) -> int | None:
        """Return the number of chips over all statuses, or None without any known number."""
        return sum([chips.chips for chips in self.counted]) if self.counted else None

    def by_status(self) -> dict[str, int]:
        """Return the number of chips of each status, zero where there are none."""
        counts = dict.fromkeys(_STATUSES, 0)
        for chips in self.counted:
            counts[chips.status] += chips.chips
        return counts

    @property
    def present(self) -> int:
        """The number of chips installed or operational (rule 10)."""
        return self.of_status(DeploymentStatus.INSTALLED) + self.of_status(DeploymentStatus.OPERATIONAL)

    def of_status(self, status: str) -> int:
        return sum([chips.chips for chips in self.counted if chips.status == status])


@dataclass(frozen=True, slots=True)
class Baseline:
    """Selected AI factories with chips installed or operational (rule 10): exact numbers, unrounded mean.

    The median is kept times two, a whole number also where two counts share the middle.
    """

    number: int = 0
    total: int = 0
    twice_the_median: int = 0
    largest: int = 0

    @classmethod
    def of(cls, counts: Iterable[int]) -> "Baseline":
        ordered = sorted(counts)
        return cls.of_ordered(ordered, sum(ordered))

    @classmethod
    def of_ordered(cls, ordered: Sequence[int], total: int) -> "Baseline":
        """Return the baseline of numbers of chips in ascending order, and their sum."""
        if not ordered:
            return cls()
        middle = len(ordered) // 2
        twice = 2 * ordered[middle] if len(ordered) % 2 else ordered[middle - 1] + ordered[middle]
        return cls(len(ordered), total, twice, ordered[-1])

    def over_mean(self, chips: Decimal | int | None) -> Decimal | None:
        return self._ratio(chips, self.number, self.total)

    def over_median(self, chips: Decimal | int | None) -> Decimal | None:
        return self._ratio(chips, 2, self.twice_the_median)

    def over_max(self, chips: Decimal | int | None) -> Decimal | None:
        return self._ratio(chips, 1, self.largest)

    def differing(self, other: "Baseline", numbers: Iterable[int]) -> set[int]:
        """Return which numbers of chips have another ratio by this baseline than by the other."""
        every = set(numbers)
        left, found = every, set[int]()
        for (factor, divisor), (over, by) in zip(self._divisions(), other._divisions(), strict=True):
            if (factor, divisor) == (over, by):
                continue
            if divisor and by:
                found |= {
                    chips
                    for chips in left
                    if units_of(chips * factor, divisor, RATIO_PLACES)
                    != units_of(chips * over, by, RATIO_PLACES)
                }
            elif divisor or by:
                return every
            left = left - found
        return found

    def _divisions(self) -> tuple[tuple[int, int], ...]:
        return (self.number, self.total), (2, self.twice_the_median), (1, self.largest)

    @staticmethod
    def _ratio(chips: Decimal | int | None, factor: int, divisor: int) -> Decimal | None:
        return None if chips is None else divide(chips * factor, divisor, RATIO_PLACES)


class ChipRatios(NamedTuple):
    """A number of chips over what is published and what exists (rules 9 and 10). None is unknown."""

    target_attainment: Decimal | None
    ratio_to_existing_mean: Decimal | None
    ratio_to_existing_median: Decimal | None
    ratio_to_existing_max: Decimal | None
    ratio_to_implied: Decimal | None


@dataclass(frozen=True, slots=True)
class Measures:
    """What chips are held against: published figures and the existing baseline."""

    claims: ChipClaims
    baseline: Baseline

    def ratios(self, chips: int | None) -> ChipRatios:
        """Return the ratios of a number of chips, all unknown where the number is."""
        baseline = self.baseline
        attainment, implied = self._over_claims(chips)
        return ChipRatios(
            attainment,
            baseline.over_mean(chips),
            baseline.over_median(chips),
            baseline.over_max(chips),
            implied,
        )

    def differing(self, other: "Measures", numbers: Iterable[int]) -> set[int]:
        """Return which numbers of chips have other ratios by these measures than by others."""
        numbers = set(numbers)
        found = self.baseline.differing(other.baseline, numbers)
        if self.claims != other.claims:
            found |= {n for n in numbers - found if self._over_claims(n) != other._over_claims(n)}
        return found

    def _over_claims(self, chips: int | None) -> tuple[Decimal | None, Decimal | None]:
        per_gigafactory, versus = self.claims.chips_per_gigafactory, self.claims.chips_vs_existing
        if chips is None or per_gigafactory is None:
            return None, None
        # An implied existing size of "over nothing" is no size.
        implied = divide(chips * versus, per_gigafactory, RATIO_PLACES) if versus else None
        return divide(chips, per_gigafactory, ATTAINMENT_PLACES), implied


def existing_baseline(projects: Iterable[tuple[str, str, ProjectChips]]) -> Baseline:
    """Return the baseline from each project's kind, stage and chips (rule 10)."""
    counts = []
    for kind, stage, chips in projects:
        if kind == ProjectKind.AI_FACTORY and is_selected(stage):
            present = chips.present
            if present > 0:
                counts.append(present)
    return Baseline.of(counts)


@dataclass(slots=True)
class ChipComparison:
    """One row of the table, in the order of its columns. None is unknown."""

    project: str
    as_of: date
    kind: str
    stage: str
    chips: int | None
    planned_chips: int
    contracted_chips: int
    installed_chips: int
    operational_chips: int
    h100_equivalents: Decimal | None
    target_attainment: Decimal | None
    ratio_to_existing_mean: Decimal | None
    ratio_to_existing_median: Decimal | None
    ratio_to_existing_max: Decimal | None
    ratio_to_implied: Decimal | None
    incomplete: str


def h100_equivalents(counted: Sequence[CountedChips], reference_tflops: Decimal | None) -> Decimal | None:
    """Return chips weighted by speed over the reference chip's, one decimal (rule 9).

    None where there is no known number of chips, or a speed that is needed is unknown.
    """
    if not counted or not reference_tflops:
        return None
    speed = Decimal(0)
    for chips in counted:
        if chips.tflops is None:
            return None
        speed += chips.chips * chips.tflops
    return divide(speed, reference_tflops, 1)


def chip_comparison(
    project: str,
    as_of: date,
    kind: str,
    stage: str,
    chips: ProjectChips,
    reference_tflops: Decimal | None,
    measures: Measures,
) -> ChipComparison:
    """Return a project's row (rules 9 and 10)."""
    total = chips.total()
    equivalents = h100_equivalents(chips.counted, reference_tflops)
    reasons: set[str] = set()
    if chips.count_unknown or total is None:
        reasons.add(Reason.CHIP_COUNT_UNKNOWN)
    if chips.counted and equivalents is None:
        reasons.add(Reason.CHIP_MODEL_UNKNOWN)
    ratios = measures.ratios(total)
    planned, contracted, installed, operational = chips.by_status().values()
    return ChipComparison(
        project=project,
        as_of=as_of,
        kind=kind,
        stage=stage,
        chips=total,
        planned_chips=planned,
        contracted_chips=contracted,
        installed_chips=installed,
        operational_chips=operational,
        h100_equivalents=equivalents,
        target_attainment=ratios.target_attainment,
        ratio_to_existing_mean=ratios.ratio_to_existing_mean,
        ratio_to_existing_median=ratios.ratio_to_existing_median,
        ratio_to_existing_max=ratios.ratio_to_existing_max,
        ratio_to_implied=ratios.ratio_to_implied,
        incomplete=join_reasons(reasons),
    )
