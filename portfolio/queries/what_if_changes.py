"""A what-if beside the facts, of what differs alone: read and computed for the projects that it changes.

What all projects add up to stands behind published results, so the others need not be read. Where a change
reaches every project, through the existing baseline or a published figure, everything is computed.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, Q, Sum

from portfolio.models import ChipComparison as StoredChips
from portfolio.models import Contribution, Project, ProjectCoverage, ResultSet, Scenario, ScenarioChange
from portfolio.queries.chips import claims, figure_values, project_chips, reference_tflops
from portfolio.queries.projects import needs, stages
from portfolio.queries.results import (
    NOTHING,
    Inputs,
    MetricTables,
    chip_rows,
    data_version,
    envelope_terms,
    mobilised_at,
    tables_of,
)
from portfolio.queries.rollups import Rollups, stored_rollups_of
from portfolio.queries.totals import envelope_totals, portfolio_totals
from portfolio.queries.what_if import WhatIf, changed_inputs, what_if
from portfolio.rules.chip_comparison import Baseline
from portfolio.rules.envelope_utilisation import envelope_utilisation
from portfolio.rules.portfolio_summary import SelectedProjects, summary_of
from portfolio.vocabulary import SELECTED_STAGES, FigureKey, ProjectKind


def what_if_changes(scenario: Scenario, results: ResultSet) -> WhatIf:
    """Return the tables of a scenario beside those of the facts, without rows that cannot differ.

    How many projects were left out, by stage and by what their rows lack, stands under `others`. Rows of all
    projects are there where results wait for a recomputation, or a change reaches all of them.
    """
    version = data_version()
    current = ResultSet.objects.filter(pk=results.pk, data_version=version).first()
    if current is None:
        return what_if(scenario, results)
    changes = list(scenario.changes.order_by("position"))
    part = _Part(current, changes)
    supposed, outcomes = changed_inputs(part.inputs, changes)
    after = part.tables(supposed)
    if after is None:
        return what_if(scenario, results)
    before = part.tables(part.inputs)
    if before is None:
        raise RuntimeError("what is recorded differs from itself")
    return WhatIf(before, after, outcomes, version, part.others())


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all projects share, and what a change of a few may change for all of them."""

    present: dict[int, int]
    selected: SelectedProjects


class _Part:
    """The projects that changes name, and what all projects add up to, as published."""

    def __init__(self, results: ResultSet, changes: list[ScenarioChange]) -> None:
        self.results = results
        named = {change.project for change in changes}
        given = Contribution.objects.filter(reference__in={change.contribution for change in changes})
        rows = Project.objects.filter(Q(slug__in=named) | Q(pk__in=given.order_by().values("project")))
        self.projects = sorted(rows.order_by().values_list("pk", "slug", "kind"), key=lambda row: row[1])
        self.ids = [id_ for id_, _, _ in self.projects]
        self.envelopes = envelope_totals(results)
        self.funding = portfolio_totals(results)
        self.inputs = self._inputs()
        self.shared = self._shared()

    def _inputs(self) -> Inputs:
        as_of, ids = self.results.as_of, self.ids
        funding, lines = stored_rollups_of(self.results, ids) if ids else ({}, {})
        rollups = Rollups(
            funding, {id_: total for id_, (total, _) in self.envelopes.items()}, defaultdict(list)
        )
        rollups.add_counted(
            (envelope, project, line.counted_lines, line.counted_signed_eur.scaleb(2))
            for (envelope, project), line in lines.items()
            if line.counted_lines
        )
        return Inputs(
            as_of,
            rollups,
            self.projects,
            stages(as_of, ids),
            needs(as_of, ids),
            project_chips(as_of, ids),
            reference_tflops(),
            figure_values(),
            envelope_terms(),
        )

    def _shared(self) -> _Shared:
        rows = StoredChips.objects.filter(result_set=self.results, stage__in=SELECTED_STAGES).order_by()
        factories = Q(kind=ProjectKind.AI_FACTORY)
        found = rows.aggregate(
            factories=Count("pk", filter=factories),
            gigafactories=Count("pk", filter=~factories),
            chips=Sum("chips", filter=~factories),
        )
        present = rows.filter(factories).annotate(present=F("installed_chips") + F("operational_chips"))
        return _Shared(
            dict(present.filter(present__gt=0).values_list("project_id", "present")),
            SelectedProjects(found["factories"], found["gigafactories"], int(found["chips"] or 0)),
        )

    def tables(self, inputs: Inputs) -> MetricTables | None:
        """Return the rows of these projects, all envelopes and the portfolio; None: others change too."""
        own, recorded = tables_of(inputs), self.inputs
        present = {**self.shared.present}
        for id_ in self.ids:
            present.pop(id_, None)
        rows = list(zip(self.ids, own.chip_comparison, strict=True))
        for id_, row in rows:
            number = row.installed_chips + row.operational_chips
            if row.kind == ProjectKind.AI_FACTORY and row.stage in SELECTED_STAGES and number > 0:
                present[id_] = number
        baseline = Baseline.of(present.values())
        published = claims(inputs.figures)
        if baseline != Baseline.of(self.shared.present.values()) or published != claims(recorded.figures):
            return None
        return self._whole(inputs, own, baseline)

    def _whole(self, inputs: Inputs, own: MetricTables, baseline: Baseline) -> MetricTables:
        """Return tables in which envelopes and the portfolio have all projects behind them."""
        before = tables_of(self.inputs)
        funding, selected = self.funding, self.shared.selected
        for old, new in zip(before.project_coverage, own.project_coverage, strict=True):
            funding = funding.changed(old, -1).changed(new)
        for was, is_ in zip(before.chip_comparison, own.chip_comparison, strict=True):
            selected = selected.changed(was.kind, was.stage, was.chips, -1)
            selected = selected.changed(is_.kind, is_.stage, is_.chips)
        limit = inputs.figures.get(FigureKey.GIGAFACTORY_LIMIT)
        metrics = summary_of(inputs.as_of, funding, selected, baseline, claims(inputs.figures), limit)
        return replace(
            own,
            envelope_utilisation=[
                envelope_utilisation(terms, inputs.as_of, *self._totals(id_, inputs))
                for id_, terms in inputs.envelopes
            ],
            chip_comparison=chip_rows(inputs, baseline),
            portfolio_summary=metrics,
        )

    def _totals(self, envelope: int, inputs: Inputs) -> Any:
        money, mobilised = self.envelopes.get(envelope, NOTHING)
        return (
            inputs.rollups.envelopes.get(envelope, money),
            mobilised.changed(mobilised_at(envelope, self.inputs), mobilised_at(envelope, inputs)),
        )

    def others(self) -> Counter[tuple[str, str]]:
        """Return how many other projects there are, by stage and by what their rows lack."""
        rows = ProjectCoverage.objects.filter(result_set=self.results).exclude(project__in=self.ids)
        numbers = rows.order_by().values_list("stage", "incomplete").annotate(Count("pk"))
        return Counter({(stage, incomplete): number for stage, incomplete, number in numbers})
