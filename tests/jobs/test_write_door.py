"""The write door: what it derives, what it refuses and why, and the request that stands or falls with it."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.jobs.recompute import answer_requests, recompute
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
    Programme,
    Project,
    ProjectCoverage,
    ProjectStage,
    PublishedFigure,
    RecomputeRequest,
    Source,
)
from tests.bundles import SMALL, load

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published() -> None:
    load(SMALL)
    recompute()


def project(slug: str) -> Project:
    return Project.objects.get(slug=slug)


def event(reference: str, kind: str, **values: Any) -> ContributionEvent:
    found = ContributionEvent.objects.filter(contribution__reference=reference, kind=kind, **values).first()
    assert found is not None
    return found


def told(**values: Any) -> dict[str, Any]:
    return {"confidence": "reported", "source": Source.objects.get(key="example"), **values}


def new_event(reference: str, kind: str, day: date, amount: str | None) -> ContributionEvent:
    return ContributionEvent(
        contribution=Contribution.objects.get(reference=reference),
        kind=kind,
        occurred_on=day,
        amount=None if amount is None else Decimal(amount),
        **told(),
    )


def select(slug: str, day: date = date(2026, 11, 1)) -> ProjectStage:
    stage = ProjectStage(project=project(slug), stage="selected", reached_on=day, **told())
    save_fact(stage, "test")
    return stage


def five_selected() -> list[ProjectStage]:
    """Select three more gigafactories beside giga-a and giga-b; return their stages."""
    stages = []
    for number in range(1, 4):
        slug = f"G{number}"
        save_fact(
            Project(slug=slug, name=f"Giga {number}", kind="ai_gigafactory", source=told()["source"]), "test"
        )
        stages.append(select(slug, date(2026, 10, number)))
    save_fact(Project(slug="G6", name="Giga 6", kind="ai_gigafactory", source=told()["source"]), "test")
    return stages


def requested() -> list[str | None]:
    return list(RecomputeRequest.objects.order_by("id").values_list("project__slug", flat=True))


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


def test_a_sixth_gigafactory_is_refused_with_limit_holders_and_source() -> None:
    five_selected()
    before = DataVersion.objects.get().number
    RecomputeRequest.objects.all().delete()
    with pytest.raises(FactRefused) as refused:
        select("G6")
    sentence = str(refused.value)
    assert "Giga 6 would make 6 selected AI gigafactories on 2026-11-01" in sentence
    assert "the published figure gigafactory_limit is 5" in sentence
    names = ("Giga 1", "Giga 2", "Giga 3", "Gigafactory Example A", "Gigafactory Example B")
    assert all(name in sentence for name in names)
    assert "European Investment Bank: Memorandum of understanding on AI gigafactories" in sentence
    assert not ProjectStage.objects.filter(project__slug="G6").exists()
    assert (requested(), DataVersion.objects.get().number) == ([], before)


def test_a_sixth_is_refused_on_a_past_date_too_and_accepted_where_a_place_is_free() -> None:
    stages = five_selected()
    with pytest.raises(FactRefused, match="on 2026-10-03"):
        select("G6", date(2026, 9, 15))
    withdrawn = ProjectStage(project=project("G1"), stage="withdrawn", reached_on=date(2026, 11, 1), **told())
    save_fact(withdrawn, "test")
    select("G6")
    with pytest.raises(FactRefused, match=r"Giga 6 would make 6 .* on 2026-11-01"):
        delete_fact(withdrawn, "test")
    withdrawn = ProjectStage.objects.get(project__slug="G1", stage="withdrawn")
    withdrawn.reached_on = date(2026, 11, 2)
    with pytest.raises(FactRefused, match="on 2026-11-01"):
        save_fact(withdrawn, "test")
    withdrawn.refresh_from_db()
    withdrawn.stage = "construction"
    with pytest.raises(FactRefused, match="on 2026-11-01"):
        save_fact(withdrawn, "test")
    delete_fact(stages[1], "test")
    withdrawn.refresh_from_db()
    delete_fact(withdrawn, "test")


def test_the_limit_cannot_be_lowered_below_what_is_selected() -> None:
    limit = PublishedFigure.objects.get(key="gigafactory_limit")
    limit.value = Decimal(1)
    with pytest.raises(FactRefused, match=r"Gigafactory Example B would make 2 .* on 2026-09-01.* is 1"):
        save_fact(limit, "test")
    limit.value = Decimal(2)
    save_fact(limit, "test")
    five = PublishedFigure.objects.get(key="ai_factories_existing")
    five.value = Decimal(1)
    save_fact(five, "test")


@pytest.mark.parametrize("value", ["4.5", "-1"])
def test_the_limit_is_a_whole_number(value: str) -> None:
    limit = PublishedFigure.objects.get(key="gigafactory_limit")
    limit.value = Decimal(value)
    with pytest.raises(
        FactRefused, match=r"is not a number of gigafactories. Use a whole number, zero or more"
    ):
        save_fact(limit, "test")


def test_without_a_limit_there_is_none() -> None:
    five_selected()
    limit = PublishedFigure.objects.get(key="gigafactory_limit")
    limit.value = None
    save_fact(limit, "test")
    select("G6")
    limit.value = Decimal(5)
    with pytest.raises(FactRefused):
        save_fact(limit, "test")
    for reading in limit.readings.all():
        delete_fact(reading, "test")
    delete_fact(limit, "test")
    new = PublishedFigure(
        key="gigafactory_limit", programme=Programme.objects.get(slug="investai"), value=Decimal(5), **told()
    )
    with pytest.raises(FactRefused):
        save_fact(new, "test")
    renamed = PublishedFigure.objects.get(key="chips_vs_existing")
    renamed.key = "gigafactory_limit"
    with pytest.raises(FactRefused):
        save_fact(renamed, "test")


def test_an_ai_factory_cannot_become_a_sixth_gigafactory() -> None:
    five_selected()
    factory = project("factory-2")
    factory.kind = "ai_gigafactory"
    with pytest.raises(FactRefused, match="would make 6 selected AI gigafactories"):
        save_fact(factory, "test")
    stage = ProjectStage.objects.filter(project=factory).first()
    assert stage is not None
    stage.project = project("G6")
    with pytest.raises(FactRefused, match=r"Giga 6|Giga 3"):
        save_fact(stage, "test")


@pytest.mark.parametrize(
    ("find", "others"),
    [
        (
            lambda: project("giga-a"),
            ["contribution “C-001”", "chip deployment “Phase 1”", "milestone “Financial close”"],
        ),
        (lambda: Source.objects.get(key="mou-2025"), ["programme “InvestAI”", "memorandum"]),
        (lambda: Contribution.objects.get(reference="C-001"), ["contribution event “Announced, 2025-12-04”"]),
        (lambda: Financier.objects.get(slug="eu"), ["contribution “C-001”"]),
        (lambda: Envelope.objects.get(slug="tiny-envelope"), ["contribution “C-008”"]),
        (lambda: ChipModel.objects.get(slug="gb200"), ["chip deployment “Phase 1”"]),
        (lambda: PublishedFigure.objects.get(key="gigafactory_limit"), ["published figure reading"]),
    ],
)
def test_what_others_refer_to_cannot_be_deleted(find: Any, others: list[str]) -> None:
    fact = find()
    with pytest.raises(FactRefused, match=r"cannot be deleted: .* refer to it. Remove those") as refused:
        delete_fact(fact, "test")
    assert all(other in str(refused.value) for other in others), str(refused.value)
    assert type(fact)._default_manager.filter(pk=fact.pk).exists()
    assert requested() == []


def test_envelopes_cannot_contain_each_other_in_a_circle() -> None:
    outer, middle, inner = Envelope.objects.order_by("slug")
    for child, parent in ((middle, outer), (inner, middle)):
        child.parent = parent
        save_fact(child, "test")
    outer = Envelope.objects.get(pk=outer.pk)
    for parent in (inner, middle, outer):
        outer.parent = parent
        with pytest.raises(FactRefused, match="the envelopes would contain each other in a circle"):
            save_fact(outer, "test")
    outer.parent = None
    save_fact(outer, "test")


def test_a_circle_is_seen_through_old_copies() -> None:
    first, second = Envelope.objects.order_by("slug")[:2]
    Envelope.objects.filter(pk=second.pk).update(parent=first)
    first.parent = second
    assert second.parent is None
    with pytest.raises(FactRefused, match="in a circle"):
        save_fact(first, "test")


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


@pytest.mark.parametrize(
    ("on", "per_euro", "sentence"),
    [
        (date(9999, 1, 1), "4.2", "The rate of PLN for 9999-01-01 is in the future: today in Brussels is"),
        (date(2026, 1, 8), "0", "The rate of PLN for 2026-01-08, 0, is zero or below"),
        (
            date(2026, 1, 9),
            "4.2",
            "There is a rate of PLN for 2026-01-09 already: change that one. It is 4.215000",
        ),
    ],
)
def test_a_rate_that_cannot_be_is_refused(on: date, per_euro: str, sentence: str) -> None:
    rate = ExchangeRate(currency="PLN", date=on, per_euro=Decimal(per_euro))
    with pytest.raises(FactRefused, match=re.escape(sentence)):
        save_fact(rate, "test")


def test_a_value_that_cannot_be_stored_is_refused() -> None:
    rate = ExchangeRate(currency="PLN", date=date(2020, 1, 1), per_euro=Decimal("0.000001"))
    save_fact(rate, "test")
    for newer in ExchangeRate.objects.filter(currency="PLN", date__gt="2020-01-01").order_by("date")[1:]:
        delete_fact(newer, "test")
    big = new_event("C-002", "disbursed", date(2026, 2, 1), "999999999999.99")
    save_fact(big, "test")
    with pytest.raises(FactRefused, match="is worth more than"):
        delete_fact(ExchangeRate.objects.get(currency="PLN", date="2026-01-09"), "test")
    assert ExchangeRate.objects.filter(currency="PLN").count() == 2
    with pytest.raises(FactRefused, match="check the amount and the rate"):
        save_fact(new_event("C-002", "disbursed", date(2025, 2, 1), "999999999999.99"), "test")


def test_a_deleted_contribution_takes_its_state_and_its_part_of_the_sums_along() -> None:
    for found in ContributionEvent.objects.filter(contribution__reference="C-004"):
        delete_fact(found, "test")
    delete_fact(Contribution.objects.get(reference="C-004"), "test")
    delete_fact(Milestone.objects.get(key="financial-close"), "test")
    answer_requests()
    assert ProjectCoverage.objects.get(project__slug="giga-a").announced_eur == 0
