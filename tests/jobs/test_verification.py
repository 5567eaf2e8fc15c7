"""The checker: silent on right results, and exact about every cell that is wrong."""

from datetime import date
from decimal import Decimal
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.jobs.verification import verify_results
from portfolio.models import (
    ContributionEvent,
    ContributionState,
    EnvelopeRollup,
    EnvelopeTotal,
    PortfolioTotal,
    ProjectCoverage,
    ProjectRollup,
    Verification,
)
from portfolio.rules.dates import today
from tests.bundles import SMALL, load
from tests.edits import Edits
from tests.strategies import Rows, bundles
from tests.test_incremental import portfolio_of

pytestmark = pytest.mark.django_db

PAST = date(2026, 6, 30)
CENT = Decimal("0.01")


@pytest.fixture
def published() -> None:
    load(SMALL)
    recompute()
    results_of(PAST)


def verified(*options: str) -> str:
    out = StringIO()
    call_command("verify_results", *options, stdout=out)
    return out.getvalue().strip()


@pytest.mark.usefixtures("published")
def test_right_results_are_verified_date_by_date() -> None:
    assert verified() == "Verified 68 result rows of 2 dates: no cell differs."
    assert verified("--as-of", str(PAST)) == "Verified 34 result rows of 1 date: no cell differs."
    assert list(Verification.objects.values_list("differences", "message")) == [(0, ""), (0, "")]


@pytest.mark.usefixtures("published")
def test_a_wrong_cell_is_named_and_the_status_is_one() -> None:
    row = ProjectCoverage.objects.get(result_set__as_of=PAST, project__slug="giga-a")
    right = row.secured_eur
    ProjectCoverage.objects.filter(pk=row.pk).update(secured_eur=F("secured_eur") + 1)
    with pytest.raises(CommandError) as refused:
        verified()
    assert refused.value.returncode == 1
    assert str(refused.value).splitlines() == [
        f"{PAST}: project_coverage giga-a secured_eur: stored {right + Decimal('0.01')}, expected {right}",
        "1 cell differs in 2 dates.",
    ]
    assert Verification.objects.latest("id").differences == 1


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("model", [ContributionState, ProjectRollup, EnvelopeRollup, EnvelopeTotal])
def test_what_stands_behind_the_tables_is_verified_too(model: type[Any]) -> None:
    row = model.objects.filter(disbursed_eur__gt=0).first()
    model.objects.filter(pk=row.pk).update(disbursed_eur=F("disbursed_eur") + 1)
    with pytest.raises(CommandError, match="disbursed_eur"):
        verified()


@pytest.mark.usefixtures("published")
def test_the_counts_behind_a_bound_are_verified_too() -> None:
    EnvelopeTotal.objects.filter(envelope__slug="techeu-mobilisation").update(no_exchange_rate=5)
    PortfolioTotal.objects.filter(result_set__as_of=PAST, scope="running").update(without_need=9)
    with pytest.raises(CommandError) as refused:
        verified()
    said = str(refused.value)
    assert said.count("no_exchange_rate: stored 5, expected") == 2, "once a date"
    assert "portfolio_portfoliototal running without_need: stored 9, expected" in said


@pytest.mark.usefixtures("published")
def test_a_missing_row_and_a_wrong_euro_value_are_found() -> None:
    ProjectCoverage.objects.filter(result_set__as_of=today(), project__slug="giga-b").delete()
    event = ContributionEvent.objects.filter(contribution__reference="C-002", kind="announced").get()
    ContributionEvent.objects.filter(pk=event.pk).update(amount_eur=1)
    with pytest.raises(CommandError) as refused:
        verified()
    said = str(refused.value)
    assert f"{today()}: project_coverage giga-b row: stored None, expected a row" in said
    wrong = "amount_eur: stored 1.00 at the rate of 2026-01-09, expected 474495848.16"
    assert f"portfolio_contributionevent {event.pk} {wrong}" in said


@given(bundles(), st.integers(0, 10**9))
def test_after_random_edits_nothing_differs(rows: Rows, seed: int) -> None:
    with portfolio_of(rows):
        edits = Edits(Random(seed))
        results_of(PAST)
        told = []
        for _ in range(5):
            told.append(edits.make())
            answer_requests()
        assert verify_results().differences == [], told
