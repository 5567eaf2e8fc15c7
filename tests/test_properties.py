"""What must hold on any portfolio: random bundles against an independent reading of the rules."""

import random
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.exports.metric_tables import METRIC_TABLES, metric_csv, published_csv
from portfolio.jobs.bundles import load_portfolio, save_portfolio
from portfolio.jobs.recompute import recompute
from portfolio.models import ContributionState, ProjectRollup, ResultSet
from portfolio.queries.results import compute
from portfolio.rules.dates import today
from portfolio.vocabulary import FinancierKind
from tests.oracle import metric_tables
from tests.strategies import as_of_dates, bundles, cut_off, write_bundle

pytestmark = pytest.mark.django_db

Rows = dict[str, list[dict[str, str]]]


def loaded(rows: Rows) -> Path:
    """Load rows as the whole portfolio; return the folder they were written to."""
    folder = Path(tempfile.mkdtemp(prefix="bundle-"))
    write_bundle(rows, folder)
    load_portfolio(folder)
    return folder


def computed(as_of: date) -> dict[str, str]:
    tables = compute(as_of)
    return {table.file_name: "".join(metric_csv(table, tables)) for table in METRIC_TABLES}


@settings(max_examples=120 if connection.vendor == "sqlite" else 12)
@given(rows=bundles(), as_of=as_of_dates())
def test_the_tables_equal_an_independent_reading_of_the_rules(rows: Rows, as_of: date) -> None:
    with transaction.atomic():
        folder = loaded(rows)
        assert computed(as_of) == metric_tables(folder, as_of)
        transaction.set_rollback(True)


@given(rows=bundles(), as_of=as_of_dates())
def test_as_of_a_day_equals_the_bundle_cut_off_at_that_day(rows: Rows, as_of: date) -> None:
    with transaction.atomic():
        loaded(rows)
        whole = computed(as_of)
        transaction.set_rollback(True)
    with transaction.atomic():
        loaded(cut_off(rows, as_of))
        assert computed(as_of) == whole
        transaction.set_rollback(True)


@given(rows=bundles(), as_of=as_of_dates(), seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(rows: Rows, as_of: date, seed: int) -> None:
    with transaction.atomic():
        loaded(rows)
        before = computed(as_of)
        transaction.set_rollback(True)
    with transaction.atomic():
        shuffled = {name: random.Random(seed).sample(found, len(found)) for name, found in rows.items()}
        loaded(shuffled)
        assert computed(as_of) == before
        transaction.set_rollback(True)


@given(rows=bundles())
def test_published_results_equal_computed_ones_and_states_are_single(rows: Rows) -> None:
    with transaction.atomic():
        loaded(rows)
        recompute()
        results = ResultSet.objects.latest("as_of")
        published = {table.file_name: "".join(published_csv(table, results)) for table in METRIC_TABLES}
        assert published == computed(today())
        with_events = {
            event["contribution"]
            for event in rows.get("contribution_events", [])
            if event["occurred_on"] <= str(today())
        }
        assert ContributionState.objects.count() == len(with_events)
        for rollup in ProjectRollup.objects.filter(result_set=results):
            by_kind = sum(getattr(rollup, f"signed_{kind}_eur") for kind in FinancierKind)
            assert by_kind == rollup.signed_eur
        transaction.set_rollback(True)


@given(rows=bundles(), as_of=as_of_dates())
def test_identities_of_money(rows: Rows, as_of: date) -> None:
    with transaction.atomic():
        loaded(rows)
        tables = compute(as_of)
        for row in tables.project_coverage:
            if row.need_eur is not None and row.gap_eur is not None:
                assert row.secured_eur + row.gap_eur >= row.need_eur
                assert row.gap_eur >= 0
            assert row.pipeline_eur == row.announced_eur + row.under_appraisal_eur + row.approved_eur
        needs = sum((row.need_eur for row in tables.project_coverage if row.need_eur), Decimal(0))
        attributed = sum(
            (row.attributed_eur or Decimal(0) for row in tables.envelope_utilisation), Decimal(0)
        )
        assert attributed <= needs
        for envelope in tables.envelope_utilisation:
            if envelope.mobilised_eur is not None and envelope.attributed_eur is not None:
                assert (
                    envelope.attributed_eur <= envelope.mobilised_eur <= (envelope.gross_mobilised_eur or 0)
                )
        transaction.set_rollback(True)


@given(rows=bundles())
def test_saving_and_loading_gives_the_same_bytes(rows: Rows, tmp_path_factory: Any) -> None:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    with transaction.atomic():
        loaded(rows)
        save_portfolio(first)
        transaction.set_rollback(True)
    with transaction.atomic():
        again = load_portfolio(first)
        assert again.rows == sum(len(found) for found in rows.values())
        save_portfolio(second)
        assert not load_portfolio(first).changed
        transaction.set_rollback(True)
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes(), file.name


def test_the_reference_portfolio_is_saved_as_it_stands(tmp_path: Path) -> None:
    reference = Path(__file__).parent.parent / "portfolio" / "reference"
    call_command("load_portfolio", reference, verbosity=0)
    save_portfolio(tmp_path)
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (reference / file.name).read_bytes(), file.name
