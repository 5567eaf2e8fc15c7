"""The history of records: kept by every door, searched, exported, compared and restored."""

import csv
import re
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portfolio.models import ContributionEvent, Milestone, Project, Source
from tests.admin.editing import editor, form_in, opened, text_in
from tests.bundles import load, saved
from tests.making import Made


@pytest.fixture
def made(db: None, tmp_path: Path) -> Made:
    found = Made().project("p").project("q")
    found.contribution("C-1", ("announced", "2026-01-01", "10"), ("signed", "2026-02-01", "20"))
    found.add("milestones", project="p", key="m1", title="First", source="src")
    load(saved(found.rows, tmp_path / "bundle"))
    return found


@pytest.fixture
def anna(made: Made) -> Client:
    return editor("anna")


def at(record: Any, what: str = "change") -> str:
    return f"/admin/portfolio/{record._meta.model_name}/{record.pk}/{what}/"


def edit(client: Client, record: Any, **fields: str) -> None:
    response = client.post(at(record), {**opened(client, at(record)), **fields})
    assert response.status_code == 302, text_in(response)


def rows_of(client: Client, **search: str) -> list[dict[str, str]]:
    response = client.get("/history/", {**search, "format": "csv"})
    assert response.status_code == 200
    content = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(content)))


def test_every_door_leaves_who_when_how_and_both_values(anna: Client, made: Made, tmp_path: Path) -> None:
    project = Project.objects.get(slug="p")
    edit(anna, project, city="Gdańsk")
    milestone = Milestone.objects.get()
    chosen = {"action": "delete_selected", "_selected_action": [milestone.pk]}
    anna.post("/admin/portfolio/milestone/", form_in(anna.post("/admin/portfolio/milestone/", chosen)))
    made.rows["projects"][0]["city"] = "Kraków"
    load(saved(made.rows, tmp_path / "again"))
    found = [
        (row["door"], row["changed_by"], row["what"], row["field"], row["old"], row["new"])
        for row in rows_of(anna, key="p")
        if row["kind"] == "milestone" or row["field"] == "city"
    ]
    assert ("command", "", "changed", "city", "Gdańsk", "Kraków") in found
    assert ("admin", "anna", "changed", "city", "", "Gdańsk") in found
    assert ("selected", "anna", "removed", "title", "First", "") in found
    assert ("command", "", "added", "title", "", "First") in found


def test_events_are_found_by_a_part_of_their_kind(anna: Client) -> None:
    event = ContributionEvent.objects.get(kind="signed")
    edit(anna, event, amount="25", confidence="confirmed")
    for part in ("signed", "IGNE"):
        found = {(row["kind"], row["record"]) for row in rows_of(anna, key=part)}
        assert found == {("contributionevent", str(event.pk))}, part
    assert rows_of(anna, key="unsigned") == []


def test_a_search_narrows_by_person_kind_key_field_day_and_door(anna: Client) -> None:
    event = ContributionEvent.objects.get(kind="signed")
    edit(anna, event, amount="25", confidence="confirmed")
    edit(anna, Project.objects.get(slug="q"), city="Hel")
    amounts = rows_of(anna, field="amount", door="admin")
    assert [(row["field"], row["old"], row["new"]) for row in amounts] == [("amount", "20.00", "25.00")]
    assert {row["kind"] for row in rows_of(anna, person="ANNA")} == {"contributionevent", "project"}
    assert {row["key"] for row in rows_of(anna, key="C-1", kind="contributionevent")} == {
        "C-1, announced",
        "C-1, signed",
    }
    assert rows_of(anna, until="2001-01-01") == []
    assert rows_of(anna, since="2001-01-01", kind="project", door="admin")[0]["new"] == "Hel"
    page = anna.get("/history/", {"field": "amount", "door": "admin"})
    assert "1 change" in text_in(page)
    assert "20.00 25.00" in text_in(page)
    refused = anna.get("/history/", {"since": "yesterday", "door": "window", "after": "x.y"})
    assert refused.status_code == 400
    for words in (
        "“yesterday” is not a day",
        "door: “window” is none, accepted: admin",
        "no place in this list",
    ):
        assert words in text_in(refused)


