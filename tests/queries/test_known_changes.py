"""What pages of changes know from before an edit is what would be read anew."""

from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import Envelope, ResultSet
from portfolio.queries import result_differences
from portfolio.queries.dated_facts import DatedFacts
from portfolio.queries.explanations import held_lists
from portfolio.queries.known_splits import changes_of_cell
from portfolio.queries.memories import forget_everything
from portfolio.queries.result_differences import ChangedRows, changed
from portfolio.queries.results import published_set
from portfolio.queries.snapshot import reading
from portfolio.rules.portfolio_summary import FUNDING_METRICS
from portfolio.rules.replay import CHIPS, COLUMNS, COVERAGE, ENVELOPES, SUMMARY, VALUE
from tests.bundles import load, saved
from tests.edits import Edits
from tests.strategies import DAYS, Rows, as_of_dates, bundles

pytestmark = pytest.mark.django_db
early_dates = st.sampled_from([date.fromisoformat(day) for day in DAYS[:10]])


@pytest.fixture(scope="module", autouse=True)
def few_kept() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for module in (held_lists, result_differences):
            patch.setattr(module, "MOST_KEPT", 3)
        patch.setattr(held_lists, "FEWEST_KEPT", 2)
        yield


def changes(before: ResultSet, after: ResultSet, random: Random) -> list[Any]:
    """Return what pages of changes read that is kept by project: of some cells, chosen at random."""
    cells = [(SUMMARY, metric, VALUE) for metric in random.sample(list(FUNDING_METRICS), 3)]
    for slug in Envelope.objects.order_by("slug").values_list("slug", flat=True)[:2]:
        cells += [(ENVELOPES, slug, column) for column in random.sample(COLUMNS[ENVELOPES], 4)]
    found: list[Any] = [(cell, list(changes_of_cell(before, after.as_of, *cell))) for cell in cells]
    for table in (COVERAGE, CHIPS):
        rows = ChangedRows(table, before, after)
        found.append((table, changed(before, after, [rows], 2), rows[1:3], rows.count(), rows[:10]))
    facts = DatedFacts(before.as_of, after.as_of)
    return [*found, facts.numbers, facts.event_numbers, facts.ends().numbers, facts.largest(3)]


@settings(max_examples=5)
@given(bundles(), st.integers(0, 10**9), early_dates, st.one_of(st.none(), as_of_dates()))
def test_changes_follow_every_edit(rows: Rows, seed: int, one: date, other: date | None) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        forget_everything()
        edits, told = Edits(Random(seed)), list[str]()
        for _ in range(4):
            newest = published_set()
            assert newest is not None
            since, until = sorted([one, other or newest.as_of])
            if since == until:
                break
            before, after = results_of(since), results_of(until) if other else newest
            with reading():
                known = changes(before, after, Random(seed))
            # Outside of a snapshot that only reads nothing is kept: all is computed anew.
            assert changes(before, after, Random(seed)) == known, told
            told.append(edits.make())
            answer_requests()
        transaction.set_rollback(True)
