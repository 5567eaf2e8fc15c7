"""The four result tables: computed as of any day from facts, and read as published."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.models import DataVersion, Envelope, ResultSet
from portfolio.queries.chips import claims, figure_values, project_chips, reference_tflops
from portfolio.queries.projects import needs, projects_by_key, stages
from portfolio.queries.rollups import Rollups, rollups_as_of
from portfolio.queries.snapshot import in_this_snapshot, once_a_snapshot
from portfolio.rules.chip_comparison import (
    Baseline,
    ChipComparison,
    Measures,
    ProjectChips,
    chip_comparison,
    existing_baseline,
)
from portfolio.rules.envelope_utilisation import (
    NO_ENVELOPE_FUNDING,
    NOTHING_MOBILISED,
    CountedProject,
    EnvelopeFunding,
    EnvelopeTerms,
    EnvelopeUtilisation,
    Mobilised,
    envelope_utilisation,
    mobilised,
)
from portfolio.rules.portfolio_summary import (
    PortfolioFunding,
    PortfolioMetric,
    portfolio_funding,
    portfolio_summary,
)
from portfolio.rules.project_coverage import (
    NO_ESTIMATE,
    NO_FUNDING,
    Need,
    ProjectCoverage,
    is_ended,
    project_coverage,
)
from portfolio.vocabulary import FigureKey

NOTHING = (NO_ENVELOPE_FUNDING, NOTHING_MOBILISED)


@dataclass(frozen=True, slots=True)
class Totals:
    """What all projects add up to: by envelope (database id), and in the portfolio."""

    envelopes: dict[int, tuple[EnvelopeFunding, Mobilised]]
    portfolio: PortfolioFunding


@dataclass(frozen=True, slots=True)
class MetricTables:
    """The rows of the four tables as of one day, each in the order of its key (the summary in its own)."""

    as_of: date
    project_coverage: list[ProjectCoverage]
    envelope_utilisation: list[EnvelopeUtilisation]
    chip_comparison: list[ChipComparison]
    portfolio_summary: list[PortfolioMetric]
    totals: Totals


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the rules need of the facts of one day, by database id: all that decides the four tables."""

    as_of: date
    rollups: Rollups
    projects: list[tuple[int, str, str]]
    stages: dict[int, str]
    needs: dict[int, Need]
    chips: dict[int, ProjectChips]
    reference_tflops: Decimal | None
    figures: dict[str, Decimal | None]
    envelopes: list[tuple[int, EnvelopeTerms]]


def read_inputs(as_of: date, rollups: Rollups | None = None) -> Inputs:
    """Return the inputs of the rules as of a day; `rollups` are those of that day, where they are at hand."""
    return Inputs(
        as_of,
        rollups or rollups_as_of(as_of),
        projects_by_key(),
        stages(as_of),
        needs(as_of),
        project_chips(as_of),
        reference_tflops(),
        figure_values(),
        envelope_terms(),
    )


def compute(as_of: date, rollups: Rollups | None = None) -> MetricTables:
    """Return the four tables as of a day; `rollups` are those of that day, where they are at hand."""
    return tables_of(read_inputs(as_of, rollups))


def tables_of(inputs: Inputs) -> MetricTables:
    """Return the four tables that the rules make of their inputs."""
    as_of, rollups, projects = inputs.as_of, inputs.rollups, inputs.projects
    stage_of, need_of, chips_of = inputs.stages, inputs.needs, inputs.chips
    coverage = [
        project_coverage(
            slug,
            as_of,
            stage_of.get(id_, ""),
            need_of.get(id_, NO_ESTIMATE),
            rollups.projects.get(id_, NO_FUNDING),
        )
        for id_, slug, _ in projects
    ]
    none = ProjectChips()
    baseline = existing_baseline(
        (kind, stage_of.get(id_, ""), chips_of.get(id_, none)) for id_, _, kind in projects
    )
    chips = chip_rows(inputs, baseline)
    limit = inputs.figures.get(FigureKey.GIGAFACTORY_LIMIT)
    totals = Totals(
        {id_: (funding, mobilised_at(id_, inputs)) for id_, funding in rollups.envelopes.items()},
        portfolio_funding(coverage),
    )
    return MetricTables(
        as_of,
        coverage,
        [
            envelope_utilisation(terms, as_of, *totals.envelopes.get(id_, NOTHING))
            for id_, terms in inputs.envelopes
        ],
        chips,
        portfolio_summary(as_of, totals.portfolio, chips, baseline, claims(inputs.figures), limit),
        totals,
    )


def chip_rows(inputs: Inputs, baseline: Baseline) -> list[ChipComparison]:
    """Return the rows of `chip_comparison` of the projects of some inputs, beside an existing baseline."""
    speed, none = inputs.reference_tflops, ProjectChips()
    measures = Measures(claims(inputs.figures), baseline)
    return [
        chip_comparison(
            slug,
            inputs.as_of,
            kind,
            inputs.stages.get(id_, ""),
            inputs.chips.get(id_, none),
            speed,
            measures,
        )
        for id_, slug, kind in inputs.projects
    ]


def envelope_terms(envelopes: Collection[int] | None = None) -> list[tuple[int, EnvelopeTerms]]:
    """Return id and terms of some envelopes, or of all, by slug in code point order."""
    chosen = Envelope.objects.order_by()
    if envelopes is not None:
        chosen = chosen.filter(pk__in=envelopes)
    return terms_of(chosen)


def terms_of(envelopes: Iterable[Envelope]) -> list[tuple[int, EnvelopeTerms]]:
    """Return id and terms of envelopes at hand, by slug in code point order."""
    terms = [
        (
            envelope.pk,
            EnvelopeTerms(
                envelope.slug, envelope.kind, envelope.amount_eur, envelope.starts_on, envelope.ends_on
            ),
        )
        for envelope in envelopes
    ]
    return sorted(terms, key=lambda pair: pair[1].slug)


def mobilised_at(envelope: int, inputs: Inputs) -> Mobilised:
    """Return what the projects of some inputs add at a mobilisation target (rule 8)."""
    rollups = inputs.rollups
    return mobilised(
        CountedProject(
            inputs.needs.get(project, NO_ESTIMATE),
            lines,
            signed,
            rollups.projects[project].signed_in_envelopes_eur,
        )
        for project, lines, signed in rollups.counted.get(envelope, [])
        if not is_ended(inputs.stages.get(project, ""))
    )


@once_a_snapshot
def data_version() -> int:
    """Return the number that moves with every committed change of a fact."""
    return DataVersion.objects.values_list("number", flat=True).first() or 0


@once_a_snapshot
def published_set() -> ResultSet | None:
    """Return the newest published results, which pages show; None before the first recomputation."""
    return ResultSet.objects.select_related("recomputation").order_by("-as_of").first()


def stored_sets(days: Collection[date]) -> dict[date, ResultSet]:
    """Return the stored results of some days, with their runs, whatever facts they are of; others are absent.

    A day is looked for once in a snapshot.
    """
    known = in_this_snapshot(stored_sets, dict[date, ResultSet | None])
    if missing := set(days) - known.keys():
        known |= dict.fromkeys(missing)
        stored = ResultSet.objects.select_related("recomputation").filter(as_of__in=missing)
        known |= {results.as_of: results for results in stored}
    return {day: results for day in days if (results := known[day]) is not None}
