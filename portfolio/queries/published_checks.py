"""Published figures held against the records as of the day of a result set, and against other sources."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portfolio.models import PublishedFigure, PublishedFigureReading, ResultSet
from portfolio.queries.chip_speeds import reference_speed
from portfolio.queries.figure_measures import (
    ENVELOPE_MONEY,
    MEASURES,
    NAMED,
    chips_of_each_gigafactory,
    envelope_amount,
)
from portfolio.queries.figure_records import Records
from portfolio.queries.pages import published_figures
from portfolio.rules.existing_claim import ExistingComparison, Speeds, in_chips, in_equivalents, joint_check
from portfolio.rules.published_figures import FigureCheck, difference, figure_check
from portfolio.vocabulary import FigureKey, ProjectKind


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What another source says of a figure, beside the figure itself.

    `difference` is the reading less the published value; None where one of them is unknown. `newer` says that
    its source was published after the figure's own, `published_later` that it was after the day shown.
    """

    reading: PublishedFigureReading
    difference: Decimal | None
    newer: bool
    newest: bool
    published_later: bool

    @property
    def differs(self) -> bool:
        """Whether it gives a value, and another one than the figure, which may have none."""
        return self.reading.value is not None and self.reading.value != self.reading.figure.value


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A published figure with its check, the checks of its parts, and what other sources say of it.

    `published_later` says that the figure was published after the day shown.
    """

    figure: PublishedFigure
    check: FigureCheck
    parts: Sequence[FigureCheck] = ()
    readings: Sequence[OtherReading] = ()
    published_later: bool = False

    @property
    def conflicting(self) -> list[OtherReading]:
        """The readings with another value."""
        return [reading for reading in self.readings if reading.differs]

    @property
    def newest_conflicting(self) -> OtherReading | None:
        """The reading with another value whose source is the newest; without dates, the last."""
        return max(self.conflicting, key=lambda other: _published(other.reading), default=None)


@dataclass(frozen=True, slots=True)
class ExistingClaim:
    """The claim of so many times an existing AI factory: its comparisons, and how much of each is known."""

    figure: PublishedFigure
    chips: Sequence[ExistingComparison]
    equivalents: Sequence[ExistingComparison]
    factories: int
    factories_with_chips: int
    factories_with_equivalents: int
    gigafactories: int
    gigafactories_with_equivalents: int


@dataclass(frozen=True, slots=True)
class PublishedChecks:
    """All published figures, by programme and key, and the claim about existing AI factories apart."""

    figures: list[CheckedFigure] = field(default_factory=list)
    existing_claim: ExistingClaim | None = None


def published_checks(results: ResultSet) -> PublishedChecks:
    """Return every published figure beside what the records say as of the day of the results."""
    figures = list(published_figures())
    records = Records(results, NAMED)
    values = {figure.key: figure.value for figure in figures}
    claim = next((figure for figure in figures if figure.key == FigureKey.CHIPS_VS_EXISTING), None)
    existing = _existing_claim(records, claim, values) if claim else None
    return PublishedChecks([_checked(records, figure, existing) for figure in figures], existing)


def _checked(records: Records, figure: PublishedFigure, existing: ExistingClaim | None) -> CheckedFigure:
    if existing and figure.key == FigureKey.CHIPS_VS_EXISTING:
        comparisons = [*existing.chips, *existing.equivalents]
        check, parts = joint_check(comparisons), [row.check for row in comparisons]
    else:
        measure = MEASURES.get(figure.key)
        check = figure_check(
            figure.key, figure.value, figure.unit, measure(records, figure) if measure else None
        )
        parts = _parts(records, figure)
    as_of = records.results.as_of
    return CheckedFigure(
        figure, check, parts, _other_readings(figure, as_of), bool(figure.as_of and figure.as_of > as_of)
    )


def _parts(records: Records, figure: PublishedFigure) -> list[FigureCheck]:
    """Return the checks of what stands behind a measured value, where a figure is about several things."""
    measurements = []
    if figure.key == FigureKey.CHIPS_PER_GIGAFACTORY:
        measurements = chips_of_each_gigafactory(records)
    elif figure.key in ENVELOPE_MONEY:
        measurements = envelope_amount(records, figure.key)
    return [figure_check(figure.key, figure.value, figure.unit, measured) for measured in measurements]


def _existing_claim(
    records: Records, claim: PublishedFigure, values: dict[str, Decimal | None]
) -> ExistingClaim:
    speeds = records.speeds
    of_gigafactories = speeds[ProjectKind.AI_GIGAFACTORY]
    of_factories = speeds[ProjectKind.AI_FACTORY]
    selected = int(records.metrics.get("gigafactories_selected") or 0)
    # A selected gigafactory without any system recorded is unknown too.
    known = Speeds(of_gigafactories.known, selected - len(of_gigafactories.known), of_gigafactories.at_least)
    return ExistingClaim(
        claim,
        in_chips(claim.value, values.get(FigureKey.CHIPS_PER_GIGAFACTORY), records.baseline),
        in_equivalents(claim.value, known, of_factories, reference_speed()),
        int(records.metrics.get("ai_factories_selected") or 0),
        records.baseline.number,
        len(of_factories.known),
        selected,
        len(of_gigafactories.known),
    )


def _other_readings(figure: PublishedFigure, as_of: date) -> list[OtherReading]:
    readings = list(figure.readings.all())
    own = figure.source.published_on or figure.as_of
    newest = max(readings, key=_published, default=None)
    found = []
    for reading in readings:
        told = reading.source.published_on
        found.append(
            OtherReading(
                reading,
                difference(reading.value, figure.value),
                newer=bool(told and own and told > own),
                newest=reading is newest and told is not None and len(readings) > 1,
                published_later=bool(told and told > as_of),
            )
        )
    return found


def _published(reading: PublishedFigureReading) -> date:
    return reading.source.published_on or date.min
