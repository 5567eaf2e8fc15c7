"""A what-if beside the facts, of what differs alone: read and computed for the projects that it changes.

What all projects add up to stands behind published results, so the others need not be read. Where a change
reaches every project, through the existing baseline or a published figure, the ratios of their chips alone
differ: by which number of chips they have.
"""

from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from portfolio.models import ChipComparison as StoredChips
from portfolio.models import (
    Envelope,
    EnvelopeTotal,
    FactChange,
    PortfolioTotal,
    ProjectCoverage,
    ResultSet,
    Scenario,
    ScenarioChange,
)
from portfolio.queries.chips import (
    claims,
    figure_value_rows,
    project_chip_rows,
    project_chips_of,
    reference_rows,
)
from portfolio.queries.metric_tables import PATHS
from portfolio.queries.ordering import by_code_point
from portfolio.queries.projects import need_of_row, need_rows, stage_rows
from portfolio.queries.remembered import remembered
from portfolio.queries.results import (
    NOTHING,
    Inputs,
    MetricTables,
    chip_rows,
    data_version,
    mobilised_at,
    published_set,
    tables_of,
    terms_of,
)
from portfolio.queries.rollups import Rollups, stored_rollups_of
from portfolio.queries.snapshot import is_reading
from portfolio.queries.together import read_together
from portfolio.queries.totals import (
    envelope_sums,
    portfolio_sums,
    selected_chip_reads,
    selected_chips_of,
)
from portfolio.queries.what_if import MOST_ROWS, OtherChips, WhatIf, changed_inputs, what_if
from portfolio.queries.what_if_records import Records
from portfolio.rules.chip_comparison import Baseline, ChipComparison, Measures
from portfolio.rules.envelope_utilisation import envelope_utilisation
from portfolio.rules.portfolio_summary import summary_of
from portfolio.vocabulary import SELECTED_STAGES, FigureKey, ProjectKind

CHIP_COLUMNS = tuple(field.name for field in fields(ChipComparison))


def what_if_changes(scenario: Scenario, results: ResultSet) -> WhatIf:
    """Return the tables of a scenario beside those of the facts, of the projects that its changes name.

    What is left out of others stands under `others` and `other_chips`. Where results wait for a recomputation
    that bears on what the scenario names, or on everything, rows of all projects are there, as facts are.
    """
    # Read again: since the caller read them, an edit may have outdated them, or their date be kept no longer.
    newest = published_set() if is_reading() else None
    is_it = newest is not None and newest.pk == results.pk
    current = newest if is_it else ResultSet.objects.filter(pk=results.pk).first()
    if current is None or _waits(current, scenario):
        return what_if(scenario, results)
    return _what_differs(current, scenario.pk, scenario.changed_at)


def _waits(results: ResultSet, scenario: Scenario) -> bool:
    """Whether a change since some results may bear on the projects of a scenario, or on what all share."""
    if results.data_version == data_version():
        return False
    named = ScenarioChange.objects.filter(scenario=scenario).order_by()
    touched = Q(project=None) | Q(project__slug__in=named.values("project"))
    touched |= Q(project__contributions__reference__in=named.values("contribution"))
    return FactChange.objects.filter(touched, version__gt=results.data_version).exists()


@remembered
def _what_differs(results: ResultSet, scenario: int, changed_at: datetime) -> WhatIf:
    changes = list(ScenarioChange.objects.filter(scenario=scenario).order_by("position"))
    records = Records(changes, results.as_of)
    part = _Part(results, records)
    supposed, outcomes = changed_inputs(part.inputs, changes, records)
    before, after = part.measures(part.inputs), part.measures(supposed)
    return WhatIf(
        part.tables(part.inputs, before),
        part.tables(supposed, after),
        outcomes,
        results.data_version,
        part.others,
        part.other_chips(before, after),
    )


