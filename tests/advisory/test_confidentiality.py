"""What is confidential, door by door: no text, score or day of it for who may not see it.

One word stands in every confidential text of the example and nowhere else. Scores and days are looked for
where they could show.
"""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from advisory.exports.lists import LISTS
from advisory.jobs.digests import choose, send_digests
from advisory.models import AdvisoryFunnel, AdvisoryNote, ReadinessAssessment
from advisory.queries.access import SEES_ASSESSMENTS
from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import answer_requests
from portfolio.models import Alert, RecomputeRequest
from tests.advisory.making import SECRET, person, signed_in, version_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example")]
READERS = ["Viewer", "Analyst", "Editor"]  # who see advice, and nothing confidential
INSIDERS = ["Officer", "Administrator"]
PAGES = [
    "/advice/",
    "/advice/?lead=ada",
    "/advice/requests/R-1/",
    "/advice/requests/R-1/?as_of=2026-02-01",
    "/advice/engagements/E-1/",
    "/advice/funnel/",
    "/advice/workload/",
    "/advice/advisers/",
    "/advice/deliverables/",
    "/advice/explain/advisory_funnel/overall/ready/",
    "/advice/explain/advisory_funnel/overall/median_readiness_gain/",
    "/advice/explain/advisory_funnel/project.giga-a/engagement_started/",
    "/projects/giga-a/",
    "/alerts/",
    "/changes/",
    "/data/",
    "/",
]
CONFIDENTIAL_PAGES = [
    "/advice/assessments/A-2/",
    "/advice/assessments/nope/",
    "/advice/record/note/?of=R-1",
    "/advice/record/note/R-1-N1/",
    "/advice/record/meeting/R-1-M1/",
    "/advice/requests/R-1/assess/",
    "/advice/assessments/A-2/change/",
]


def client_of(role: str) -> Client:
    return signed_in(role, staff=True) if role else Client()


def body_of(client: Client, address: str) -> tuple[int, str]:
    response = client.get(address)
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return response.status_code, unescape(body.decode("utf-8", "replace"))


@pytest.mark.parametrize("role", READERS)
def test_pages_say_nothing_confidential(role: str) -> None:
    client = client_of(role)
    for address in PAGES:
        status, body = body_of(client, address)
        assert status == 200, address
        assert SECRET not in body, address
        # The day of an assessment, its score and its bounds stand nowhere either; fractions of seconds may.
        body = re.sub(r'datetime="[^"]*T[^"]*"', "", body)
        for trace in ("15 January 2026", "2026-01-15", "2.67 to 4", "1.33", "confidential</span>"):
            assert trace not in body, (address, trace)
    for address in CONFIDENTIAL_PAGES:
        status, body = body_of(client, address)
        assert status == 403, address
        assert SECRET not in body
    # Whether there is an assessment with such a key cannot be told from the refusal.
    assert body_of(client, CONFIDENTIAL_PAGES[0])[0] == body_of(client, CONFIDENTIAL_PAGES[1])[0]


@pytest.mark.parametrize("role", INSIDERS)
def test_who_may_see_it_does(role: str) -> None:
    client = client_of(role)
    status, body = body_of(client, "/advice/requests/R-1/")
    assert status == 200
    assert f"The lender hesitates, {SECRET}" in body
    assert "15 January 2026" in body
    assert f"Signed {SECRET}" in body_of(client, "/advice/assessments/A-2/")[1]
    assert body_of(client, "/api/v1/advisory-readiness/?format=csv")[0] == 200


@pytest.mark.parametrize("role", READERS)
def test_lists_and_files_hold_nothing_confidential(role: str) -> None:
    client = client_of(role)
    for table in LISTS:
        if table.address:
            continue
        status, body = body_of(client, f"/api/v1/{table.name}/?format=csv")
        assert status == (403 if table.permission == SEES_ASSESSMENTS else 200), table.name
        assert SECRET not in body, table.name
        assert "2026-01-15" not in body, table.name
        names = {column.name for column in table.columns}
        assert not names & {"ready_on", "assessed"}, table.name
    for name in ("advisory-notes", "advisory-meetings", "readiness-assessments", "readiness-scores"):
        assert body_of(client, f"/api/v1/{name}/?format=csv")[0] == 404, name
    for asked in (
        "ready_on=2026-01-15",
        "notes__text__contains=a",
        "fields=request,ready_on",
        "sort=ready_on",
    ):
        status, body = body_of(client, f"/api/v1/advisory-cases/?{asked}")
        assert status == 400, asked
    status, body = body_of(client, "/api/v1/advice-explanations/advisory-funnel/overall/ready/")
    assert status == 404
    assert "confidential" in body
    for name in ("changes", "alerts", "recomputations"):
        assert SECRET not in body_of(client, f"/api/v1/{name}/?format=csv")[1], name


