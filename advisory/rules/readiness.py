"""How ready a project is: a weighted mean over criteria, with bounds where some are unknown (A4, A5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisory.vocabulary import MOST_LEVEL, FunnelReason
from portfolio.rules.money import ZERO, divide, round_half_up

PLACES = 2


@dataclass(frozen=True, slots=True)
class CriterionLevel:
    """A criterion of a scale and the level that it was given, 0 to 4; None where it was not assessed."""

    area: str
    name: str
    weight: Decimal
    level: int | None


@dataclass(frozen=True, slots=True)
class ReadinessScore:
    """What an assessment comes to (A4), with two decimals.

    `score` is None where a criterion is unknown; `lower` and `upper` then say what it can be. All three are
    None for a scale without criteria. `known` is how many criteria of `criteria` were assessed.
    """

    score: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    known: int
    criteria: int
    incomplete: str


def readiness_score(levels: Sequence[CriterionLevel]) -> ReadinessScore:
    """Return the weighted mean of all criteria of a scale (A4): unknown ones make bounds, never a zero."""
    known = sum(criterion.level is not None for criterion in levels)
    lower, upper = _mean(levels, 0), _mean(levels, MOST_LEVEL)
    whole = bool(levels) and known == len(levels)
    return ReadinessScore(
        lower if whole else None,
        lower,
        upper,
        known,
        len(levels),
        "" if whole else FunnelReason.CRITERIA_UNKNOWN.value,
    )


def _mean(levels: Sequence[CriterionLevel], unknown: int) -> Decimal | None:
    weighted = sum(
        (item.weight * (unknown if item.level is None else item.level) for item in levels), Decimal(0)
    )
    return divide(weighted, sum((item.weight for item in levels), Decimal(0)), PLACES)


def is_ready(levels: Sequence[CriterionLevel], ready_at: Decimal) -> bool:
    """Whether a project is ready whatever its unknown criteria are (A5), compared before rounding."""
    if not levels:
        return False
    weighted = sum((item.weight * (item.level or 0) for item in levels), Decimal(0))
    return weighted >= ready_at * sum((item.weight for item in levels), Decimal(0))


@dataclass(frozen=True, slots=True)
class Assessment:
    """An assessment of a case: its key, day, scale, the score from which on that says ready, and levels."""

    key: str
    assessed_on: date
    scale: str
    ready_at: Decimal
    levels: tuple[CriterionLevel, ...]

    @property
    def score(self) -> ReadinessScore:
        return readiness_score(self.levels)

    @property
    def ready(self) -> bool:
        return is_ready(self.levels, self.ready_at)


def ready_on(assessments: Sequence[Assessment], as_of: date) -> date | None:
    """Return since when a case is ready without interruption (A5); None where its newest assessment says no.

    Assessments may come in any order; those after `as_of` do not exist.
    """
    since: date | None = None
    for assessment in in_order(assessments, as_of):
        since = (since or assessment.assessed_on) if assessment.ready else None
    return since


def in_order(assessments: Sequence[Assessment], as_of: date) -> list[Assessment]:
    """Return the assessments that exist on a day, the oldest first."""
    existing = [found for found in assessments if found.assessed_on <= as_of]
    return sorted(existing, key=lambda found: (found.assessed_on, found.key))


@dataclass(frozen=True, slots=True)
class AreaChange:
    """What changed of an area between two assessments. A level is None where it is unknown or not asked."""

    area: str
    name: str
    before: int | None
    after: int | None

    @property
    def change(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class Gain:
    """The difference of two scores (A5), with bounds where one is unknown; all None where there is none."""

    gain: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    incomplete: str


def gain(first: Assessment, last: Assessment) -> Gain:
    """Return what was gained from one assessment to another; different scales have no difference (A5)."""
    if first.scale != last.scale:
        return Gain(None, None, None, FunnelReason.SCALES_DIFFER.value)
    before, after = first.score, last.score
    if before.lower is None or before.upper is None or after.lower is None or after.upper is None:
        return Gain(None, None, None, FunnelReason.CRITERIA_UNKNOWN.value)
    whole = before.score is not None and after.score is not None
    # From exact means, rounded once: the difference of two rounded scores may be a hundredth off.
    return Gain(
        _difference(last, 0, first, 0) if whole else None,
        _difference(last, 0, first, MOST_LEVEL),
        _difference(last, MOST_LEVEL, first, 0),
        "" if whole else FunnelReason.CRITERIA_UNKNOWN.value,
    )


def _difference(last: Assessment, last_unknown: int, first: Assessment, first_unknown: int) -> Decimal | None:
    """Return the difference of two means of one scale, with a level put in the place of unknown ones."""
    before = {item.area: item.level for item in first.levels}
    weights = sum((item.weight for item in last.levels), Decimal(0))
    total = Decimal(0)
    for item in last.levels:
        old = before.get(item.area)
        total += item.weight * (
            (last_unknown if item.level is None else item.level) - (first_unknown if old is None else old)
        )
    return divide(total, weights, PLACES)


def area_changes(first: Assessment, last: Assessment) -> list[AreaChange]:
    """Return what changed area by area, in the order of the later scale; areas only the earlier has last."""
    before = {item.area: item for item in first.levels}
    changes = []
    for item in last.levels:
        old = before.pop(item.area, None)
        changes.append(AreaChange(item.area, item.name, old.level if old else None, item.level))
    return [*changes, *(AreaChange(old.area, old.name, old.level, None) for old in before.values())]


@dataclass(frozen=True, slots=True)
class EngagementReadiness:
    """What an engagement gained (A5): the assessment before it, the newest one, and their difference."""

    first: Assessment | None
    last: Assessment | None
    gain: Gain


def engagement_readiness(
    assessments: Sequence[Assessment], starts_on: date | None, as_of: date
) -> EngagementReadiness:
    """Return the readiness gain of an engagement as of a day (A5).

    From the newest assessment on or before its start, or else the first after it, to the newest of all.
    """
    if starts_on is None or starts_on > as_of:
        return EngagementReadiness(None, None, _none(FunnelReason.NO_ASSESSMENT))
    existing = in_order(assessments, as_of)
    if not existing:
        return EngagementReadiness(None, None, _none(FunnelReason.NO_ASSESSMENT))
    before = [found for found in existing if found.assessed_on <= starts_on]
    first, last = (before or existing[:1])[-1], existing[-1]
    if first.key == last.key:
        return EngagementReadiness(first, None, _none(FunnelReason.ONE_ASSESSMENT))
    return EngagementReadiness(first, last, gain(first, last))


def _none(reason: FunnelReason) -> Gain:
    return Gain(None, None, None, reason.value)


def median(values: Sequence[Decimal | int], places: int) -> Decimal | None:
    """Return the median, the mean of the two in the middle where they are even; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return round_half_up(ZERO + ordered[middle], places)
    return divide(ordered[middle - 1] + ordered[middle], 2, places)
