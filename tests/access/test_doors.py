"""Door by door: who comes in, with reading open and closed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import include, path
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.views import APIView

from tests.access.doors import (
    ALWAYS_OPEN,
    API,
    Door,
    doors,
    is_answered,
    permission_stated,
)
from tests.access.people import asked, made_token, person
from tests.attacks.walking import ON_ONE_DATABASE

pytestmark = pytest.mark.django_db

WAY_OUT = "/admin/logout/"  # leads to the admin, which leads to the login
LOGINS = ("/accounts/login/?next=", "/admin/login/?next=")


def is_sent_to_the_login(response: Any) -> bool:
    return response.status_code == 302 and response.url.startswith(LOGINS)


def is_refused_with_a_problem(response: Any) -> bool:
    return (
        response.status_code == 401
        and response["Content-Type"] == "application/problem+json"
        and response["WWW-Authenticate"] == 'Bearer realm="api"'
        and response["Cache-Control"] == "no-store"
        and response.json()["title"] == "Sign-in needed"
    )


def test_every_address_is_one() -> None:
    assert [door for door in doors() if not is_answered(door)] == []


def test_every_door_is_listed() -> None:
    missing = {
        door
        for door in doors()
        if not (door.is_for_readers or door.is_for_roles or door.part == API)
        and door.address not in ALWAYS_OPEN
    }
    assert not missing, "say in tests/access/doors.py who may come in"


@ON_ONE_DATABASE
@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_without_public_reading_every_door_is_closed(client: Client, method: str) -> None:
    def is_closed(door: Door) -> bool:
        response = getattr(client, method)(door.address)
        if door.part == API and method == "head":
            return response.status_code == 401
        return is_refused_with_a_problem(response) if door.part == API else is_sent_to_the_login(response)

    assert [door for door in doors() if door.address not in ALWAYS_OPEN and not is_closed(door)] == []


@pytest.mark.usefixtures("closed")
def test_without_public_reading_nobody_learns_which_addresses_there_are(client: Client) -> None:
    for address in ("/api/", "/api/v1/", "/api/v1/nothing/", "/api/nothing", "/api/v1/projects/x/y/z"):
        assert is_refused_with_a_problem(client.get(address)), address


@ON_ONE_DATABASE
@pytest.mark.usefixtures("closed")
def test_without_public_reading_a_session_and_a_token_open_the_api(analyst: Client, token: str) -> None:
    """Whatever a door then says, it is not that somebody has to sign in."""
    for door in doors():
        if door.part == API:
            assert analyst.get(door.address).status_code not in (401, 302), door
            assert asked(token, door.address).status_code not in (401, 302), door


def test_with_public_reading_everybody_reads(client: Client) -> None:
    for door in doors():
        if door.is_for_readers or door.part == API:
            response = client.get(door.address)
            if door.part == API and permission_stated(door):
                assert is_refused_with_a_problem(response), door
            else:
                assert response.status_code != 401, door
                assert not is_sent_to_the_login(response), door


def test_with_public_reading_the_rest_is_for_who_is_signed_in(client: Client) -> None:
    for door in doors():
        if door.is_for_roles and door.address != WAY_OUT:
            assert is_sent_to_the_login(client.get(door.address)), door


def test_the_admin_is_for_staff(client: Client) -> None:
    client.force_login(person("Administrator"))
    for door in doors():
        if door.part == "admin" and door.address not in {*ALWAYS_OPEN, WAY_OUT}:
            assert is_sent_to_the_login(client.get(door.address)), door


def rows(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"results": []})


class StatedView(APIView):
    """A list that only who may see tokens may read."""

    permission_needed = "portfolio.view_apitoken"

    def get(self, request: Request) -> JsonResponse:
        return JsonResponse({"results": [request.user.get_username()]})


rows.permission_needed = "portfolio.view_apitoken"  # type: ignore[attr-defined]
urlpatterns = [
    path("api/v1/stated/", StatedView.as_view()),
    path("api/v1/plain/", rows),
    path("", include("investai.urls")),
]


@pytest.mark.parametrize("address", ["/api/v1/stated/", "/api/v1/plain/"])
def test_a_list_that_states_a_permission_is_for_who_has_it(
    client: Client, settings: Settings, address: str
) -> None:
    """With reading open to everybody, by session and by token."""
    settings.ROOT_URLCONF = __name__
    assert is_refused_with_a_problem(client.get(address))
    for role in ("Viewer", "Officer", "Analyst", "Editor"):
        client.force_login(person(role))
        response = client.get(address)
        assert response.status_code == 403, role
        assert response.json()["title"] == "Not for this role"
        assert response["Cache-Control"] == "no-store"
    assert asked(made_token(User.objects.get(username="analyst")), address).status_code == 403
    administrator = person("Administrator")
    client.force_login(administrator)
    assert client.get(address).status_code == 200
    assert asked(made_token(administrator), address).status_code == 200


def test_the_framework_answers_nothing_that_did_not_pass_the_gate(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("Gate")]
    client.force_login(person("Administrator"))
    assert client.get("/api/v1/stated/").status_code == 403
    assert client.get("/api/v1/sources/").status_code == 403
