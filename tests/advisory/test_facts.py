"""The write door for facts of advice: history, data version, requests, and since when results can differ."""

import ast
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from advisory.models import (
    Adviser,
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryMeeting,
    AdvisoryNote,
    AdvisoryRequest,
    AdvisoryTriage,
    ReadinessAssessment,
    ReadinessCriterion,
    ReadinessScale,
    ReadinessScore,
)
from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.models import FactChange, RecomputeRequest
from portfolio.queries.results import data_version
from portfolio.rules.dates import today
from tests.advisory.making import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example")]
ADVISORY = Path(__file__).parent.parent.parent / "advisory"
WRITERS = {
    "save",
    "delete",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "create",
    "update",
}


def request() -> AdvisoryRequest:
    return AdvisoryRequest.objects.get(key="R-1")


def triage() -> AdvisoryTriage:
    return AdvisoryTriage(request=request(), decided_on=date(2026, 3, 1), outcome="deferred")


def note() -> AdvisoryNote:
    return AdvisoryNote(key="N", request=request(), written_on=date(2026, 3, 1), author="ada", text="Text")


def score() -> ReadinessScore:
    found = ReadinessScore.objects.get(assessment__key="A-2")
    found.level = 3
    return found


def idea() -> AdvisoryTriage:
    return AdvisoryTriage(
        request=AdvisoryRequest.objects.get(key="R-2"), decided_on=date(2026, 3, 1), outcome="accepted"
    )


def scale() -> ReadinessScale:
    found = ReadinessScale.objects.get()
    found.name = "Another name"
    return found


def done() -> AdvisoryDeliverable:
    found = AdvisoryDeliverable.objects.get()
    found.done_on = date(2026, 4, 1)
    return found


@pytest.mark.parametrize(
    ("made", "projects", "since"),
    [
        (triage, ["giga-a"], date(2026, 3, 1)),
        (score, ["giga-a"], date(2026, 1, 15)),
        (done, ["giga-a"], today()),
        (idea, [None], date(2026, 3, 1)),  # no project stands for a request without one
        (scale, [None], None),
        (note, [], None),
    ],
)
def test_a_fact_touches_its_project_from_its_day_on(
    made: Callable[[], Any], projects: list[str | None], since: date | None
) -> None:
    before = data_version()
    fact = made()
    save_fact(fact, "test")
    assert data_version() == before + 1
    asked = list(RecomputeRequest.objects.order_by("pk").values_list("project__slug", flat=True))
    assert asked == projects
    changes = FactChange.objects.filter(version=before + 1).values_list("project__slug", "since")
    assert list(changes) == [(project, since) for project in projects]
    newest = fact.history.latest()
    assert newest.history_change_reason == "test"


def test_a_request_that_moves_touches_both_projects() -> None:
    from portfolio.models import Project

    fact = request()
    fact.project = Project.objects.get(slug="giga-b")
    save_fact(fact, "test")
    assert set(RecomputeRequest.objects.values_list("project__slug", flat=True)) == {"giga-a", "giga-b"}


def future() -> Any:
    found = triage()
    found.decided_on = date(2999, 1, 1)
    return found


def of_another_scale() -> Any:
    other = ReadinessScale(key="s2", name="Two", in_use_from=date(2026, 1, 1), ready_at=3)
    save_fact(other, "test")
    criterion = ReadinessCriterion(key="s2-x", scale=other, area="x", name="X", weight=1)
    save_fact(criterion, "test")
    return ReadinessScore(assessment=ReadinessAssessment.objects.get(key="A-2"), criterion=criterion, level=1)


def of_another_request() -> Any:
    return ReadinessAssessment(
        key="A-9",
        request=AdvisoryRequest.objects.get(key="R-2"),
        engagement=AdvisoryEngagement.objects.get(),
        scale=ReadinessScale.objects.get(),
        assessed_on=date(2026, 3, 1),
        assessor="ada",
    )


