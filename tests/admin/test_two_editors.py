"""Two people edit one record: nothing of either is lost, and nothing is overwritten silently."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import Contribution, ContributionEvent, Milestone, Project, Source
from tests.admin.editing import editor, form_in, opened, text_in
from tests.bundles import load, saved
from tests.making import Made


@pytest.fixture
def portfolio(db: None, tmp_path: Path) -> None:
    made = Made().project("p").project("q")
    made.contribution("C-1", ("announced", "2026-01-01", "10"), ("signed", "2026-02-01", "20"))
    made.add("milestones", project="p", key="m1", title="First", source="src")
    made.add("milestones", project="p", key="m2", title="Second", source="src")
    load(saved(made.rows, tmp_path / "bundle"))


@pytest.fixture
def anna(portfolio: None) -> Client:
    return editor("anna")


@pytest.fixture
def ben(portfolio: None) -> Client:
    return editor("ben")


def address(record: Any, what: str = "change") -> str:
    return f"/admin/portfolio/{record._meta.model_name}/{record.pk}/{what}/"


def project() -> Project:
    return Project.objects.get(slug="p")


def test_the_second_is_shown_what_the_first_changed_and_chooses_by_field(anna: Client, ben: Client) -> None:
    at = address(project())
    hers, his = opened(anna, at), opened(ben, at)
    hers_saved = anna.post(at, {**hers, "city": "Gdańsk", "host": "Hers"})
    assert hers_saved.status_code == 302, text_in(hers_saved)
    asked = ben.post(at, {**his, "city": "Kraków", "website": "https://b.example"})
    assert asked.status_code == 409
    text = text_in(asked)
    for words in (
        "City empty",
        "keep Gdańsk anna",
        "(admin)",
        "take Kraków",
        "keep Hers",
        "not changed by you",
    ):
        assert words in text, words
    assert (project().city, project().website) == ("Gdańsk", ""), "nothing of his is saved yet"
    form = form_in(asked)
    assert form["_choice:host"] == ["theirs"], "what he did not touch stays as she left it"
    assert "_choice:city" not in form, "a clash is for him to decide"
    again = ben.post(at, form)
    assert again.status_code == 409
    assert "Choose for every line: 1 is still open" in text_in(again)
    done = ben.post(at, {**form_in(again), "_choice:city": "mine"})
    assert done.status_code == 302, text_in(done)
    p = project()
    assert (p.city, p.host, p.website) == ("Kraków", "Hers", "https://b.example")


@pytest.mark.parametrize(("answer", "city"), [("theirs", "Gdańsk"), ("mine", "Kraków")])
def test_one_press_keeps_all_of_theirs_or_takes_all_of_mine(
    anna: Client, ben: Client, answer: str, city: str
) -> None:
    at = address(project())
    hers, his = opened(anna, at), opened(ben, at)
    anna.post(at, {**hers, "city": "Gdańsk"})
    form = form_in(ben.post(at, {**his, "city": "Kraków", "host": "His"}))
    assert ben.post(at, {**form, "_all": answer}).status_code == 302
    assert (project().city, project().host) == (city, "His")


def test_a_third_edit_while_one_chooses_is_shown_too(anna: Client, ben: Client) -> None:
    at = address(project())
    his = opened(ben, at)
    anna.post(at, {**opened(anna, at), "city": "Gdańsk"})
    form = form_in(ben.post(at, {**his, "city": "Kraków"}))
    anna.post(at, {**opened(anna, at), "city": "Sopot"})
    asked = ben.post(at, {**form, "_choice:city": "mine"})
    assert asked.status_code == 409
    assert "Gdańsk keep Sopot" in text_in(asked)
    assert project().city == "Sopot"


def test_what_both_say_alike_and_what_only_one_changed_asks_nothing_more(anna: Client, ben: Client) -> None:
    at = address(project())
    hers, his = opened(anna, at), opened(ben, at)
    anna.post(at, {**hers, "city": "Gdańsk"})
    asked = ben.post(at, {**his, "city": "Gdańsk"})
    assert asked.status_code == 409
    assert "what it says is what you typed" in text_in(asked)
    assert ben.post(at, form_in(asked)).status_code == 302
    third = opened(ben, at)
    assert ben.post(at, {**third, "city": "Hel"}).status_code == 302, "no question where nobody else saved"


def test_rows_that_were_changed_added_and_deleted_meanwhile(anna: Client, ben: Client) -> None:
    at = address(project())
    hers, his = opened(anna, at), opened(ben, at)
    first, second = Milestone.objects.order_by("key")
    changed = {
        **hers,
        "milestones-0-title": "First, hers",
        "milestones-1-DELETE": "on",
        "milestones-2-key": "m3",
        "milestones-2-title": "Third",
        "milestones-2-source": str(Source.objects.get().pk),
        "milestones-2-id": "",
        "milestones-2-project": str(project().pk),
        "milestones-TOTAL_FORMS": "3",
    }
    assert anna.post(at, changed).status_code == 302
    asked = ben.post(
        at, {**his, "milestones-0-title": "First, his", "milestones-1-title": "Second, his", "host": "His"}
    )
    text = text_in(asked)
    words_of_rows = (
        "keep First, hers",
        "take First, his",
        "deleted",
        "title: Second, his",
        "A new row not there",
    )
    for words in words_of_rows:
        assert words in text, words
    form = form_in(asked)
    choices = {
        "_choice:milestones-0-title": "theirs",
        "_choice:milestones-1-row": "mine",
    }
    done = ben.post(at, {**form, **choices})
    assert done.status_code == 302, text_in(done)
    titles = list(Milestone.objects.order_by("key").values_list("key", "title"))
    assert titles == [("m1", "First, hers"), ("m2", "Second, his"), ("m3", "Third")]
    assert project().host == "His"
    assert not Milestone.objects.filter(pk=second.pk).exists(), "brought back as a new record"
    assert Milestone.objects.filter(pk=first.pk).exists()


def test_a_row_that_was_changed_is_not_deleted_unseen(anna: Client, ben: Client) -> None:
    contribution = Contribution.objects.get()
    event = ContributionEvent.objects.get(kind="signed")
    at = address(contribution)
    his = opened(ben, at)
    anna.post(address(event), {**opened(anna, address(event)), "amount": "25"})
    asked = ben.post(at, {**his, "events-1-DELETE": "on"})
    assert asked.status_code == 409
    assert "amount: 20.00" in text_in(asked)
    assert "amount: 25.00" in text_in(asked)
    form = form_in(asked)
    assert ben.post(at, {**form, "_choice:events-1-DELETE": "theirs"}).status_code == 302
    assert str(ContributionEvent.objects.get(kind="signed").amount) == "25.00"
    form = form_in(ben.post(at, {**his, "events-1-DELETE": "on"}))
    assert ben.post(at, {**form, "_choice:events-1-DELETE": "mine"}).status_code == 302
    assert not ContributionEvent.objects.filter(kind="signed").exists()


def test_saving_what_was_deleted_says_who_did_and_offers_to_record_it_again(
    anna: Client, ben: Client
) -> None:
    at = address(Project.objects.get(slug="q"))
    his = opened(ben, at)
    anna.post(at.replace("change", "delete"), opened(anna, at.replace("change", "delete")))
    gone = ben.post(at, {**his, "city": "Kraków"})
    assert gone.status_code == 409
    assert "anna deleted it" in text_in(gone)
    assert "Kraków" in text_in(gone)
    form = form_in(gone, "city")
    assert ben.post("/admin/portfolio/project/add/", form).status_code == 302
    assert Project.objects.get(slug="q").city == "Kraków"


def test_deleting_what_was_changed_asks_again(anna: Client, ben: Client) -> None:
    record = Project.objects.get(slug="q")
    at = address(record, "delete")
    his = opened(ben, at)
    anna.post(address(record), {**opened(anna, address(record)), "city": "Gdańsk"})
    asked = ben.post(at, his)
    assert "anna changed “q”" in text_in(asked)
    assert "Gdańsk" in text_in(asked)
    assert Project.objects.filter(slug="q").exists()
    assert ben.post(at, form_in(asked)).status_code == 302
    assert not Project.objects.filter(slug="q").exists()
    late = anna.post(at, his, follow=True)
    assert "was deleted by ben" in text_in(late)


def test_deleting_selected_records_asks_again_where_some_were_changed(anna: Client, ben: Client) -> None:
    first, second = Milestone.objects.order_by("key")
    at = "/admin/portfolio/milestone/"
    chosen = {"action": "delete_selected", "_selected_action": [first.pk, second.pk]}
    his = form_in(ben.post(at, chosen))
    anna.post(address(first), {**opened(anna, address(first)), "title": "Hers"})
    asked = ben.post(at, his)
    assert asked.status_code == 200
    assert "anna changed “Hers”" in text_in(asked)
    assert Milestone.objects.count() == 2
    assert ben.post(at, form_in(asked)).status_code == 302
    assert not Milestone.objects.exists()
    newest = Milestone.history.latest()  # type: ignore[attr-defined]
    assert newest.history_change_reason == "admin, selected records"
    assert newest.history_user.username == "ben"


def test_what_stands_in_the_way_of_a_deletion_is_named_counted_and_linked(
    ben: Client, django_assert_max_num_queries: Any
) -> None:
    source = Source.objects.get()
    for number in range(15):
        save_fact(
            Milestone(project=project(), key=f"n{number}", title=f"Step {number}", source=source), "test"
        )
    with django_assert_max_num_queries(60):
        page = ben.get(address(source, "delete"))
    text = text_in(page)
    assert "17 milestones" in text
    assert "and 7 more" in text
    link = f'<a href="/admin/portfolio/milestone/?source__id__exact={source.pk}">17 milestones</a>'
    assert link in page.content.decode()
    assert ben.post(address(source, "delete"), {"post": "yes"}).status_code == 200
    assert Source.objects.filter(pk=source.pk).exists()
    delete_fact(Milestone.objects.get(key="n1"), "test")
    assert "16 milestones" in text_in(ben.get(address(source, "delete")))


@pytest.mark.parametrize("spoilt", ["", "no JSON", "[1]", '{"": "1", "milestones": 7}', '{"": {"1": "9e9"}}'])
def test_a_form_whose_hidden_fields_were_spoilt_is_answered(ben: Client, spoilt: str) -> None:
    at = address(project())
    form = {**opened(ben, at), "_opened": spoilt, "city": "Hel"}
    assert ben.post(at, form).status_code in (302, 409)
    choices = {"_base": spoilt, "_theirs:city": spoilt, "_choice:city": "theirs"}
    assert ben.post(at, {**form, **choices}).status_code in (302, 409)
