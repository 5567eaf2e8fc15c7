"""The write door: what it derives, what it refuses, and what it asks to be recomputed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    DataVersion,
    Envelope,
    ExchangeRate,
    Financier,
    Project,
    ProjectStage,
    PublishedFigure,
    RecomputeRequest,
    Source,
)

pytestmark = pytest.mark.usefixtures("small")


def source() -> Source:
    return Source.objects.get(key="example")


def stage(project: str, word: str, day: str) -> ProjectStage:
    return ProjectStage(
        project=Project.objects.get(slug=project),
        stage=word,
        reached_on=date.fromisoformat(day),
        confidence="confirmed",
        source=source(),
    )


def euro(reference: str, kind: str) -> tuple[str, str]:
    event = ContributionEvent.objects.get(contribution__reference=reference, kind=kind)
    return str(event.amount_eur), str(event.rate_on)


def test_an_amount_gets_its_euro_value_at_the_newest_earlier_rate() -> None:
    event = ContributionEvent(
        contribution=Contribution.objects.get(reference="C-002"),
        kind="disbursed",
        occurred_on=date(2026, 6, 5),
        amount=Decimal("1000.00"),
        confidence="confirmed",
        source=source(),
    )
    save_fact(event, "a test")
    assert euro("C-002", "disbursed") == ("235.23", "2026-06-05")


def test_rates_added_changed_and_deleted_move_what_depends_on_them() -> None:
    assert euro("C-013", "signed") == ("None", "None")
    rate = ExchangeRate(currency="USD", date=date(2026, 9, 1), per_euro=Decimal("1.25"))
    save_fact(rate, "a test")
    assert euro("C-013", "signed") == ("80000000.00", "2026-09-01")
    assert euro("C-011", "signed") == ("None", "None"), "a later rate is never used"
    rate.per_euro = Decimal("1.6")
    save_fact(rate, "a test")
    assert euro("C-013", "signed") == ("62500000.00", "2026-09-01")
    delete_fact(rate, "a test")
    assert euro("C-013", "signed") == ("None", "None")


def test_another_currency_of_a_contribution_converts_its_events_again() -> None:
    contribution = Contribution.objects.get(reference="C-002")
    contribution.currency = "EUR"
    save_fact(contribution, "a test")
    assert euro("C-002", "signed") == ("2100000000.55", "None")
    contribution.currency = "XAU"
    save_fact(contribution, "a test")
    assert euro("C-002", "signed") == ("None", "None")


def test_an_estimate_gets_its_euro_value() -> None:
    estimate = CostEstimate(
        project=Project.objects.get(slug="giga-c"),
        estimated_on=date(2026, 4, 1),
        amount=Decimal("17500000000.00"),
        currency="PLN",
        confidence="estimate",
        source=source(),
    )
    save_fact(estimate, "a test")
    estimate.refresh_from_db()
    assert (str(estimate.amount_eur), estimate.rate_on) == ("4095004095.00", date(2026, 3, 31))


def limited(value: str) -> PublishedFigure:
    figure = PublishedFigure.objects.get(key="gigafactory_limit")
    figure.value = Decimal(value)
    return figure


def test_a_gigafactory_beyond_the_limit_is_refused_by_every_way() -> None:
    save_fact(limited("2"), "a test")
    with pytest.raises(FactRefused) as refused:
        save_fact(stage("giga-c", "selected", "2026-10-01"), "a test")
    for words in (
        "Gigafactory Example C (withdrawn) would make 3 selected AI gigafactories on 2026-10-01",
        "gigafactory_limit is 2",
        "places held by Gigafactory Example A, Gigafactory Example B",
        "source: European Investment Bank: Memorandum of understanding on AI gigafactories",
    ):
        assert words in str(refused.value)
    save_fact(stage("giga-c", "selected", "2026-01-15"), "before it was withdrawn, when places were free")
    withdrawal = ProjectStage.objects.get(project__slug="giga-c", stage="withdrawn")
    with pytest.raises(FactRefused, match="is 2"):
        delete_fact(withdrawal, "a test")
    withdrawal.reached_on = date(2026, 12, 1)
    with pytest.raises(FactRefused, match="is 2"):
        save_fact(withdrawal, "a test")
    with pytest.raises(FactRefused, match="is 1"):
        save_fact(limited("1"), "a test")
    factory = Project.objects.get(slug="factory-1")
    factory.kind = "ai_gigafactory"
    with pytest.raises(FactRefused, match="AI Factory One"):
        save_fact(factory, "a test")
    assert PublishedFigure.objects.get(key="gigafactory_limit").value == 2
    assert Project.objects.get(slug="factory-1").kind == "ai_factory"


def test_a_limit_is_a_whole_number_and_without_it_there_is_none() -> None:
    with pytest.raises(FactRefused, match="whole number"):
        save_fact(limited("2.5"), "a test")
    figure = PublishedFigure.objects.get(key="gigafactory_limit")
    figure.value = None
    save_fact(figure, "a test")
    save_fact(stage("giga-c", "selected", "2026-10-01"), "a test")


def test_what_others_refer_to_is_not_deleted() -> None:
    with pytest.raises(FactRefused) as refused:
        delete_fact(Financier.objects.get(slug="pl-state"), "a test")
    assert "contribution “C-002” refer to it" in str(refused.value)


def test_envelopes_cannot_contain_each_other_in_a_circle() -> None:
    inner, outer = (Envelope.objects.get(slug=slug) for slug in ("tiny-envelope", "investai-gigafactories"))
    inner.parent = outer
    save_fact(inner, "a test")
    outer.parent = inner
    with pytest.raises(FactRefused, match="circle"):
        save_fact(outer, "a test")


def test_an_edit_asks_for_its_projects_and_moves_the_data_version() -> None:
    before = DataVersion.objects.get().number
    contribution = Contribution.objects.get(reference="C-001")
    contribution.project = Project.objects.get(slug="giga-b")
    save_fact(contribution, "a test")
    asked = RecomputeRequest.objects.values_list("project__slug", flat=True)
    assert sorted(asked) == ["giga-a", "giga-b"]
    assert DataVersion.objects.get().number == before + 1


def test_a_request_falls_with_its_edit() -> None:
    class Stop(Exception):
        pass

    def edit_and_stop() -> None:
        with transaction.atomic():
            save_fact(stage("giga-c", "idea", "2025-01-01"), "a test")
            raise Stop

    before = DataVersion.objects.get().number
    with pytest.raises(Stop):
        edit_and_stop()
    assert not RecomputeRequest.objects.exists()
    assert DataVersion.objects.get().number == before


def test_history_says_what_was_how(admin_user: Any) -> None:
    contribution = Contribution.objects.get(reference="C-001")
    contribution.note = "changed"
    save_fact(contribution, "a test")
    newest = contribution.history.latest()  # type: ignore[attr-defined]
    assert (newest.history_type, newest.history_change_reason, newest.note) == ("~", "a test", "changed")
