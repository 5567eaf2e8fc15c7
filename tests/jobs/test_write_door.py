"""The write door: what it derives, and the request that stands or falls with it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, models, transaction

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.jobs.recompute import answer_requests
from portfolio.models import (
    ChipComparison,
    ChipDeployment,
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    DataVersion,
    Envelope,
    ExchangeRate,
    Financier,
    Milestone,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    PublishedFigure,
)
from tests.jobs.facts import event, new_event, project, requested, told
from tests.loaded import load_small

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published() -> None:
    load_small()


def euro_of(fact: models.Model) -> tuple[str, str]:
    fact.refresh_from_db()
    return str(fact.amount_eur), str(fact.rate_on)  # type: ignore[attr-defined]


def test_the_euro_value_is_derived_when_an_event_or_an_estimate_is_saved() -> None:
    new = new_event("C-002", "disbursed", date(2026, 4, 1), "10.00")
    save_fact(new, "test")
    assert euro_of(new) == ("2.34", "2026-03-31")
    new.occurred_on = date(2026, 1, 8)
    save_fact(new, "test")
    assert euro_of(new) == ("None", "None")
    new.contribution, new.amount = Contribution.objects.get(reference="C-001"), Decimal("7.00")
    save_fact(new, "test")
    assert euro_of(new) == ("7.00", "None")
    new.amount = None
    save_fact(new, "test")
    assert euro_of(new) == ("None", "None")
    estimate = CostEstimate.objects.get(project__slug="factory-3")
    estimate.amount, estimate.currency = Decimal("8.00"), "PLN"
    save_fact(estimate, "test")
    assert euro_of(estimate) == ("None", "None")
    estimate.currency = "EUR"
    save_fact(estimate, "test")
    assert euro_of(estimate) == ("8.00", "None")


def test_euro_values_follow_a_rate_that_is_added_changed_moved_and_deleted() -> None:
    announced, estimate = event("C-002", "announced"), CostEstimate.objects.get(currency="PLN")
    assert euro_of(announced) == ("474495848.16", "2026-01-09")
    rate = ExchangeRate(currency="PLN", date=date(2026, 1, 10), per_euro=Decimal("4"))
    save_fact(rate, "test")
    assert euro_of(announced) == ("500000000.00", "2026-01-10")
    rate.per_euro = Decimal("5")
    save_fact(rate, "test")
    assert euro_of(announced) == ("400000000.00", "2026-01-10")
    rate.date = date(2026, 1, 11)
    save_fact(rate, "test")
    assert euro_of(announced) == ("474495848.16", "2026-01-09")
    rate.date, rate.currency = date(2026, 1, 10), "SEK"
    save_fact(rate, "test")
    assert euro_of(announced) == ("474495848.16", "2026-01-09")
    delete_fact(rate, "test")
    for rate in ExchangeRate.objects.filter(currency="PLN"):
        delete_fact(rate, "test")
    assert euro_of(announced) == ("None", "None")
    assert euro_of(estimate) == ("None", "None")


def test_euro_values_follow_the_currency_of_a_contribution() -> None:
    contribution = Contribution.objects.get(reference="C-002")
    contribution.currency = "EUR"
    save_fact(contribution, "test")
    assert euro_of(event("C-002", "announced")) == ("2000000000.00", "None")
    contribution.currency = "USD"
    save_fact(contribution, "test")
    assert euro_of(event("C-002", "announced")) == ("None", "None")


def test_the_currency_is_that_of_the_recorded_contribution_not_of_an_old_copy() -> None:
    new = new_event("C-002", "disbursed", date(2026, 4, 1), "10.00")
    assert new.contribution.currency == "PLN"
    Contribution.objects.filter(reference="C-002").update(currency="EUR", project=project("giga-b"))
    save_fact(new, "test")
    assert euro_of(new) == ("10.00", "None")
    assert requested() == ["giga-b"]


def test_the_request_names_what_the_edit_touches() -> None:
    save_fact(new_event("C-002", "disbursed", date(2026, 4, 1), "1"), "test")
    moved = Contribution.objects.get(reference="C-005")
    moved.project = project("factory-1")
    save_fact(moved, "test")
    save_fact(Financier(slug="new", name="New", kind="private"), "test")
    bank = Financier.objects.get(slug="eib")
    bank.kind = "private"
    save_fact(bank, "test")
    named = project("factory-2")
    named.name = "Renamed"
    save_fact(named, "test")
    moved_between, financed = ["factory-1", "giga-b"], ["factory-2", "giga-a", "giga-b"]
    assert sorted(map(str, requested())) == sorted(["giga-a", *moved_between, *financed, "factory-2"])


def test_an_edit_that_reaches_everything_asks_for_everything() -> None:
    deployment = ChipDeployment.objects.first()
    model, figure, rate = (
        ChipModel.objects.first(),
        PublishedFigure.objects.first(),
        ExchangeRate.objects.first(),
    )
    for fact in (deployment, model, figure, rate, Envelope.objects.first()):
        assert fact is not None
        save_fact(fact, "test")
    save_fact(Project(slug="new", name="New", kind="ai_factory", source=told()["source"]), "test")
    factory = project("factory-1")
    factory.kind = "ai_gigafactory"
    save_fact(factory, "test")
    assert requested() == [None] * 7


def test_a_project_that_changes_its_kind_changes_the_baseline_of_all() -> None:
    factory = project("factory-2")
    factory.kind = "ai_gigafactory"
    save_fact(factory, "test")
    answer_requests()
    assert ChipComparison.objects.get(project=factory).kind == "ai_gigafactory"
    assert str(ChipComparison.objects.get(project__slug="giga-a").ratio_to_existing_max) == "8.8146"
    assert PortfolioSummary.objects.get(metric="existing_chips_max").value == "11912"
    assert PortfolioSummary.objects.get(metric="gigafactories_selected").value == "3"


def test_the_request_and_the_version_are_rolled_back_with_the_edit() -> None:
    before = DataVersion.objects.get().number

    def fail() -> None:
        with transaction.atomic():
            save_fact(new_event("C-002", "disbursed", date(2026, 4, 1), "1"), "test")
            assert requested() == ["giga-a"]
            assert DataVersion.objects.get().number == before + 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert requested() == []
    assert DataVersion.objects.get().number == before
    with pytest.raises(IntegrityError), transaction.atomic():
        save_fact(new_event("C-001", "signed", date(2026, 6, 1), "1"), "test")
    assert requested() == []


def test_history_says_how() -> None:
    new = new_event("C-002", "disbursed", date(2026, 4, 1), "1")
    save_fact(new, "by hand")
    new.amount = Decimal(2)
    save_fact(new, "corrected")
    pk = new.pk
    delete_fact(new, "a mistake")
    rows = ContributionEvent.history.filter(id=pk).order_by("history_id")  # type: ignore[attr-defined]
    assert list(rows.values_list("history_type", "history_change_reason")) == [
        ("+", "by hand"),
        ("~", "corrected"),
        ("-", "a mistake"),
    ]


def test_a_deleted_contribution_takes_its_state_and_its_part_of_the_sums_along() -> None:
    for found in ContributionEvent.objects.filter(contribution__reference="C-004"):
        delete_fact(found, "test")
    delete_fact(Contribution.objects.get(reference="C-004"), "test")
    delete_fact(Milestone.objects.get(key="financial-close"), "test")
    answer_requests()
    assert ProjectCoverage.objects.get(project__slug="giga-a").announced_eur == 0
