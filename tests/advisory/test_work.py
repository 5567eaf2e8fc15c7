"""Working with advice without the administration: forms, named errors, no lost edits, board."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from advisory.models import (
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryNote,
    AdvisoryProvider,
    AdvisoryRequest,
    ReadinessAssessment,
    ReadinessCriterion,
    ReadinessScore,
)
from portfolio.jobs.recompute import answer_requests
from portfolio.models import Alert
from portfolio.queries.results import data_version
from portfolio.rules.dates import today
from tests.admin.editing import opened
from tests.advisory.making import signed_in, table, text_of, version_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example")]


ENGAGEMENT = {
    "key": "E-1",
    "kind": "project_advisory",
    "scope": "Plan and model",
    "budget_days": "40",
    "budget_eur": "60000.00",
    "starts_on": "2025-07-01",
    "ends_on": "2026-12-31",
    "source": "",
}


def engagement_form(**changed: str) -> dict[str, Any]:
    found = AdvisoryEngagement.objects.get()
    return {**ENGAGEMENT, "provider": found.provider_id, "lead": found.lead_id, **changed}


def test_a_form_given_back_as_it_stands_changes_nothing() -> None:
    client = signed_in("Officer")
    for address, kept in (("request/R-1", ("project", "source")), ("provider/eib", ("source",))):
        given = opened(client, f"/advice/record/{address}/", "version")
        assert client.post(f"/advice/record/{address}/", given).status_code == 302
        key = address.partition("/")[2]
        found: Any = (AdvisoryRequest if "request" in address else AdvisoryProvider).objects.get(key=key)
        assert all(getattr(found, name) is not None for name in kept)
    asked = AdvisoryRequest.objects.select_related("project", "source").get(key="R-1")
    assert (str(asked.project.slug), str(asked.source.key)) == ("giga-a", "example")  # type: ignore[union-attr]


def test_a_story_is_recorded_from_request_to_deliverable() -> None:
    client = signed_in("Officer")
    page = client.get("/advice/record/request/")
    assert f'value="ADV-{today().year}-001"' in page.content.decode()
    asked = {
        "key": "ADV-X",
        "project": "giga-b",
        "requester": "B",
        "need": "Help",
        "received_on": "2026-03-01",
    }
    answer = client.post("/advice/record/request/", asked)
    assert (answer.status_code, answer["Location"]) == (302, "/advice/requests/ADV-X/")
    client.post(
        "/advice/record/triage/?of=ADV-X",
        {"decided_on": "2026-03-20", "outcome": "accepted", "reason": "Fits"},
    )
    started = engagement_form(key="E-X", starts_on="2026-04-01", ends_on="")
    answer = client.post("/advice/record/engagement/?of=ADV-X", started)
    assert answer["Location"] == "/advice/engagements/E-X/"
    client.post("/advice/record/work-package/?of=E-X", {"key": "W", "title": "Model", "budget_days": "3"})
    client.post(
        "/advice/record/deliverable/?of=W", {"key": "D", "title": "First model", "due_on": "2026-05-01"}
    )
    client.post(
        "/advice/record/meeting/?of=ADV-X", {"key": "M", "held_on": "2026-04-02", "subject": "Kick-off"}
    )
    meeting = AdvisoryRequest.objects.get(key="ADV-X").meetings.get()
    said = {"key": "N", "meeting": meeting.pk, "written_on": "2026-04-02", "author": "me", "text": "All well"}
    client.post("/advice/record/note/?of=ADV-X", said)
    assert AdvisoryNote.objects.get(key="N").history.get().history_user.username == "officer"  # type: ignore[attr-defined]
    answer_requests()  # published at once: what a commit does outside of tests
    story = text_of(client.get("/advice/requests/ADV-X/"))
    for words in ("Accepted", "20 March 2026", "Engagement started", "1 April 2026", "Kick-off", "All well"):
        assert words in story, words
    assert "First model" in text_of(client.get("/advice/engagements/E-X/"))
    assert "ADV-X" in text_of(client.get("/advice/"))
    (case,) = (row for row in table(client, "advisory-cases") if row["request"] == "ADV-X")
    assert (case["accepted_on"], case["engagement_started_on"]) == ("2026-03-20", "2026-04-01")
    assert "ADV-X" in text_of(client.get("/projects/giga-b/"))
    assert 'id="advice"' not in client.get("/projects/giga-c/").content.decode()


@pytest.mark.parametrize(
    ("address", "given", "sentences"),
    [
        (
            "/advice/record/request/",
            {"key": "R-1", "project": "nope", "received_on": "tomorrow", "country": "ZZ"},
            [
                "There is no project “nope”. Give its slug.",
                "This field is required.",
                "Enter a valid date.",
                "“ZZ” is not a country code.",
                "Advisory request with this Key already exists.",
            ],
        ),
        (
            "/advice/record/triage/?of=R-1",
            {"decided_on": "2025-06-20", "outcome": "declined"},
            ["There is a decision of that day already: change that one."],
        ),
        (
            "/advice/record/triage/?of=R-1",
            {"decided_on": "2999-01-01", "outcome": "declined"},
            ["A decision on 2999-01-01 is in the future"],
        ),
        (
            "/advice/record/engagement/?of=R-1",
            {"key": "E-2", "kind": "lunch", "starts_on": "2026-03-01", "ends_on": "2026-02-01"},
            ["Select a valid choice. lunch is not one of the available choices."],
        ),
    ],
)
def test_errors_are_named_and_nothing_typed_is_lost(
    address: str, given: dict[str, str], sentences: list[str]
) -> None:
    client, before = signed_in("Officer"), data_version()
    response = client.post(address, given)
    assert response.status_code == 400
    page = text_of(response)
    for sentence in sentences:
        assert sentence in page, sentence
    for value in given.values():
        assert value in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode() or 'role="alert"' in response.content.decode()
    assert data_version() == before


def test_the_second_to_save_sees_what_the_first_changed() -> None:
    first, second = signed_in("Officer"), signed_in("Administrator")
    address = "/advice/record/engagement/E-1/"
    seen = version_in(first.get(address))
    assert version_in(second.get(address)) == seen
    assert (
        first.post(address, engagement_form(scope="Wider", budget_days="55", version=seen)).status_code == 302
    )
    refused = second.post(address, engagement_form(scope="Narrower", version=seen))
    assert refused.status_code == 409
    page = text_of(refused)
    assert "Changed meanwhile by officer" in page
    assert re.search(r"scope Plan and model Wider", page)
    assert re.search(r"budget, days 40 55", page)
    assert "Narrower" in refused.content.decode(), "what was typed is kept"
    engagement = AdvisoryEngagement.objects.get()
    assert (engagement.scope, str(engagement.budget_days)) == ("Wider", "55")
    again = engagement_form(scope="Narrower", budget_days="55", version=version_in(refused))
    assert second.post(address, again).status_code == 302
    engagement.refresh_from_db()
    assert (engagement.scope, str(engagement.budget_days)) == ("Narrower", "55")


def levels(**given: str) -> dict[str, str]:
    """Return the inputs of levels and evidence by area, such as fin="3"."""
    criteria = {criterion.area: criterion.pk for criterion in ReadinessCriterion.objects.all()}
    return {f"c{criteria[area]}-level": level for area, level in given.items()}


def test_an_assessment_is_recorded_with_its_scores_and_a_missing_one_is_unknown() -> None:
    client = signed_in("Officer")
    form = {"key": "A-3", "assessed_on": "2026-05-01", "assessor": "me", "engagement": "E-1"}
    assert client.post("/advice/requests/R-1/assess/", {**form, **levels(fin="3")}).status_code == 302
    found = ReadinessAssessment.objects.get(key="A-3")
    assert [(score.criterion.area, score.level) for score in found.scores.all()] == [("fin", 3)]
    page = text_of(client.get("/advice/assessments/A-3/"))
    assert "2.00 to 3.33 of 4" in page
    assert "1 of 2 are known" in page
    assert "unknown" in page
    assert "Compared with 15 January 2026" in page
    doubled = client.post("/advice/requests/R-1/assess/", {**form, "key": "A-2", **levels(fin="9")})
    assert doubled.status_code == 400
    for sentence in ("this key already", "of that day already", "9 is not one of the available choices"):
        assert sentence in text_of(doubled), sentence


def test_two_assessors_do_not_overwrite_each_other() -> None:
    first, second = signed_in("Officer"), signed_in("Administrator")
    address = "/advice/assessments/A-1/change/"
    form = {"key": "A-1", "assessed_on": "2025-07-01", "assessor": "me", "engagement": "E-1"}
    seen = version_in(first.get(address))
    given = {**form, "version": seen, **levels(fin="4", tech="2")}
    assert first.post(address, given).status_code == 302
    refused = second.post(address, {**form, "version": seen, **levels(fin="0", tech="0")})
    assert refused.status_code == 409
    assert re.search(r"Financial, level 1 4", text_of(refused))
    level = ReadinessScore.objects.get(assessment__key="A-1", criterion__area="fin").level
    assert level == 4
    again = {**form, "version": version_in(refused), **levels(fin="0", tech="")}
    assert second.post(address, again).status_code == 302
    found = dict(ReadinessScore.objects.filter(assessment__key="A-1").values_list("criterion__area", "level"))
    assert found == {"fin": 0, "tech": None}


def test_who_advises_is_recorded_here_too() -> None:
    client = signed_in("Officer")
    assert "EIB Advisory" in text_of(client.get("/advice/advisers/"))
    given = {"key": "npb", "name": "A promotional bank", "kind": "other_partner", "country": "SE"}
    answer = client.post("/advice/record/provider/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/advice/advisers/")
    provider = AdvisoryProvider.objects.get(key="npb").pk
    adviser = {"key": "cid", "name": "Cid Lead", "provider": provider, "account": "ada"}
    refused = client.post("/advice/record/adviser/", adviser)
    assert refused.status_code == 400
    assert "Another adviser has this account already." in text_of(refused)
    assert client.post("/advice/record/adviser/", {**adviser, "account": ""}).status_code == 302
    before = client.get("/advice/advisers/")
    assert re.search(r"Cid Lead.*?0 unknown", text_of(before))
    days = {"since": "2026-05-01", "days_per_month": "7.5"}
    assert client.post("/advice/record/capacity/?of=cid", days).status_code == 302
    doubled = client.post("/advice/record/capacity/?of=cid", days)
    assert doubled.status_code == 400
    answer_requests()
    after = client.get("/advice/advisers/", headers={"If-None-Match": before["ETag"]})
    assert re.search(r"Cid Lead.*?0 7.5 since 1 May 2026", text_of(after))
    assert "7.5 since" not in text_of(client.get("/advice/advisers/?as_of=2026-04-30"))
    assert "Cid Lead 0.0 of 7.5" in text_of(client.get("/advice/workload/"))


def test_records_are_deleted_by_who_may_as_they_were_seen() -> None:
    officer, editor = signed_in("Officer"), signed_in("Editor")
    address = "/advice/record/deliverable/E-1-W1D1/"
    assert "Delete it" not in text_of(officer.get(address))
    assert officer.post(f"{address}delete/", {}).status_code == 403
    seen = version_in(editor.get(address))
    changed = {"key": "E-1-W1D1", "title": "Another title", "due_on": "2026-03-01", "version": seen}
    assert officer.post(address, changed).status_code == 302
    refused = editor.post(f"{address}delete/", {"version": seen})
    assert refused.status_code == 409
    assert "Changed meanwhile by officer" in text_of(refused)
    assert f'action="{address}"' in refused.content.decode(), "what is saved from here goes to the record"
    standing = editor.post("/advice/record/engagement/E-1/delete/", version_of("engagement/E-1", editor))
    assert standing.status_code == 400
    assert "work package “Model”" in text_of(standing)
    gone = editor.post(f"{address}delete/", {"version": version_in(refused)})
    assert (gone.status_code, gone["Location"]) == (302, "/advice/engagements/E-1/")
    assert not AdvisoryDeliverable.objects.exists()
    history = AdvisoryDeliverable.history.first()  # type: ignore[attr-defined]
    assert (history.history_type, history.history_user.username) == ("-", "editor")
    assert editor.get(address).status_code == 404
    triage = AdvisoryRequest.objects.get(key="R-1").triages.get()
    decision = f"triage/{triage.pk}"
    gone = editor.post(f"/advice/record/{decision}/delete/", version_of(decision, editor))
    assert gone["Location"] == "/advice/requests/R-1/"


def version_of(record: str, client: Client) -> dict[str, str]:
    return {"version": version_in(client.get(f"/advice/record/{record}/"))}


def test_an_assessment_goes_with_its_levels_and_a_note_by_who_may_see_it() -> None:
    officer, admin = signed_in("Officer"), signed_in("Administrator")
    address = "/advice/assessments/A-1/"
    seen = {"version": version_in(admin.get(f"{address}change/"))}
    form = {"key": "A-1", "assessed_on": "2025-07-01", "assessor": "me", "engagement": "E-1"}
    assert officer.post(f"{address}change/", {**form, **seen, **levels(fin="4", tech="2")}).status_code == 302
    assert officer.post(f"{address}delete/", seen).status_code == 403
    refused = admin.post(f"{address}delete/", seen)
    assert refused.status_code == 409
    assert "Financial, level" in text_of(refused)
    assert admin.post(f"{address}delete/", {"version": version_in(refused)}).status_code == 302
    assert not ReadinessScore.objects.filter(assessment__key="A-1").exists()
    assert [found.key for found in ReadinessAssessment.objects.all()] == ["A-2"]
    note = "note/R-1-N1"
    assert admin.post(f"/advice/record/{note}/delete/", version_of(note, admin)).status_code == 302
    assert not AdvisoryNote.objects.exists()


@pytest.mark.parametrize("role", ["Viewer", "Analyst"])
def test_readers_record_nothing(role: str) -> None:
    client = signed_in(role)
    for address in (
        "/advice/record/request/",
        "/advice/record/engagement/E-1/",
        "/advice/record/triage/?of=R-1",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, ENGAGEMENT).status_code == 403
    page = client.get("/advice/requests/R-1/").content.decode()
    assert "/advice/record/" not in page
    assert Client().post("/advice/record/request/", {}).status_code == 302


# --- Reading ------------------------------------------------------------------------------------------------


def test_the_board_is_narrowed_by_its_address(client: Client) -> None:
    assert "2 cases" in text_of(client.get("/advice/"))
    assert "1 case ," in text_of(client.get("/advice/?country=DE")).replace("case,", "case ,")
    for query, key in (("country=DE", "R-2"), ("provider=eib", "R-1"), ("lead=ada", "R-1")):
        page = text_of(client.get(f"/advice/?{query}"))
        assert key in page
        assert ({"R-1", "R-2"} - {key}).pop() not in page, query
    assert "0 cases" in text_of(client.get("/advice/?lead=bea"))
    assert "R-2" not in text_of(client.get("/advice/?as_of=2026-01-31"))


def test_ready_is_a_column_for_who_may_see_it(client: Client) -> None:
    assert 'id="step-ready"' not in client.get("/advice/").content.decode()
    officer = signed_in("Officer")
    assert 'id="step-ready"' in officer.get("/advice/").content.decode()


def test_alerts_stand_in_the_common_list_and_go_when_their_cause_goes() -> None:
    client = signed_in("Officer")
    page = client.get("/alerts/?kind=deliverable_overdue").content.decode()
    assert "“The model” of engagement E-1, led by Ada Lead was due on 1 March 2026" in unescape(page)
    assert "/advice/requests/R-1/" in page
    assert "Request R-2 has been in “received”" in text_of(client.get("/alerts/?kind=advice_stalled"))
    assert "The model" in text_of(client.get("/advice/deliverables/"))
    address = "/advice/record/deliverable/E-1-W1D1/"
    form = {"key": "E-1-W1D1", "title": "The model", "due_on": "2026-03-01", "done_on": "2026-03-09"}
    assert client.post(address, {**form, "version": version_in(client.get(address))}).status_code == 302
    assert AdvisoryDeliverable.objects.get().done_on == date(2026, 3, 9)
    answer_requests()
    assert Alert.objects.get(kind="deliverable_overdue").resolved_at is not None
    client.post("/advice/record/triage/?of=R-2", {"decided_on": "2026-03-20", "outcome": "redirected"})
    answer_requests()
    assert Alert.objects.get(kind="advice_stalled").resolved_at is not None


def test_workload_shows_days_of_capacity_and_what_waits(client: Client) -> None:
    page = text_of(client.get("/advice/workload/?as_of=2026-09-30"))
    assert re.search(r"Ada Lead \d\.\d of 10", page)
    assert "No accepted case waits" in page


def test_the_funnel_says_that_it_is_no_proof(client: Client) -> None:
    page = text_of(client.get("/advice/funnel/"))
    assert "This is no proof that advice was the cause." in page
    assert "withheld" in page
    response = client.get("/advice/explain/advisory_funnel/nope/ready/")
    assert response.status_code == 404
