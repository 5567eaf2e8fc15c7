"""The difference of every cell between two days, split into the facts that caused it: random portfolios."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exports.metric_tables import cell
from portfolio.jobs.past_dates import results_of
from portfolio.models import ContributionEvent
from portfolio.models import ContributionState as StoredState
from portfolio.queries.split_scope import EVERYTHING, scope_of
from portfolio.queries.splits import cell_changes
from portfolio.queries.states import STATE_COLUMNS, states
from portfolio.rules.contribution_state import LADDER, NO_STATE, Event
from portfolio.rules.replay import CellChange, is_number
from tests.bundles import load, metrics, saved
from tests.strategies import DAYS, Rows, as_of_dates, bundles

pytestmark = pytest.mark.django_db

Cell = tuple[str, str, str]
early_dates = st.sampled_from([date.fromisoformat(day) for day in DAYS[:10]])


def exported(folder: Path, as_of: date) -> dict[Cell, str]:
    """Return every cell of the exported metric tables."""
    cells = {}
    for name, text in metrics(folder, as_of).items():
        for row in csv.DictReader(io.StringIO(text, newline="")):
            key = next(iter(row.values()))
            for column, value in row.items():
                if column not in ("project", "envelope", "metric", "as_of"):
                    cells[name.removesuffix(".csv"), key, column] = value
    return cells


def split(since: date, until: date, *cell_asked: str) -> dict[Cell, list[CellChange]]:
    scope = scope_of(*cell_asked) if cell_asked else EVERYTHING
    found: dict[Cell, list[CellChange]] = defaultdict(list)
    with cell_changes(results_of(since), until, scope) as changes:
        for change in changes:
            if not cell_asked or cell_asked == (change.table, change.key, change.column):
                found[change.table, change.key, change.column].append(change)
    return found


def adds_up(changes: list[CellChange], before: str, after: str) -> None:
    """Each change begins where the one before it ended, and differences add up to the whole."""
    assert cell(changes[0].before) == before
    assert cell(changes[-1].after) == after
    for one, other in pairwise(changes):
        assert one.after == other.before
        assert one.fact is not None
    if is_number(changes[0].before) and is_number(changes[-1].after):
        total = sum((change.difference for change in changes if change.difference is not None), Decimal(0))
        assert total == Decimal(after) - Decimal(before)


@given(rows=bundles(), one=early_dates, other=as_of_dates())
def test_every_split_adds_up_to_the_difference_of_the_exported_tables(
    rows: Rows, one: date, other: date, tmp_path: Path
) -> None:
    since, until = min(one, other), max(one, other)
    with transaction.atomic():
        load(saved(rows, tmp_path / "bundle"))
        before, after = exported(tmp_path / "before", since), exported(tmp_path / "after", until)
        differing = {where for where in before if before[where] != after[where]}
        whole = split(since, until)
        assert differing <= set(whole)
        for where, changes in whole.items():
            adds_up(changes, before[where], after[where])
        for where in sorted(differing)[:: max(len(differing) // 12, 1)]:
            assert split(since, until, *where)[where] == whole[where]
        transaction.set_rollback(True)


@given(rows=bundles(), as_of=as_of_dates())
def test_states_event_by_event_equal_the_set_based_ones(rows: Rows, as_of: date, tmp_path: Path) -> None:
    with transaction.atomic():
        load(saved(rows, tmp_path / "bundle"))
        found: dict[int, Any] = defaultdict(lambda: NO_STATE)
        events = ContributionEvent.objects.filter(occurred_on__lte=as_of)
        # on one day in any order: here the ladder downwards
        for event in sorted(events, key=lambda event: (event.occurred_on, -LADDER.get(event.kind, 0))):
            told = Event(event.kind, event.occurred_on, event.amount_eur, event.amount is not None)
            found[event.contribution_id] = found[event.contribution_id].after(told)
        statement = states(as_of)
        named = f"WITH s({', '.join(STATE_COLUMNS)}) AS ({statement.sql}) SELECT * FROM s"
        stored = list(StoredState.objects.raw(named, statement.params))
        assert len(stored) == len(found)
        for row in stored:
            state = found[row.contribution_id]
            names = STATE_COLUMNS[STATE_COLUMNS.index("state") :]
            assert [getattr(row, name) for name in names] == [getattr(state, name) for name in names]
        transaction.set_rollback(True)