@pytest.mark.parametrize("role", READERS)
def test_the_administration_and_its_search_and_history_are_closed(role: str) -> None:
    client = client_of(role)
    note, assessment = AdvisoryNote.objects.get(), ReadinessAssessment.objects.first()
    assert assessment is not None
    for address in (
        "/admin/advisory/advisorynote/",
        f"/admin/advisory/advisorynote/{note.pk}/change/",
        f"/admin/advisory/advisorynote/{note.pk}/history/",
        f"/admin/advisory/readinessassessment/{assessment.pk}/change/",
        f"/admin/advisory/readinessassessment/{assessment.pk}/history/",
        "/admin/autocomplete/?app_label=advisory&model_name=advisorynote&field_name=meeting&term=Kick",
    ):
        status, body = body_of(client, address)
        assert status == 403, address
        assert SECRET not in body
    # Filters through relations could tell texts apart letter by letter.
    for base in ("/admin/advisory/advisoryrequest/", "/admin/portfolio/project/"):
        path = "notes__text" if "request" in base else "advisory_requests__notes__text"
        assert client.get(f"{base}?{path}__icontains={SECRET}").status_code == 400, base
        found = body_of(client, f"{base}?q={SECRET}")[1]  # which repeats the word that was looked for
        assert "R-1" not in found
        assert "giga-a" not in found


def visible_links(body: str) -> Iterator[str]:
    yield from (link for link in re.findall(r'href="(/advice/[^"#]*)', body))


def test_no_link_of_a_reader_leads_to_what_is_confidential() -> None:
    client, seen, waiting = client_of("Viewer"), {"/advice/"}, ["/advice/"]
    while waiting:
        status, body = body_of(client, waiting.pop())
        assert status == 200
        for link in visible_links(body):
            assert "/assessments/" not in link
            assert "/record/" not in link
            if link not in seen and "/explain/" not in link:
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 6


def test_a_page_kept_by_one_reader_is_not_another_readers() -> None:
    outsider, insider = client_of("Viewer"), client_of("Officer")
    tag = insider.get("/advice/requests/R-1/")["ETag"]
    answer = outsider.get("/advice/requests/R-1/", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    assert "private" in answer["Cache-Control"]


def test_messages_alerts_requests_and_mail_say_nothing(caplog: pytest.LogCaptureFixture) -> None:
    note = AdvisoryNote.objects.get()
    note.text += " more"
    save_fact(note, "test")
    assessment = ReadinessAssessment.objects.get(key="A-2")
    save_fact(assessment, "test")
    reasons = list(RecomputeRequest.objects.values_list("reason", flat=True))
    answer_requests()
    alerts = list(Alert.objects.values_list("sentence", "measured", "threshold", "subject_name", "key"))
    assert [alert for alert in alerts if "The model" in alert[0]]
    lead = person("Officer", name="ada", email="ada@example.org")
    choose(lead, "daily", deliverables=True, stalled=True, own_only=False)
    assert send_digests(next_working_day()) == 1
    said = [*reasons, str(alerts), mail.outbox[0].subject, str(mail.outbox[0].body), caplog.text]
    assert not [text for text in said if SECRET in text]


def next_working_day() -> date:
    day = date(2026, 11, 25)
    while day.weekday() > 4:
        day += timedelta(1)
    return day


def test_refusals_quote_nothing(client: Client) -> None:
    client.force_login(person("Editor", staff=True))
    note = AdvisoryNote.objects.get()
    page = client.get(f"/admin/advisory/advisoryrequest/{note.request_id}/delete/")
    assert page.status_code == 200
    # Nor the keys of what stands in the way, to who may not see it: in the administration and in the pages.
    address = "/advice/record/request/R-1/"
    opened = {"version": version_in(client.get(address))}
    for refused in (page, client.post(f"{address}delete/", opened)):
        body = refused.content.decode()
        assert "advisory engagement" in body.lower()
        assert "records that you may not see" in body
        for trace in (SECRET, "R-1-N1", "R-1-M1", "A-1"):
            assert trace not in body, trace
    for address in ("/advice/record/note/R-1-N1/delete/", "/advice/assessments/A-2/delete/"):
        assert client.post(address, {"version": "1"}).status_code == 403, address
    answer = client.post("/advice/record/note/?of=R-1", {"key": "R-1-N1", "text": "x"})
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()


def test_a_funnel_of_few_assessments_withholds_them() -> None:
    for row in AdvisoryFunnel.objects.all():
        assert (row.ready, row.median_days_to_ready, row.median_readiness_gain) == (None, None, None)
        assert "withheld" in row.incomplete


def test_a_saved_bundle_holds_nothing_confidential_unless_asked(tmp_path: Path) -> None:
    call_command("save_portfolio", tmp_path / "out", verbosity=0, stdout=io.StringIO())
    for path in (tmp_path / "out").iterdir():
        assert SECRET not in path.read_text(encoding="utf-8"), path.name