def note_of_another_meeting() -> Any:
    found = note()
    found.request, found.meeting = AdvisoryRequest.objects.get(key="R-2"), AdvisoryMeeting.objects.get()
    return found


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (future, "in the future"),
        (of_another_scale, "is a criterion of s2; the assessment uses s1"),
        (of_another_request, "Engagement E-1 is on request R-1, not on R-2"),
        (note_of_another_meeting, "Meeting R-1-M1 is on another request"),
    ],
)
def test_what_rules_refuse(made: Callable[[], Any], sentence: str) -> None:
    fact = made()
    with pytest.raises(FactRefused, match=sentence):
        save_fact(fact, "test")


def test_what_others_refer_to_is_not_deleted() -> None:
    with pytest.raises(FactRefused, match="refer to it"):
        delete_fact(request(), "test")
    with pytest.raises(FactRefused, match="advisory engagement “E-1”"):
        delete_fact(Adviser.objects.get(key="ada"), "test")


def test_only_jobs_write() -> None:
    found = set()
    for path in ADVISORY.rglob("*.py"):
        name = path.relative_to(ADVISORY).as_posix()
        if name.startswith(("jobs/", "migrations/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in WRITERS
            ):
                found.add((name, node.func.attr))
    assert found == set()


# --- Administration -----------------------------------------------------------------------------------------


def test_an_editor_changes_a_request_in_the_administration() -> None:
    client = signed_in("Editor", staff=True)
    fact = request()
    form = {
        "key": "R-1",
        "project": fact.project_id,
        "requester": "Another",
        "country": "PL",
        "need": "A plan",
        "received_on": "2025-06-01",
        "source": fact.source_id,
        "triages-TOTAL_FORMS": 0,
        "triages-INITIAL_FORMS": 0,
    }
    response = client.post(f"/admin/advisory/advisoryrequest/{fact.pk}/change/", form)
    assert response.status_code == 302, response.content
    fact.refresh_from_db()
    assert fact.requester == "Another"
    assert fact.history.latest().history_user.username == "editor"  # type: ignore[attr-defined]


ROWS = {
    "requests, decisions, engagements, work packages, deliverables": (
        *("advisoryrequest", "advisorytriage", "advisoryengagement", "advisoryworkpackage"),
        "advisorydeliverable",
    ),
    "providers, advisers, capacities": ("advisoryprovider", "adviser", "advisercapacity"),
    "scales and criteria": ("readinessscale", "readinesscriterion"),
    "meetings and notes; assessments and their scores": (
        *("advisorymeeting", "advisorynote", "readinessassessment", "readinessscore"),
    ),
    "thresholds of advice": ("advicethreshold",),
}
WORDS = {"–": set(), "all": {"view", "add", "change", "delete"}}


def roles_table() -> dict[tuple[str, str], set[str]]:
    """Return what docs/advice.md says that each role may do with each row of its table of roles."""
    said = (ADVISORY.parent / "docs" / "advice.md").read_text().split("## Who may\n\n")[1].split("\n\n")[0]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines())
    return {
        (role, row[0]): WORDS.get(cell)
        or {word.replace("see", "view") for word in cell.split(", ") if word != "–"}
        for row in rows
        for roles, cell in zip(head[1:], row[1:], strict=True)
        for role in roles.split(", ")
    }


def test_each_role_may_do_what_the_documented_table_says_and_no_more() -> None:
    from tests.advisory.making import person

    said = roles_table()
    assert len(said) == 5 * len(ROWS)
    for role in ("Viewer", "Analyst", "Officer", "Editor", "Administrator"):
        somebody = person(role)
        for row, names in ROWS.items():
            for name in names:
                may = {verb for verb in WORDS["all"] if somebody.has_perm(f"advisory.{verb}_{name}")}
                assert may == said[role, row], (role, name)


def test_a_viewer_finds_nothing_confidential_in_the_administration() -> None:
    client: Client = signed_in("Viewer", staff=True)
    assert client.get("/admin/advisory/advisoryrequest/").status_code == 200
    for model in ("advisorynote", "advisorymeeting", "readinessassessment"):
        assert client.get(f"/admin/advisory/{model}/").status_code == 403, model
    index = client.get("/admin/").content.decode()
    assert "advisorynote" not in index
