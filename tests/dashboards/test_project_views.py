"""The list of projects: choices with counts, columns, files, saved views; and the page of one project."""

import csv
import io
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.dashboards.project_columns import COLUMNS
from portfolio.jobs.facts import save_fact
from portfolio.models import Alert, Project, SavedView
from portfolio.queries.project_list import SORTS
from portfolio.queries.versions import history_of
from tests.dashboards.pages import text_of
from tests.dashboards.scenario_pages import person

SHARED = ["Officer", "Analyst", "Editor", "Administrator"]


@pytest.fixture
def member(client: Client) -> Client:
    client.force_login(person("Analyst"))
    return client


def shown(client: Client, query: str) -> list[str]:
    context = client.get(f"/projects/{query}").context
    return [row.project.slug for row, _ in context["rows"]]


def counts(client: Client, query: str = "") -> dict[str, dict[str, int]]:
    facets = client.get(f"/projects/{query}").context["facets"]
    return {facet.name: {choice.value: choice.number for choice in facet.choices} for facet in facets}


def view_named(client: Client, name: str, query: str) -> Any:
    return client.post(f"/projects/{query}", {"name": name})


# --- Choices and their counts -------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_each_count_is_what_its_choice_would_show(client: Client) -> None:
    """For every word of every filter, beside filters of the other kinds."""
    for given in ("", "kind=ai_gigafactory&", "q=gigafactory&", "funding=gap&alerts=yes&"):
        for facet, words in counts(client, f"?{given}").items():
            others = "&".join(part for part in given.split("&") if not part.startswith(f"{facet}="))
            for word, number in words.items():
                found = shown(client, f"?{others}&{facet}={word}")
                assert len(found) == number, (given, facet, word)


@pytest.mark.usefixtures("small")
def test_several_choices_of_a_kind_keep_projects_of_any_of_them(client: Client) -> None:
    both = shown(client, "?funding=need_unknown&funding=fully_funded")
    apart = [*shown(client, "?funding=need_unknown"), *shown(client, "?funding=fully_funded")]
    assert sorted(both) == sorted(apart)
    assert set(shown(client, "?stage=any_selected&stage=withdrawn")) > {"giga-a", "giga-b", "giga-c"}
    assert shown(client, "?alerts=yes&alerts=no") == shown(client, "")
    assert shown(client, "?funding=plenty&alerts=perhaps&columns=nothing&stage=selected%00") == shown(
        client, ""
    )


@pytest.mark.usefixtures("small")
def test_a_past_day_counts_the_alerts_of_that_day(client: Client) -> None:
    assert counts(client)["alerts"]["yes"] > 0
    Alert.objects.update(first_seen_at="2026-11-01T00:00:00Z")
    past = counts(client, "?as_of=2026-06-30")["alerts"]
    assert past["yes"] == 0
    assert past["no"] == 6


@pytest.mark.usefixtures("small")
def test_totals_are_of_the_rows_that_are_shown_and_count_what_is_unknown(client: Client) -> None:
    for query in ("", "?kind=ai_gigafactory&stage=any_selected", "?funding=need_unknown"):
        context = client.get(f"/projects/{query}").context
        rows = [row for row, _ in context["rows"]]
        totals = context["totals"]
        for column in ("need_eur", "announced_eur", "signed_eur", "disbursed_eur", "gap_eur"):
            known = [getattr(row, column) for row in rows if getattr(row, column) is not None]
            assert totals[column] == sum(known, Decimal(0)), (query, column)
        assert totals["without_need"] == sum(row.need_eur is None for row in rows)
        assert totals["lower_bounds"] == sum(
            "amount_unknown" in row.incomplete or "no_exchange_rate" in row.incomplete for row in rows
        )
    assert "1 unknown" in text_of(client, "/projects/?kind=ai_gigafactory")


# --- Files of what is shown ---------------------------------------------------------------------------------


