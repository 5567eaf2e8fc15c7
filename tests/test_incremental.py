"""Edits through the write door keep every derived table as a full recomputation would write it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.jobs.exchange_rates import refresh_euro_values
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import RecomputeRequest, ResultSet
from portfolio.rules.dates import today
from tests.bundles import load, saved
from tests.edits import Edits
from tests.strategies import Rows, bundles

pytestmark = pytest.mark.django_db

BOOKKEEPING = {"RecomputeRequest", "DataVersion", "FactChange", "Recomputation", "ResultSet"}
DERIVED = [
    model
    for model in apps.get_app_config("portfolio").get_models()
    if model.__module__ == "portfolio.models.results" and model.__name__ not in BOOKKEEPING
]


@contextmanager
def portfolio_of(rows: Rows) -> Iterator[None]:
    """Load a bundle and publish its results; undo everything in the end."""
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        yield
        transaction.set_rollback(True)


def derived() -> dict[str, set[tuple[Any, ...]]]:
    """Return every derived row of today as its values, without the numbers that rows happen to get."""
    results = ResultSet.objects.get(as_of=today())
    tables = {}
    for model in DERIVED:
        names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
        rows = model._default_manager.order_by()
        if "result_set_id" in names:
            rows = rows.filter(result_set=results)
        tables[model.__name__] = set(rows.values_list(*names))
    return tables


def assert_kept(told: list[str]) -> None:
    """Compare what is stored with a full recomputation of the same facts."""
    assert not RecomputeRequest.objects.exists()
    assert refresh_euro_values() == 0, told
    kept = derived()
    recompute()
    for name, expected in derived().items():
        assert (kept[name] - expected, expected - kept[name]) == (set(), set()), (name, told)


def test_the_derived_tables_are_those_of_the_models() -> None:
    assert {"ContributionState", "ProjectRollup", "EnvelopeRollup", "ProjectCoverage"} <= {
        model.__name__ for model in DERIVED
    }


@given(bundles(), st.integers(0, 10**9))
def test_each_answered_edit_leaves_what_a_full_recomputation_writes(rows: Rows, seed: int) -> None:
    with portfolio_of(rows):
        edits = Edits(Random(seed))
        told: list[str] = []
        for _ in range(6):
            told.append(edits.make())
            answer_requests()
        assert_kept(told)


@given(bundles(), st.integers(0, 10**9))
def test_several_edits_answered_at_once(rows: Rows, seed: int) -> None:
    with portfolio_of(rows):
        edits = Edits(Random(seed))
        told = [edits.make() for _ in range(5)]
        answer_requests()
        assert_kept(told)
