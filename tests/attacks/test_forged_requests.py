"""Requests that another site, or a form with more in it than it shows, makes somebody send."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from portfolio.models import ApiToken, BoardReport, Download, SavedView, Scenario
from tests.access.doors import API, doors
from tests.access.people import entered, person
from tests.attacks.walking import ON_ONE_DATABASE
from tests.downloads.asking import ask
from tests.reports.asking import form

pytestmark = [pytest.mark.django_db, ON_ONE_DATABASE]

PROBES = {"/healthz", "/readyz", "/metrics"}
REFUSED = (401, 403, 404, 405)
MORE = {
    "is_superuser": "on",
    "is_staff": "on",
    "id": "999",
    "pk": "999",
    "owner": "1",
    "owner_id": "1",
    "created_by": "1",
    "made_by": "root",
    "state": "ready",
    "status": "applied",
    "key": "00000000-0000-0000-0000-000000000001",
    "slug": "stolen",
    "digest": "0",
    "prefix": "stolen",
    "revoked_at": "2020-01-01",
    "data_version": "1",
    "created_at": "2020-01-01",
    "groups": "1",
}


@pytest.mark.parametrize("method", ["post", "delete"])
def test_no_door_takes_a_form_of_another_site(method: str) -> None:
    """By a session that may do everything: without the token of the form nothing that writes is answered."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root", password="a-long-password"))
    taken = [
        (door.address, response.status_code)
        for door in doors()
        if door.address not in PROBES
        and (response := getattr(client, method)(door.address)).status_code not in REFUSED
    ]
    assert taken == []
    assert client.get("/projects/").status_code == 200, "still signed in: nothing ended the session"


def test_the_api_takes_no_json_of_another_site_by_a_session(world: dict[str, Client]) -> None:
    before = Download.objects.count()
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="olga"))
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        body = '{"list": "sources", "format": "csv"}'
        assert client.post("/api/v1/downloads/", body, content_type=kind).status_code == 403, kind
    key = Download.objects.values_list("key", flat=True)[0]
    assert client.delete(f"/api/v1/downloads/{key}/").status_code == 403
    assert Download.objects.count() == before
    assert [door.address for door in doors() if door.part == API], "there are such doors"


def test_what_a_form_does_not_show_is_not_taken(world: dict[str, Client]) -> None:
    root = User.objects.create_superuser("root", password="a-long-password")
    officer = person("Officer", "mallory")
    client = Client()
    client.force_login(officer)
    more = {**MORE, "owner": str(root.pk), "owner_id": str(root.pk), "created_by": str(root.pk)}
    assert client.post("/scenarios/", {**more, "name": "More"}).status_code == 302
    assert client.post("/projects/", {**more, "name": "More"}).status_code == 302
    assert client.post("/account/tokens/", {**more, **entered(name="More")}).status_code == 200
    assert client.post("/reports/", {**more, **form(title="More", sections=["overview"])}).status_code == 302
    assert ask(client, "sources").status_code == 201
    made: list[tuple[Any, Any]] = [
        (Scenario.objects.get(name="More").created_by, Scenario.objects.get(name="More").slug),
        (SavedView.objects.get(name="More").owner, None),
        (ApiToken.objects.get(name="More").owner, None),
        (BoardReport.objects.get(title="More").owner, None),
    ]
    assert made == [(officer, "more"), (officer, None), (officer, None), (officer, None)]
    assert str(BoardReport.objects.get(title="More").key) != MORE["key"]
    assert ApiToken.objects.get(name="More").revoked_at is None
    assert User.objects.filter(is_superuser=True).get() == root
    officer.refresh_from_db()
    assert (officer.is_staff, [role.name for role in officer.groups.all()]) == (False, ["Officer"])


def test_the_api_refuses_what_it_does_not_know(world: dict[str, Client]) -> None:
    body = {"list": "sources", "format": "csv", "owner": 1, "state": "ready"}
    response = world["olga"].post("/api/v1/downloads/", body, content_type="application/json")
    assert response.status_code == 400
    assert "owner" in response.json()["detail"] + str(response.json())


def test_an_administrator_makes_nobody_more_than_that(world: dict[str, Client]) -> None:
    """By the form of accounts, with fields that it does not show."""
    boss = person("Administrator", "boss")
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=boss.pk))
    sent = {
        "username": "boss",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "user_permissions": ["1", "2"],
        "groups": [group.pk for group in boss.groups.all()],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }
    assert client.post(f"/admin/auth/user/{boss.pk}/change/", sent).status_code == 302
    boss.refresh_from_db()
    assert (boss.is_superuser, boss.user_permissions.count()) == (False, 0)
