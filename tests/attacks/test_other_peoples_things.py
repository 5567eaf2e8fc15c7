"""What belongs to one person is not there for another, whatever their role and whatever address they know."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from portfolio.models import (
    ApiToken,
    BoardReport,
    Download,
    Proposal,
    SavedView,
    Scenario,
    ScenarioChange,
    SpreadsheetImport,
)
from tests.access.people import ROLES, made_token, person
from tests.advisory.making import SECRET
from tests.attacks.walking import ON_ONE_DATABASE, body_of

pytestmark = [pytest.mark.django_db, ON_ONE_DATABASE]

NOT_FOR = (302, 401, 403, 404, 405)
ADVICE = (
    "requests/R-1/",
    "engagements/E-1/",
    "assessments/A-1/",
    "deliverables/",
    "workload/",
    "record/note/R-1-N1/",
)


def private() -> dict[str, str]:
    """Return what each address that belongs to one person is asked: the method."""
    view, report = SavedView.objects.get(), BoardReport.objects.get()
    download, token = Download.objects.get(), ApiToken.objects.get(owner__username="olga")
    return {
        f"/account/views/{view.key}/rename/": "post",
        f"/account/views/{view.key}/delete/": "post",
        f"/account/tokens/{token.pk}/revoke/": "post",
        f"/reports/{report.key}/": "get",
        f"/reports/{report.key}/file/": "get",
        f"/reports/{report.key}/remove/": "post",
        f"/downloads/{download.key}/remove/": "post",
        f"/api/v1/downloads/{download.key}/": "get",
        f"/api/v1/downloads/{download.key}/file/": "get",
        "/scenarios/what-if/changes/": "post",
        "/scenarios/what-if/changes/1/remove/": "post",
        "/scenarios/what-if/describe/": "post",
        "/scenarios/what-if/delete/": "post",
    }


def state() -> list[Any]:
    """Return what the attacks are after, to compare."""
    return [
        list(SavedView.objects.values("name", "query", "owner__username")),
        list(ApiToken.objects.filter(owner__username="olga").values("revoked_at", "name")),
        list(BoardReport.objects.values("title", "owner__username")),
        list(Download.objects.values("state", "owner__username")),
        list(Scenario.objects.values("name", "note", "created_by__username")),
        list(ScenarioChange.objects.values("kind", "position")),
        list(SpreadsheetImport.objects.values("status", "plan", "file_name")),
        Proposal.objects.count(),
    ]


def lists_what_is_olgas(client: Client, role: str, address: str) -> bool:
    """Whether a list of one's own things has something of olga's."""
    if role == "Administrator" and "/downloads/" in address:
        return False  # as above
    page = body_of(client.get(address))
    found = [one.objects.get().key for one in (SavedView, BoardReport, Download)]
    return any(str(key) in page for key in [*found, ApiToken.objects.get(owner__username="olga").prefix])


def test_nobody_reaches_what_belongs_to_somebody_else(world: dict[str, Client]) -> None:
    before, reached = state(), []
    people: dict[str, Client] = {"nobody": Client()}
    for role in ROLES:
        people[role] = Client()
        people[role].force_login(person(role, f"other-{role.lower()}"))
    for role, client in people.items():
        for address, method in private().items():
            if role == "Administrator" and ("/scenarios/" in address or "/downloads/" in address):
                continue  # Administrators tidy up scenarios and downloads: docs/access.md, docs/exports.md
            sent = {"name": "Stolen", "kind": "drop_project", "project": "giga-a"}
            response = getattr(client, method)(address, *([sent] if method == "post" else []))
            if response.status_code not in NOT_FOR or "/login/" not in response.get("Location", "/login/"):
                reached.append((role, address, response.status_code))
        shown = ("/reports/", "/downloads/", "/account/tokens/", "/account/views/", "/api/v1/downloads/")
        reached += [(role, address, 200) for address in shown if lists_what_is_olgas(client, role, address)]
    assert reached == []
    assert state() == before


def test_a_token_reaches_no_more_than_its_owner(world: dict[str, Client]) -> None:
    """Nor what is no API, nor beyond its scope."""
    token = made_token(person("Analyst", "ana"))
    headers = {"Authorization": f"Bearer {token}"}
    client, before = Client(), state()
    for address, method in private().items():
        response = getattr(client, method)(address, headers=headers)
        assert response.status_code in NOT_FOR, address
    refused = client.post("/api/v1/downloads/", {"list": "sources"}, "application/json", headers=headers)
    assert refused.status_code == 403, "a token that reads has nothing prepared"
    assert client.get("/account/tokens/", headers=headers).status_code == 302
    assert client.get("/admin/", headers=headers).status_code == 302
    assert state() == before


def test_imports_proposals_and_records_are_for_roles(world: dict[str, Client]) -> None:
    taken, before, reached = SpreadsheetImport.objects.get(), state(), []
    steps = ("recognise", "target", "columns", "settle", "map-again", "apply", "resume", "undo", "discard")
    addresses = {
        "/imports/": "get",
        f"/imports/{taken.pk}/": "get",
        **{f"/imports/{taken.pk}/{step}/": "post" for step in steps},
        "/operations/": "get",
        "/operations/checks/": "get",
    }
    for role in ("", "Viewer", "Officer", "Analyst"):
        client = Client()
        if role:
            client.force_login(person(role))
        for address, method in {**addresses, "/proposals/1/decide/": "post"}.items():
            response = getattr(client, method)(address)
            if response.status_code not in NOT_FOR:
                reached.append((role, address, response.status_code))
    assert reached == []
    assert state() == before


def test_confidential_advice_by_every_role_and_door(world: dict[str, Client]) -> None:
    """Nobody unknown sees advice, and a Viewer nothing that is confidential: pages, lists, files, history."""
    nobody, viewer = Client(), Client()
    viewer.force_login(person("Viewer"))
    seen = [address for address in ADVICE if nobody.get(f"/advice/{address}").status_code == 200]
    lists = ("advisory-cases", "advisory-readiness", "everything.zip")
    for address in [
        *(f"/advice/{part}" for part in ADVICE),
        "/history/?q=Zirkonblau",
        "/history/?kind=advisorynote",
    ]:
        page = body_of(viewer.get(address)).replace(f'value="{SECRET}"', "")
        seen += [address] if f"hesitates, {SECRET}" in page or f"{SECRET} one" in page else []
    for name in lists:
        for client in (nobody, viewer):
            response = client.get(f"/api/v1/{name}{'' if '.' in name else '/?format=csv'}")
            seen += [name] if SECRET in body_of(response) else []
    assert seen == []


def test_an_account_is_changed_by_administrators_alone(world: dict[str, Client]) -> None:
    root = User.objects.create_superuser("root", password="a-long-password")
    victim, reached = person("Viewer", "vera"), []
    for role in ROLES:
        thief = person(role, f"staff-{role.lower()}")
        User.objects.filter(pk=thief.pk).update(is_staff=True)
        client = Client()
        client.force_login(User.objects.get(pk=thief.pk))
        for person_, what in ((root, "change"), (root, "password"), (root, "delete"), (victim, "change")):
            form = {
                "username": person_.username,
                "password1": "kaleidoscope-7",
                "password2": "kaleidoscope-7",
            }
            form |= {"is_superuser": "on", "is_staff": "on", "is_active": "on", "post": "yes"}
            form |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "usable_password": "true"}
            response = client.post(f"/admin/auth/user/{person_.pk}/{what}/", form)
            if response.status_code == 200 or (person_ == victim and role != "Administrator"):
                reached += [(role, person_.username, what)] if response.status_code not in NOT_FOR[1:] else []
    assert reached == []
    root.refresh_from_db()
    assert root.check_password("a-long-password")
    assert list(User.objects.filter(is_superuser=True)) == [root]
