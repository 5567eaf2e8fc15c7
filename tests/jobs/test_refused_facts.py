"""What the write door refuses, and the sentence that says why and what is accepted."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.models import (
    ChipModel,
    Contribution,
    DataVersion,
    Envelope,
    ExchangeRate,
    Financier,
    Programme,
    ProjectStage,
    PublishedFigure,
    RecomputeRequest,
    Source,
)
from tests.jobs.facts import five_selected, new_event, project, requested, select, told
from tests.loaded import load_small

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published() -> None:
    load_small()


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
