"""What browsers and caches between are told: frames, kept pages, sessions and their cookies, passwords."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from tests.access.doors import API, doors
from tests.access.people import made_token, person
from tests.attacks.walking import ON_ONE_DATABASE, body_of, one_of_each

pytestmark = ON_ONE_DATABASE

PROBES = {"/healthz", "/readyz", "/metrics"}
MADE_TO_BE_FRAMED = "/embed/"  # by this site, and by whom EMBED_ANCESTORS names
FILES = ("everything.zip", "/file/")


def words(response: Any, header: str) -> set[str]:
    return {word.strip().lower() for word in response.get(header, "").split(",")}


def is_weak(address: str, response: Any) -> bool:
    """Whether an answer lets others frame it, scripts run that are not ours, or browsers guess."""
    policy = response.get("Content-Security-Policy", "")
    framed = address.startswith(MADE_TO_BE_FRAMED)
    by_whom = ("'none'", "'self'") if framed else ("'none'",)
    headers = {"X-Content-Type-Options": "nosniff"}
    if address not in PROBES:
        headers |= {"Referrer-Policy": "same-origin"} | ({} if framed else {"X-Frame-Options": "DENY"})
    return (
        "default-src 'none'" not in policy
        or not any(f"frame-ancestors {whom}" in policy for whom in by_whom)
        or "unsafe" in policy
        or "*" in policy
        or "camera=()" not in response.get("Permissions-Policy", "")
        or any(response.get(name) != value for name, value in headers.items())
    )


@pytest.mark.django_db
def test_every_answer_keeps_frames_scripts_and_sniffing_out(root: Client) -> None:
    """Of pages, refusals and errors alike."""
    addresses = [*(door.address for door in doors()), "/nothing/", "/api/v1/nothing/", "/nothing/x"]
    nobody = Client()
    answers = [(one, (nobody if one.startswith("/admin/") else root).get(one)) for one in addresses]
    assert [(one, dict(answer.headers)) for one, answer in answers if is_weak(one, answer)] == []


@pytest.mark.django_db
def test_no_page_is_kept_for_another_reader(world: dict[str, Client], root: Client) -> None:
    """With the tag of another's page, and that of nobody: the own page comes, never “not modified”."""
    nobody, emil = Client(), world["emil"]
    told, open_, public = [], 0, []
    for address, first in sorted(one_of_each(root).items()):
        if first.streaming or address.endswith(FILES):
            continue
        if not {"cookie"} <= words(first, "Vary") or not {"private", "no-store"} & words(
            first, "Cache-Control"
        ):
            public.append((address, first.get("Vary"), first.get("Cache-Control")))
        tag = first.get("ETag")
        if not tag:
            continue
        open_ += 1
        for other in (nobody, emil):
            if other.get(address, headers={"If-None-Match": tag}).status_code == 304:
                told.append(address)
    assert open_ > 20
    assert (told, [one for one in public if not one[0].startswith(("/favicon", "/data/tools/files"))]) == (
        [],
        [],
    )


@pytest.mark.django_db
def test_lists_of_the_api_are_kept_apart_by_reader(world: dict[str, Client]) -> None:
    """Lists that differ by reader: with the tag of one, another gets their own rows, never “not modified”."""
    nobody, olga = Client(), world["olga"]
    token = {"Authorization": f"Bearer {made_token(person('Editor', 'eve'))}"}
    for name in ("alerts", "advisory-funnel", "sources"):
        for query in ("", "?format=csv"):
            address = f"/api/v1/{name}/{query}"
            mine = olga.get(address)
            assert {"accept", "authorization", "cookie"} <= words(mine, "Vary"), address
            assert "private" in words(mine, "Cache-Control"), address
            body_of(mine)
            if name == "sources":
                continue
            for other, headers in ((nobody, {}), (nobody, token)):
                answer = other.get(address, headers={**headers, "If-None-Match": mine["ETag"]})
                same = headers and answer.status_code == 304
                assert answer.status_code == 200 or same, address
    page, file = olga.get("/api/v1/sources/"), olga.get("/api/v1/sources/?format=csv")
    assert page["ETag"] != file["ETag"]
    assert olga.get("/api/v1/sources/?format=csv", headers={"If-None-Match": page["ETag"]}).status_code == 200
    assert len([door for door in doors() if door.part == API]) > 50


@pytest.mark.django_db
def test_a_session_is_nobodys_but_who_signed_in() -> None:
    """A planted key is not taken over, an old one ends with the sign-out and with the password."""
    person("Analyst", "ana")
    form = {"username": "ana", "password": "a-long-password"}
    planted = Client()
    planted.cookies["sessionid"] = "planted0planted0planted0planted0"
    assert planted.post("/accounts/login/", form).status_code == 302
    key = planted.cookies["sessionid"].value
    assert key != "planted0planted0planted0planted0"
    assert planted.get("/accounts/logout/").status_code == 405, "no link signs anybody out"
    assert planted.post("/accounts/logout/").status_code == 302
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/account/tokens/").status_code == 302, "signed out for good"
    elsewhere = Client()
    elsewhere.post("/accounts/login/", form)
    ana = User.objects.get(username="ana")
    ana.set_password("another-long-one")
    ana.save()
    assert elsewhere.get("/account/tokens/").status_code == 302


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_other_sites() -> None:
    client = Client()
    person("Analyst", "ana")
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"username": "ana", "password": "a-long-password"})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
            True,
            "Lax",
            "/",
            "",
        )


def test_over_https_cookies_and_addresses_are_bound_to_it(settings_of: Callable[..., dict]) -> None:
    read = settings_of(HTTPS="on")
    for name in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert read[f"{name}_SECURE"] is True
        assert read[f"{name}_NAME"].startswith("__Host-")
    assert (read["SECURE_SSL_REDIRECT"], read["SECURE_HSTS_SECONDS"]) == (True, 31_536_000)


@pytest.mark.parametrize("weak", ["short-1", "password123", "12345678901", "mallory-smith"])
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, User(username="mallory-smith"))