def test_pages_go_on_where_the_last_one_ended_at_a_constant_cost(
    anna: Client, made: Made, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    for number in range(120):
        made.add("milestones", project="q", key=f"n{number}", title=f"Step {number}", source="src")
    load(saved(made.rows, tmp_path / "more"))
    seen: list[str] = []
    address = "/history/?kind=milestone"
    while address:
        with django_assert_max_num_queries(25):
            page = anna.get(address).content.decode()
        rows = page.split('<tr><th scope="row">')[1:]
        seen.extend(row.split("</th>")[0] for row in rows)
        older = [part for part in page.split('href="') if "Older</a>" in part]
        address = "/history/" + older[0].split('"')[0].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 121


@pytest.mark.parametrize(("role", "sees"), [("Viewer", True), ("Editor", True), ("", False)])
def test_the_history_shows_what_somebody_may_see(made: Made, role: str, sees: bool) -> None:
    if not role:
        assert Client().get("/history/").status_code == 302
        return
    client = editor("someone", role)
    kinds = {row["kind"] for row in rows_of(client)}
    assert ("project" in kinds) is sees
    assert "alertthreshold" not in kinds


def test_its_csv_is_what_its_metadata_says(anna: Client) -> None:
    edit(anna, Project.objects.get(slug="p"), city="Gdańsk", host="=AGH")
    link = re.fullmatch(r"<(.+)>; rel=.*", anna.get("/history/?key=p&format=csv")["Link"])
    assert link
    metadata = anna.get(link[1])
    assert metadata["Content-Type"] == "application/csvm+json"
    [table] = metadata.json()["tables"]
    assert "key=p" in table["url"]
    columns = {column["name"]: column for column in table["tableSchema"]["columns"]}
    rows = rows_of(anna, key="p")
    assert list(rows[0]) == list(columns)
    for row in rows:
        assert not {name for name in columns if columns[name]["required"] and not row[name]}
        assert re.fullmatch(columns["door"]["datatype"]["format"], row["door"])
        assert datetime.fromisoformat(row["changed_at"]).tzinfo
    assert anna.get("/history/csv-metadata.json?since=x").status_code == 400


def test_any_two_versions_are_compared_and_any_is_restored(anna: Client) -> None:
    project = Project.objects.get(slug="p")
    edit(anna, project, city="Gdańsk")
    edit(anna, project, city="Kraków", host="AGH")
    versions = list(project.history.order_by("history_id").values_list("history_id", flat=True))  # type: ignore[attr-defined]
    page = anna.get(at(project, "history"), {"from": versions[2], "to": versions[0]})
    text = text_in(page)
    assert f"Version {versions[0]} compared with version {versions[2]}" in text
    assert "City empty Kraków" in text
    assert "City: Gdańsk Kraków" in text
    address = at(project, "history") + f"{versions[1]}/"
    form = opened(anna, address, "seen")
    assert "City Kraków Gdańsk" in text_in(anna.get(address))
    edit(editor("ben"), project, host="Other")
    late = anna.post(address, form)
    assert late.status_code == 409
    assert "changed meanwhile" in text_in(late)
    assert anna.post(address, form_in(late, "seen")).status_code == 302
    project.refresh_from_db()
    assert (project.city, project.host) == ("Gdańsk", "")
    newest = project.history.latest()  # type: ignore[attr-defined]
    assert newest.history_user.username == "anna"
    assert newest.history_change_reason == f"restored version {versions[1]}"


def test_a_deleted_record_is_restored_by_the_same_checks(anna: Client) -> None:
    event = ContributionEvent.objects.get(kind="signed")
    gone = event.pk
    anna.post(at(event, "delete"), opened(anna, at(event, "delete")))
    event.pk = gone
    version = ContributionEvent.history.filter(id=gone).latest().history_id  # type: ignore[attr-defined]
    address = at(event, "history") + f"{version}/"
    other = ContributionEvent(
        contribution=event.contribution,
        kind="signed",
        occurred_on=event.occurred_on,
        confidence="reported",
        source=Source.objects.get(),
    )
    other.save()
    refused = anna.post(address, opened(anna, address, "seen"))
    assert refused.status_code == 409
    assert "It was not restored." in text_in(refused)
    other.delete()
    assert anna.post(address, opened(anna, address, "seen")).status_code == 302
    assert str(ContributionEvent.objects.get(pk=gone).amount_eur) == "20.00"
    viewer = editor("vera", "Viewer")
    assert viewer.get(address).status_code == 200
    assert viewer.post(address, {"seen": "1"}).status_code == 403