def file_of(client: Client, query: str) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns and rows of the CSV that a list leads to."""
    response = client.get(client.get(f"/projects/{query}").context["files"]["csv"])
    assert response.status_code == 200, query
    body = b"".join(response).decode() if response.streaming else response.content.decode()
    reader = csv.DictReader(io.StringIO(body))
    return list(reader.fieldnames or []), list(reader)


@pytest.mark.usefixtures("small")
def test_the_file_has_exactly_the_rows_and_the_order_of_every_sort(client: Client) -> None:
    for sort in SORTS:
        for query in (f"?sort={sort}", f"?sort=-{sort}"):
            assert [row["project"] for row in file_of(client, query)[1]] == shown(client, query), query


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "query",
    [
        "?q=gigafactory&kind=ai_gigafactory&sort=-gap",
        "?stage=any_selected&stage=none",
        "?stage=none",
        "?country=GR&country=DE",
        "?funding=gap&funding=need_unknown&alerts=yes",
        "?alerts=no",
        "?as_of=2026-06-30&alerts=yes&sort=-need",
        "?q=example+office",
    ],
)
def test_the_file_has_exactly_the_rows_of_every_filter(client: Client, query: str) -> None:
    assert [row["project"] for row in file_of(client, query)[1]] == shown(client, query)


@pytest.mark.usefixtures("small")
def test_the_file_has_the_columns_that_are_shown(client: Client) -> None:
    chosen = "&".join(f"columns={name}" for name in COLUMNS)
    names, rows = file_of(client, f"?{chosen}")
    expected = [column.of for column in COLUMNS.values() if column.of]
    assert names == ["project", "project_name", *expected, "incomplete"]
    page = client.get(f"/projects/?{chosen}")
    for (row, cells), line in zip(page.context["rows"], rows, strict=True):
        assert line["project"] == row.project.slug
        for cell in cells:
            if cell.column.kind in ("money", "need", "left", "percent", "count"):
                value = line[cell.column.of]
                assert (Decimal(value) if value else None) == cell.value, (row.project.slug, cell.column.name)
    assert file_of(client, "?columns=gap&columns=stage")[0] == [
        *("project", "project_name", "stage", "gap_eur", "incomplete")
    ]


@pytest.mark.usefixtures("small")
def test_unknown_comes_last_whichever_way_a_column_is_sorted(client: Client) -> None:
    for sort in ("need", "-need", "gap", "-gap", "coverage", "-coverage", "-potential_coverage"):
        column = COLUMNS[sort.removeprefix("-")].of
        rows = [getattr(row, column) for row, _ in client.get(f"/projects/?sort={sort}").context["rows"]]
        known = [value for value in rows if value is not None]
        assert rows == known + [None] * (len(rows) - len(known)), sort
        assert known == sorted(known, reverse=sort.startswith("-")), sort


@pytest.mark.usefixtures("small")
def test_links_of_the_page_keep_all_of_its_state(client: Client) -> None:
    query = "?stage=selected&stage=none&kind=ai_factory&columns=gap&columns=need&sort=-gap&as_of=2026-06-30"
    body = client.get(f"/projects/{query}").content.decode()
    links = [link for link in re.findall(r'href="(\?[^"]*)"', body) if "sort=name" in link]
    (by_name,) = {link.replace("&amp;", "&") for link in links}
    asked = parse_qs(by_name.removeprefix("?"))
    assert asked == {**parse_qs(query.removeprefix("?")), "sort": ["name"]}


# --- Saved views --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_a_view_is_saved_and_anybody_may_open_it_at_its_address(member: Client) -> None:
    query = "?q=giga&stage=any_selected&stage=bogus&columns=gap&columns=need&sort=-gap&page=7&unknown=1"
    address = view_named(member, "Gaps of  gigafactories", query).url
    view = SavedView.objects.get()
    assert view.name == "Gaps of gigafactories"
    assert view.query == "q=giga&stage=any_selected&sort=-gap&columns=need&columns=gap"
    anybody = Client()
    page = text_of(anybody, address)
    assert "View Gaps of gigafactories of analyst" in page
    assert "changed here since" not in page
    assert shown(anybody, f"?{urlsplit(address).query}") == shown(anybody, query)
    assert "changed here since" in text_of(anybody, f"{address}&kind=ai_factory")
    assert "Save this view" not in page
    assert "Gaps of gigafactories" in text_of(member, "/projects/")


@pytest.mark.usefixtures("small")
def test_two_views_of_a_person_have_two_names(member: Client) -> None:
    view_named(member, "Été", "?kind=ai_factory")
    refused = view_named(member, "ete", "?kind=ai_gigafactory")
    assert refused.status_code == 400
    body = refused.content.decode()
    assert "You have a view called “ete” already." in body
    assert 'value="ete"' in body
    assert shown(member, "?kind=ai_gigafactory") == [row.project.slug for row, _ in refused.context["rows"]]
    other = Client()
    other.force_login(person("Officer"))
    assert view_named(other, "Été", "").status_code == 302
    assert SavedView.objects.count() == 2


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [(" \t", "Name is empty"), ("x" * 101, "Name has 101 characters"), ("a\0b", "NUL character")],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(member: Client, name: str, sentence: str) -> None:
    refused = view_named(member, name, "?sort=-gap")
    assert refused.status_code == 400
    assert sentence in refused.content.decode()
    assert not SavedView.objects.exists()


@pytest.mark.usefixtures("small")
def test_a_view_is_renamed_and_deleted_by_its_owner_alone(member: Client) -> None:
    view_named(member, "One", "?kind=ai_factory")
    view_named(member, "Two", "?kind=ai_gigafactory")
    one = SavedView.objects.get(name="One")
    other = Client()
    other.force_login(person("Administrator"))
    for action in ("rename", "delete"):
        assert other.post(f"/account/views/{one.key}/{action}/", {"name": "Mine"}).status_code == 404
    refused = member.post(f"/account/views/{one.key}/rename/", {"name": "two"})
    assert refused.status_code == 400
    assert "You have a view called “two” already." in refused.content.decode()
    assert member.post(f"/account/views/{one.key}/rename/", {"name": "ONE"}).status_code == 302
    page = text_of(member, "/account/views/")
    assert "ONE" in page
    assert "2 views" in page
    assert member.post(f"/account/views/{one.key}/delete/").status_code == 302
    assert [view.name for view in SavedView.objects.all()] == ["Two"]
    assert text_of(Client(), f"/projects/?kind=ai_factory&view={one.key.hex}")


@pytest.mark.usefixtures("small")
def test_who_may_keep_views(client: Client) -> None:
    assert view_named(client, "A", "?sort=-gap").url.startswith("/accounts/login/?next=/projects/")
    for role in ("Viewer", *SHARED):
        client.force_login(person(role))
        may = role in SHARED
        assert view_named(client, "A", "").status_code == (302 if may else 403), role
        assert ("Save this view" in text_of(client, "/projects/")) is may
        assert client.get("/account/views/").status_code == (200 if may else 403), role


@pytest.mark.usefixtures("small")
def test_a_reader_is_never_told_that_nothing_changed_when_a_view_did(member: Client) -> None:
    tag = member.get("/projects/")["ETag"]
    assert member.get("/projects/", headers={"if-none-match": tag}).status_code == 304
    view_named(member, "One", "")
    changed = member.get("/projects/", headers={"if-none-match": tag})
    assert changed.status_code == 200
    member.post(f"/account/views/{SavedView.objects.get().key}/rename/", {"name": "Two"})
    renamed = member.get("/projects/", headers={"if-none-match": changed["ETag"]})
    assert renamed.status_code == 200
    assert "Two" in renamed.content.decode()


# --- One project --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_funding_by_financier_and_by_instrument_adds_up_to_the_row(client: Client) -> None:
    for project in Project.objects.all():
        context = client.get(f"/projects/{project.slug}/").context
        for by, *_, rows in context["funding"]:
            for column, _, euro, _ in context["funding_total"]:
                state = column.removesuffix("_eur")
                assert sum((row.sums[state] for row in rows), Decimal(0)) == euro, (project.slug, by, column)


@pytest.mark.usefixtures("small")
def test_the_waterfall_goes_from_the_need_to_the_gap(client: Client) -> None:
    context = client.get("/projects/giga-a/").context
    falls, row = context["falls"], context["row"]
    signed = [falls[share.kind][0] for share, _ in context["share_bars"] if share.signed_eur]
    place = Decimal(0)
    for segment in signed:
        assert abs(segment.x - place) <= Decimal("0.02")
        place = segment.x + segment.width
    (gap,) = falls["gap"]
    assert abs(gap.x - place) <= Decimal("0.02")
    assert abs(gap.width * row.need_eur / 100 - row.gap_eur) < row.need_eur / 1000
    assert client.get("/projects/factory-2/").context["falls"] == {}


@pytest.mark.usefixtures("small")
def test_all_stages_are_steps_and_an_end_is_the_last(client: Client) -> None:
    steps = client.get("/projects/giga-a/").context["steps"]
    states = [step.state for step in steps]
    assert len(steps) == 9
    assert states.count("now") == 1
    assert set(states[states.index("now") + 1 :]) == {"ahead"}
    ended = client.get("/projects/giga-c/").context["steps"]
    assert (ended[-1].label, ended[-1].state) == ("Withdrawn", "ended")
    assert "ahead" not in [step.state for step in ended]


@pytest.mark.usefixtures("small")
def test_who_edited_what_is_for_who_may_see_history(client: Client) -> None:
    assert "Who edited what" not in text_of(client, "/projects/giga-a/")
    editor = person("Editor", "erik")
    for slug, host in (("giga-a", "Host of A"), ("giga-b", "Host of B")):
        project = Project.objects.get(slug=slug)
        project.host = host
        save_fact(project, "a test")
        history_of(Project)._default_manager.filter(slug=slug, host=host).update(history_user=editor)
    client.force_login(person("Viewer"))
    page = text_of(client, "/projects/giga-a/")
    assert "Who edited what" in page
    assert "erik" in page
    edits = client.get("/projects/giga-a/").context["edits"]
    assert edits[0].made.by == "erik"
    assert "Host of B" not in page.split("Who edited what")[1].split("Sources")[0]


@pytest.mark.usefixtures("small")
def test_queries_of_somebody_who_may_see_everything_are_bounded(client: Client) -> None:
    client.force_login(person("Administrator"))
    for address, most in (("/projects/?columns=alerts", 30), ("/projects/giga-a/", 55)):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= most, (address, len(captured))
