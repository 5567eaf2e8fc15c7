"""Splits of cells that this process has worked out, for as long as the facts behind them stay as they are.

Of figures that are sums over projects, the steps of each project are kept: after an edit those of the
projects that it touched are made anew, and the figure is taken through all of them again.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any

from django.db import connection

from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Envelope,
    EnvelopeTotal,
    Project,
    ProjectStage,
    PublishedFigure,
    ResultSet,
    Source,
)
from portfolio.queries.fact_state import facts_between
from portfolio.queries.memories import forgotten_by
from portfolio.queries.parts import touched
from portfolio.queries.results import data_version, terms_of
from portfolio.queries.snapshot import is_reading
from portfolio.queries.split_scope import Scope, scope_of
from portfolio.queries.splits import cell_changes, split_steps
from portfolio.queries.together import read_together
from portfolio.queries.totals import envelope_sums, portfolio_totals
from portfolio.queries.versions import history_of
from portfolio.rules.envelope_utilisation import NO_ENVELOPE_FUNDING, NOTHING_MOBILISED
from portfolio.rules.replay import ENVELOPES, SUMMARY, CellChange
from portfolio.rules.split_steps import (
    Figure,
    PartOf,
    Step,
    Sums,
    envelope_figure,
    followed,
    part_of_envelope,
    part_of_portfolio,
    portfolio_figure,
    sums_of_envelope,
    sums_of_portfolio,
)

MOST_SPLITS = 16
# Steps of all kinds of splits together: some hundred bytes each.
MOST_STEPS = 100_000
# What splits of chips and places rest on: edits of money, which are most, leave it as it is.
BEHIND_CHIPS = (ChipDeployment, ChipModel, Project, ProjectStage, PublishedFigure, Source)


def changes_of_cell(
    before: ResultSet, until: date, table: str, key: str, column: str
) -> Sequence[CellChange]:
    """Return what each fact after the day of some results, up to `until`, changed in one cell.

    The results have to be those of the facts as they are: of the current data version, in one snapshot.
    """
    scope, cell = scope_of(table, key, column), (table, key, column)
    if not is_reading():
        return _changes(before, until, scope, cell)
    behind = data_version() if scope.followed.money else _chip_facts()
    return _known(before, until, cell, behind)


@lru_cache(maxsize=MOST_SPLITS)
def _known(
    before: ResultSet, until: date, cell: tuple[str, str, str], behind: Hashable
) -> Sequence[CellChange]:
    scope = scope_of(*cell)
    if scope.followed.money and cell[0] in (SUMMARY, ENVELOPES):
        return _from_steps(before, until, scope, cell)
    return _changes(before, until, scope, cell)


forgotten_by(_known.cache_clear)


def _changes(
    before: ResultSet, until: date, scope: Scope, cell: tuple[str, str, str]
) -> tuple[CellChange, ...]:
    with cell_changes(before, until, scope) as changes:
        return tuple(change for change in changes if (change.table, change.key, change.column) == cell)


def _from_steps(
    before: ResultSet, until: date, scope: Scope, cell: tuple[str, str, str]
) -> Sequence[CellChange]:
    """Return the changes of a cell that is made of sums over projects."""
    figure: Figure
    begun: Sums
    part_of: PartOf
    table, key, column = cell
    if table == SUMMARY:
        figure, part_of = portfolio_figure(key), part_of_portfolio
        begun = sums_of_portfolio(portfolio_totals(before))
    else:
        envelopes = scope.followed.envelopes or ()
        recorded, stored = read_together(
            Envelope.objects.filter(pk__in=envelopes).order_by(),
            EnvelopeTotal.objects.filter(result_set=before, envelope__in=envelopes).order_by(),
        )
        ((id_, terms),) = terms_of(recorded)
        figure, part_of = envelope_figure(terms, column), part_of_envelope(id_)
        totals = envelope_sums(stored).get(id_, (NO_ENVELOPE_FUNDING, NOTHING_MOBILISED))
        begun = sums_of_envelope(*totals)
    steps = _STEPS.of(before, until, scope, part_of)
    return followed(figure, begun, steps, before.as_of, until)


@dataclass(frozen=True, slots=True)
class HeldSteps:
    """Steps in the order of facts, as they were in a data version."""

    version: int
    steps: list[Step]
    run: int = 0


class _StepsByProject:
    """The steps of splits that were asked for last, brought up to date by the projects that changed."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, HeldSteps] = OrderedDict()
        self._lock = Lock()
        forgotten_by(self._held.clear)

    def of(self, before: ResultSet, until: date, scope: Scope, part_of: PartOf) -> list[Step]:
        """Return the steps of a scope in the order of facts."""
        state = facts_between(before.as_of, until)
        envelopes = tuple(scope.followed.envelopes or ())
        # What was computed afresh may begin with other sums.
        key = (state.pk, before.pk, before.recomputation_id, envelopes, scope.signed)
        with self._lock:
            held = self._held.get(key)
        gone: list[int] | None = None
        if held is not None and held.version <= state.data_version:
            gone = touched(held, state)
        if held is None or gone is None:
            found = split_steps(before, until, scope, part_of)
        elif gone:
            of_them = set(gone)
            found = [step for step in held.steps if step.fact.project not in of_them]
            found += split_steps(before, until, replace(scope, projects=gone), part_of)
            found.sort(key=lambda step: step.place)
        else:
            found = held.steps
        self._keep(key, HeldSteps(state.data_version, found))
        return found

    def _keep(self, key: Hashable, found: HeldSteps) -> None:
        with self._lock:
            known = self._held.get(key)
            if known is None or known.version <= found.version:
                self._held[key] = found
            self._held.move_to_end(key)
            while sum(len(held.steps) for held in self._held.values()) > MOST_STEPS:
                self._held.popitem(last=False)


_STEPS = _StepsByProject()


def _chip_facts() -> tuple[Any, ...]:
    """Return what differs once a fact behind chips or places has: how long its history is, and its newest.

    The number alone tells of a change that was numbered early and committed late.
    """
    tables = [history_of(model)._meta.db_table for model in BEHIND_CHIPS]
    parts = [f"(SELECT MAX(history_id) FROM {table}), (SELECT COUNT(*) FROM {table})" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        return tuple(cursor.fetchone())
