"""The forms of the admin warn by the checks that raise alerts, before they save."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.models import Alert, ContributionEvent, Project, RecomputeRequest, ResultSet, Source
from tests.admin.editing import editor, form_in, opened, text_in
from tests.bundles import load, saved
from tests.making import Made


@pytest.fixture
def portfolio(db: None, tmp_path: Path) -> None:
    made = Made().project("p", "ai_gigafactory", need="1000").envelope("e", amount="100")
    made.contribution("C-1", ("signed", "2025-02-01", "20"), ("disbursed", "2025-03-01", "5"), envelope="e")
    made.add("sources", key="old", title="Old", published_on="2020-01-01")
    made.add("sources", key="new", title="New", published_on="2026-01-01")
    for event, source in zip(made.rows["contribution_events"], ("old", "new"), strict=True):
        event["source"] = source
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


@pytest.fixture
def anna(portfolio: None) -> Client:
    return editor("anna")


def at(record: Any) -> str:
    return f"/admin/portfolio/{record._meta.model_name}/{record.pk}/change/"


def signed() -> ContributionEvent:
    return ContributionEvent.objects.get(kind="signed")


def test_an_edit_that_would_raise_alerts_is_saved_anyway_or_not_at_all(anna: Client) -> None:
    address = at(signed())
    coverage = ResultSet.objects.get().projectcoverage_rows.get().signed_eur
    asked = anna.post(address, {**opened(anna, address), "amount": "150"})
    assert asked.status_code == 200
    text = text_in(asked)
    assert "Nothing is saved yet" in text
    assert "Critical e:" in text
    assert str(signed().amount) == "20.00"
    assert ResultSet.objects.get().projectcoverage_rows.get().signed_eur == coverage
    assert not Alert.objects.filter(kind="envelope_over_allocated").exists()
    assert not RecomputeRequest.objects.exists()
    back = anna.post(address, {**form_in(asked, "_anyway"), "_back": "1"})
    assert 'value="150"' in back.content.decode()
    assert "Nothing is saved yet" in text_in(back)
    assert anna.post(address, form_in(asked, "_anyway")).status_code == 302
    assert str(signed().amount) == "150.00"


def test_rows_are_looked_at_too_and_what_stands_already_is_not_said_again(anna: Client) -> None:
    contribution = signed().contribution
    form = opened(anna, at(contribution))
    paid = next(name for name, value in form.items() if value == ["disbursed"]).replace("kind", "amount")
    asked = anna.post(at(contribution), {**form, paid: "50"})
    assert "50" in text_in(asked)
    assert "signed" in text_in(asked)
    assert anna.post(at(contribution), form_in(asked, "_anyway")).status_code == 302
    project = Project.objects.get()
    call_command("recompute", verbosity=0)
    assert anna.post(at(project), {**opened(anna, at(project)), "city": "Hel"}).status_code == 302


def test_a_source_older_than_the_newest_is_said(anna: Client) -> None:
    event = ContributionEvent.objects.get(kind="disbursed")
    old = Source.objects.get(key="old")
    ContributionEvent.objects.filter(kind="signed").update(source=Source.objects.get(key="new"))
    asked = anna.post(at(event), {**opened(anna, at(event)), "source": str(old.pk)})
    assert "rests on a source of 2020-01-01" in text_in(asked)
