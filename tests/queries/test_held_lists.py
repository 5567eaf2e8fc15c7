"""Lists of terms that are known from before an edit are those that would be read anew, in their order."""

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
from portfolio.queries import envelope_page
from portfolio.queries.envelope_page import EnvelopeLines
from portfolio.queries.explanations import event_terms, explain, held_lists, projects
from portfolio.queries.memories import forget_everything
from portfolio.queries.results import published_set
from tests.bundles import load, saved
from tests.edits import Edits
from tests.strategies import Rows, bundles

pytestmark = pytest.mark.django_db
PAST = date(2026, 6, 30)
COLUMNS = ("committed_eur", "disbursed_eur", "incomplete", "attributed_eur", "gross_mobilised_eur")
MOST = 3


@pytest.fixture(scope="module", autouse=True)
def few_kept() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for module in (held_lists, event_terms, projects, envelope_page):
            patch.setattr(module, "MOST_KEPT", MOST)
        patch.setattr(held_lists, "FEWEST_KEPT", 2)
        yield


def listed(results: ResultSet) -> list[Any]:
    found: list[Any] = []
    for slug in Envelope.objects.order_by("slug").values_list("slug", flat=True)[:3]:
        for column in COLUMNS:
            for section in explain(results, "envelope_utilisation", slug, column).sections:
                parts = [section.part(start, start + 2) for start in (0, 1, 2)]
                found.append((slug, column, section.count, section.total, section.lacking, parts))
        lines = EnvelopeLines(results, Envelope.objects.get(slug=slug))
        parts = [[line.contribution.reference for line in lines[start : start + 2]] for start in (0, 1, 2)]
        found.append((slug, len(lines), parts))
    return found


@settings(max_examples=15)
@given(bundles(), st.integers(0, 10**9), st.sampled_from([None, PAST]))
def test_lists_of_terms_follow_every_edit(rows: Rows, seed: int, day: date | None) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        forget_everything()
        edits, told = Edits(Random(seed)), list[str]()
        for _ in range(4):
            results = results_of(day) if day else published_set()
            assert results is not None
            known = listed(results)
            forget_everything()
            assert listed(results) == known, told
            told.append(edits.make())
            answer_requests()
        transaction.set_rollback(True)