class _Part:
    """The projects that changes name, and what all projects add up to, as published."""

    def __init__(self, results: ResultSet, records: Records) -> None:
        self.results = results
        self.projects = [(project.pk, project.slug, project.kind) for project in records.all_projects]
        self.ids = [id_ for id_, _, _ in self.projects]
        others = ProjectCoverage.objects.filter(result_set=results).exclude(project__in=self.ids)
        (stages, needs, chips, reference, figures, envelopes, totals, funding, selected, present, numbers) = (
            read_together(
                stage_rows(results.as_of, self.ids),
                need_rows(results.as_of, self.ids),
                project_chip_rows(results.as_of, self.ids),
                reference_rows(),
                figure_value_rows(),
                Envelope.objects.order_by(),
                EnvelopeTotal.objects.filter(result_set=results).order_by(),
                PortfolioTotal.objects.filter(result_set=results).order_by(),
                *selected_chip_reads(results),
                others.order_by().values_list("stage", "incomplete").annotate(number=Count("pk")),
            )
        )
        self.envelopes = envelope_sums(totals)
        self.funding = portfolio_sums(funding)
        self.shared = selected_chips_of(selected, present)
        # How many other projects there are, by stage and by what their rows lack.
        self.others = Counter({(stage, incomplete): number for stage, incomplete, number in numbers})
        self.inputs = Inputs(
            results.as_of,
            self._rollups(),
            self.projects,
            dict(stages),
            {project: need_of_row(euro) for project, euro in needs},
            project_chips_of(chips),
            next(iter(reference), None),
            dict(figures),
            terms_of(envelopes),
        )

    def _rollups(self) -> Rollups:
        funding, lines = stored_rollups_of(self.results, self.ids) if self.ids else ({}, {})
        totals = {id_: total for id_, (total, _) in self.envelopes.items()}
        rollups = Rollups(funding, totals, defaultdict(list), lines)
        rollups.add_counted(
            (envelope, project, line.counted_lines, line.counted_signed_eur.scaleb(2))
            for (envelope, project), line in lines.items()
            if line.counted_lines
        )
        return rollups

    def measures(self, inputs: Inputs) -> Measures:
        """Return what chips are held against: published figures, and what all AI factories have."""
        present = {**self.shared.present}
        for id_, _, kind in self.projects:
            present.pop(id_, None)
            chips, stage = inputs.chips.get(id_), inputs.stages.get(id_, "")
            number = chips.present if chips and kind == ProjectKind.AI_FACTORY else 0
            if number > 0 and stage in SELECTED_STAGES:
                present[id_] = number
        return Measures(claims(inputs.figures), Baseline.of(present.values()))

    def tables(self, inputs: Inputs, measures: Measures) -> MetricTables:
        """Return rows of these projects, and of envelopes and the portfolio with all projects behind them."""
        before, own = tables_of(self.inputs), tables_of(inputs)
        funding, selected = self.funding, self.shared.selected
        for old, new in zip(before.project_coverage, own.project_coverage, strict=True):
            funding = funding.changed(old, -1).changed(new)
        for was, is_ in zip(before.chip_comparison, own.chip_comparison, strict=True):
            selected = selected.changed(was.kind, was.stage, was.chips, -1)
            selected = selected.changed(is_.kind, is_.stage, is_.chips)
        limit = inputs.figures.get(FigureKey.GIGAFACTORY_LIMIT)
        metrics = summary_of(inputs.as_of, funding, selected, measures.baseline, measures.claims, limit)
        return replace(
            own,
            envelope_utilisation=[
                envelope_utilisation(terms, inputs.as_of, *self._totals(id_, inputs))
                for id_, terms in inputs.envelopes
            ],
            chip_comparison=chip_rows(inputs, measures.baseline),
            portfolio_summary=metrics,
        )

    def _totals(self, envelope: int, inputs: Inputs) -> Any:
        money, mobilised = self.envelopes.get(envelope, NOTHING)
        return (
            inputs.rollups.envelopes.get(envelope, money),
            mobilised.changed(mobilised_at(envelope, self.inputs), mobilised_at(envelope, inputs)),
        )

    def other_chips(self, before: Measures, after: Measures) -> OtherChips:
        """Return the rows of other projects that differ by what chips are held against."""
        if before == after:
            return OtherChips()
        rows = StoredChips.objects.filter(result_set=self.results, chips__isnull=False)
        rows = rows.exclude(project__in=self.ids)
        numbers = dict(rows.order_by().values_list("chips").annotate(number=Count("pk")))
        differing = before.differing(after, numbers)
        number = sum(numbers[chips] for chips in differing)
        return OtherChips(number, self._first_chips(rows, differing, after) if number else ())

    def _first_chips(
        self, rows: QuerySet[StoredChips], differing: set[int], after: Measures
    ) -> list[tuple[ChipComparison, ChipComparison]]:
        """Return the first rows that have one of some numbers of chips, as stored and by other measures."""
        found: list[tuple[ChipComparison, ChipComparison]] = []
        columns = [PATHS.get(name, name) for name in CHIP_COLUMNS]
        ordered: Any = rows.order_by(by_code_point("project__slug")).values_list(*columns)
        with closing(ordered.iterator(chunk_size=2 * MOST_ROWS)) as stored:
            for values in stored:
                row = ChipComparison(*values)
                if row.chips in differing:
                    found.append((row, replace(row, **after.ratios(row.chips)._asdict())))
                    if len(found) == MOST_ROWS:
                        break
        return found
