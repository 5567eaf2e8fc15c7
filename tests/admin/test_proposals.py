"""Two pairs of eyes: an edit above the threshold counts only once somebody else has approved it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portfolio.jobs.spreadsheets.imports import ask_for_preview, ask_to_apply, work_on
from portfolio.jobs.spreadsheets.plans import plan_from
from portfolio.jobs.spreadsheets.uploads import receive
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    Project,
    ProjectStage,
    Proposal,
    ReviewThreshold,
    SpreadsheetImport,
)
from tests.admin.editing import editor, form_in, opened, text_in
from tests.bundles import load, saved
from tests.making import Made


@pytest.fixture
def portfolio(db: None, tmp_path: Path) -> None:
    made = Made().project("p", need="5000", stages=[("idea", "2025-01-01")]).project("q").envelope("e")
    made.contribution("C-1", ("announced", "2026-01-01", "10"), ("signed", "2026-02-01", "20"))
    made.contribution("C-2", ("announced", "2026-01-01", "10"), currency="PLN")
    load(saved(made.rows, tmp_path / "bundle"))
    ReviewThreshold.objects.update_or_create(defaults={"value_eur": Decimal(100)})


@pytest.fixture
def anna(portfolio: None) -> Client:
    return editor("anna")


@pytest.fixture
def ben(portfolio: None) -> Client:
    return editor("ben")


def at(record: Any, what: str = "change") -> str:
    return f"/admin/portfolio/{record._meta.model_name}/{record.pk}/{what}/"


def signed() -> ContributionEvent:
    return ContributionEvent.objects.get(kind="signed")


def propose(client: Client, address: str, **fields: str) -> Proposal:
    """Save a form above the threshold, say why, and return what waits then."""
    asked = client.post(address, {**opened(client, address), **fields})
    assert asked.status_code == 200, text_in(asked)
    assert "Nothing is saved yet" in text_in(asked)
    done = client.post(address, {**form_in(asked, "_reason"), "_reason": "The contract says so."})
    assert done.status_code == 302, text_in(done)
    return Proposal.objects.latest("id")


def decide(client: Client, proposal: Proposal, answer: str, reason: str = "Seen the contract.") -> Any:
    address = f"/proposals/{proposal.pk}/"
    page = client.get(address)
    seen = form_in(page, "seen").get("seen", [""]) if 'name="seen"' in page.content.decode() else [""]
    return client.post(f"{address}decide/", {"answer": answer, "reason": reason, "seen": seen})


def test_an_amount_above_the_threshold_counts_once_somebody_else_approves(anna: Client, ben: Client) -> None:
    event = signed()
    proposal = propose(anna, at(event), amount="150", confidence="confirmed")
    assert str(signed().amount) == "20.00"
    assert (proposal.old["amount"], proposal.new["amount"]) == ("20.00", "150")
    assert str(proposal.value_eur) == "150.00"
    assert f"Proposal {proposal.pk} of anna waits" in text_in(ben.get(at(event)))
    assert f"Proposal {proposal.pk} of anna waits" in text_in(ben.get(at(event.contribution)))
    assert "Proposals (1)" in text_in(ben.get("/admin/"))
    assert "signed" in text_in(ben.get("/proposals/")).lower()
    own = decide(anna, proposal, "approve")
    assert own.status_code == 409
    assert "somebody else has to decide" in text_in(own)
    silent = decide(ben, proposal, "approve", reason=" ")
    assert "Give a reason" in text_in(silent)
    assert str(signed().amount) == "20.00"
    assert decide(ben, proposal, "approve").status_code == 302
    assert (str(signed().amount), str(signed().amount_eur)) == ("150.00", "150.00")
    newest = event.history.latest()  # type: ignore[attr-defined]
    assert newest.history_change_reason == f"proposal {proposal.pk} of anna, approved by ben"
    assert newest.history_user.username == "ben"
    again = decide(ben, proposal, "reject")
    assert "It was approved by ben already" in text_in(again)


def test_at_the_threshold_or_without_one_an_edit_counts_at_once(anna: Client) -> None:
    event = signed()
    assert anna.post(at(event), {**opened(anna, at(event)), "amount": "100"}).status_code == 302
    ReviewThreshold.objects.update(value_eur=0)
    assert anna.post(at(event), {**opened(anna, at(event)), "amount": "900"}).status_code == 302
    assert str(signed().amount) == "900.00"
    assert not Proposal.objects.exists()
    ReviewThreshold.objects.update(value_eur="100")
    notes = {**opened(anna, at(event)), "confidence": "confirmed"}
    assert anna.post(at(event), notes).status_code == 302, "no amount and no day is another"


@pytest.mark.parametrize("unknown", ["rate", "amount"])
def test_what_is_unknown_in_euro_counts_as_above(anna: Client, unknown: str) -> None:
    reference, amount = ("C-2", "1") if unknown == "rate" else ("C-1", "")
    event = ContributionEvent.objects.get(contribution__reference=reference, kind="announced")
    proposal = propose(anna, at(event), amount=amount)
    assert proposal.value_eur is None
    assert "unknown in euro" in text_in(anna.get(f"/proposals/{proposal.pk}/"))


def test_rows_of_a_form_wait_one_by_one_and_the_rest_is_saved(anna: Client, ben: Client) -> None:
    project = Project.objects.get(slug="p")
    new = {
        "stages-TOTAL_FORMS": "2",
        "stages-1-id": "",
        "stages-1-project": str(project.pk),
        "stages-1-stage": "selected",
        "stages-1-reached_on": "2026-01-01",
        "stages-1-confidence": "confirmed",
        "stages-1-source": str(project.source_id),
        "stages-1-note": "",
    }
    proposal = propose(anna, at(project), city="Gdańsk", **new)
    assert Project.objects.get(slug="p").city == "Gdańsk"
    assert list(ProjectStage.objects.values_list("stage", flat=True)) == ["idea"]
    assert (proposal.action, str(proposal.value_eur)) == ("add", "5000.00")
    assert decide(ben, proposal, "approve").status_code == 302
    assert set(ProjectStage.objects.values_list("stage", flat=True)) == {"idea", "selected"}


def test_envelopes_estimates_currencies_and_deletions_wait_too(anna: Client, ben: Client) -> None:
    envelope, estimate = Envelope.objects.get(), CostEstimate.objects.get()
    contribution = Contribution.objects.get(reference="C-1")
    propose(anna, at(envelope), amount_eur="1")
    propose(anna, at(estimate), estimated_on="2020-01-02")
    propose(anna, at(contribution), currency="PLN")
    assert (
        str(Envelope.objects.get().amount_eur),
        Contribution.objects.get(pk=contribution.pk).currency,
    ) == (
        "1000.00",
        "EUR",
    )
    address = at(estimate, "delete")
    form = opened(anna, address)
    assert "Why, since a second person" in text_in(anna.get(address))
    anna.post(address, {**form, "_reason": ""})
    assert Proposal.objects.filter(action="delete").count() == 0
    assert anna.post(address, {**form, "_reason": "Twice."}).status_code == 302
    assert CostEstimate.objects.exists()
    chosen = {"action": "delete_selected", "_selected_action": [estimate.pk], "post": "yes"}
    refused = anna.post("/admin/portfolio/costestimate/", chosen, follow=True)
    assert "one by one" in text_in(refused)
    proposal = Proposal.objects.get(action="delete")
    assert decide(ben, proposal, "approve").status_code == 302
    assert not CostEstimate.objects.exists()


def test_a_proposal_whose_record_changed_needs_a_fresh_look(anna: Client, ben: Client) -> None:
    event = signed()
    proposal = propose(anna, at(event), amount="150")
    stale = form_in(ben.get(f"/proposals/{proposal.pk}/"), "seen")
    ben.post(at(event), {**opened(ben, at(event)), "amount": "30", "confidence": "confirmed"})
    decided = {**stale, "answer": "approve", "reason": "Fine."}
    late = ben.post(f"/proposals/{proposal.pk}/decide/", decided)
    assert late.status_code == 409
    for words in ("Changed after it was proposed", "Amount 20.00 30.00 ben", "look at it as it is now"):
        assert words in text_in(late), words
    assert str(signed().amount) == "30.00"
    assert decide(ben, proposal, "approve").status_code == 302
    assert (str(signed().amount), signed().confidence) == ("150.00", "confirmed"), "only what was proposed"
    second = propose(anna, at(event), amount="200")
    ReviewThreshold.objects.update(value_eur=0)
    ben.post(at(event, "delete"), opened(ben, at(event, "delete")))
    gone = decide(ben, second, "approve")
    assert "deleted meanwhile" in text_in(gone)
    assert decide(ben, second, "reject").status_code == 302


def test_rejected_and_withdrawn_proposals_change_nothing(anna: Client, ben: Client) -> None:
    first, second = propose(anna, at(signed()), amount="150"), propose(anna, at(signed()), amount="160")
    assert decide(ben, first, "reject", "Not signed yet.").status_code == 302
    assert "Rejected by ben" in text_in(anna.get(f"/proposals/{first.pk}/"))
    assert "Not signed yet." in text_in(anna.get(f"/proposals/{first.pk}/"))
    assert "Only who proposed it" in text_in(decide(ben, second, "withdraw"))
    assert decide(anna, second, "withdraw").status_code == 302
    assert str(signed().amount) == "20.00"


def test_who_may_see_and_decide(anna: Client) -> None:
    proposal = propose(anna, at(signed()), amount="150")
    officer = editor("olga", "Officer")
    assert officer.get(f"/proposals/{proposal.pk}/").status_code == 200
    assert "may not make this change" in text_in(decide(officer, proposal, "approve"))
    assert Client().get("/proposals/").status_code == 302
    assert str(signed().amount) == "20.00"
    threshold = "/admin/portfolio/reviewthreshold/"
    assert anna.get(f"{threshold}{ReviewThreshold.objects.get().pk}/change/").status_code == 200
    assert anna.post(f"{threshold}{ReviewThreshold.objects.get().pk}/change/", {}).status_code == 403
    chief = editor("chief", "Administrator")
    address = f"{threshold}{ReviewThreshold.objects.get().pk}/change/"
    assert chief.post(address, {**opened(chief, address), "value_eur": "5"}).status_code == 302
    newest = ReviewThreshold.history.latest()  # type: ignore[attr-defined]
    assert (newest.history_user.username, str(newest.value_eur)) == ("chief", "5.00")


def test_a_restored_version_obeys_the_threshold(anna: Client, ben: Client) -> None:
    event = signed()
    ReviewThreshold.objects.update(value_eur=0)
    anna.post(at(event), {**opened(anna, at(event)), "amount": "900"})
    ReviewThreshold.objects.update(value_eur="100")
    first = event.history.order_by("history_id").first()  # type: ignore[attr-defined]
    address = at(event, "history") + f"{first.history_id}/"
    form = opened(anna, address, "seen")
    assert anna.post(address, {**form, "_reason": "It was a slip."}).status_code == 302
    assert str(signed().amount) == "900.00"
    assert decide(ben, Proposal.objects.get(), "approve").status_code == 302
    assert str(signed().amount) == "20.00"


LIST = (
    "contribution;kind;occurred_on;amount;confidence;source\nC-1;approved;2026-01-15;{amount};reported;src\n"
)


def imported(person: Any, amount: str) -> SpreadsheetImport:
    content = LIST.format(amount=amount).encode()
    taken = receive("events.csv", iter([content]), person)
    plan = plan_from(taken.plan)
    ask_for_preview(taken, plan, person)
    work_on(taken.pk)
    taken.refresh_from_db()
    assert taken.status == "previewed", taken.message
    ask_to_apply(taken, person, "From the bank")
    work_on(taken.pk)
    taken.refresh_from_db()
    return taken


def test_imports_obey_the_threshold(anna: Client, ben: Client, django_user_model: Any) -> None:
    person = django_user_model.objects.get(username="anna")
    small = imported(person, "15")
    assert (small.status, Proposal.objects.count()) == ("applied", 0)
    taken = imported(person, "150")
    assert taken.status == "proposed"
    assert str(ContributionEvent.objects.get(kind="approved").amount) == "15.00"
    proposal = Proposal.objects.get()
    assert (proposal.reason, str(proposal.value_eur)) == ("From the bank", "150.00")
    assert "before another Editor approves" in text_in(anna.get(f"/imports/{taken.pk}/"))
    assert decide(anna, proposal, "approve").status_code == 409
    assert decide(ben, proposal, "reject", "Wrong list.").status_code == 302
    taken.refresh_from_db()
    assert (taken.status, "Wrong list." in taken.message) == ("previewed", True)
    ask_to_apply(taken, person)
    work_on(taken.pk)
    assert decide(ben, Proposal.objects.latest("id"), "approve").status_code == 302
    work_on(taken.pk)
    taken.refresh_from_db()
    assert taken.status == "applied", taken.message
    event = ContributionEvent.objects.get(kind="approved")
    assert str(event.amount) == "150.00"
    newest = event.history.latest()  # type: ignore[attr-defined]
    assert (newest.history_user.username, "approved by ben" in newest.history_change_reason) == ("anna", True)
    own = anna.post(f"/imports/{taken.pk}/undo/")
    assert "somebody else than who applied it" in text_in(own)
    assert ben.post(f"/imports/{taken.pk}/undo/").status_code == 302
    assert str(ContributionEvent.objects.get(kind="approved").amount) == "15.00"


def test_a_bundle_is_the_operators_and_says_so(anna: Client, tmp_path: Path) -> None:
    made = Made().project("p").contribution("C-1", ("signed", "2026-02-01", "900"))
    load(saved(made.rows, tmp_path / "again"))
    assert str(signed().amount) == "900.00"
    newest = signed().history.latest()  # type: ignore[attr-defined]
    assert (newest.history_user, newest.history_change_reason) == (None, "load_portfolio")
