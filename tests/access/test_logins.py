"""Signing in: wrong passwords, waits that lock nobody else out, and sessions."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from tests.access.people import person

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
RIGHT, WRONG = "a-long-password", "a-guess"
DOORS = ["/accounts/login/", "/admin/login/"]


@pytest.fixture(autouse=True)
def ana(db: None) -> User:
    ana = person("Editor", "ana")
    ana.is_staff = True
    ana.save()
    return ana


def sign_in(password: str, door: str = DOORS[0], name: str = "ana", address: str = HERE, **meta: Any) -> Any:
    form = {"username": name, "password": password}
    return Client().post(door, form, REMOTE_ADDR=address, **meta)


def succeeds(response: Any) -> bool:
    return response.status_code == 302


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """A login after five wrong passwords for ana from here."""
    statuses = [sign_in(WRONG, request.param).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    return str(request.param)


def test_too_many_wrong_passwords(door: str) -> None:
    response = sign_in(RIGHT, door)
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert response["Cache-Control"] == "no-store"
    page = response.content.decode()
    assert "Too many attempts to sign in" in page
    assert "5 passwords in a row" in page
    assert "15 minutes" in page
    assert "default-src 'none'" in response["Content-Security-Policy"]
    for other in DOORS:
        assert sign_in(RIGHT, other).status_code == 429


def test_nobody_else_is_held_up(door: str) -> None:
    person("Administrator", "ben")
    assert succeeds(sign_in(RIGHT, door, address=ELSEWHERE))
    assert succeeds(sign_in(RIGHT, DOORS[0], name="ben"))
    assert sign_in(RIGHT, door).status_code == 429, "signing in elsewhere does not end the wait here"


def test_a_made_up_address_changes_nothing(door: str) -> None:
    for address in (ELSEWHERE, "203.0.113.5, 203.0.113.6"):
        assert sign_in(RIGHT, door, HTTP_X_FORWARDED_FOR=address).status_code == 429


def test_behind_a_proxy_people_are_told_apart(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for _ in range(5):
        sign_in(WRONG, HTTP_X_FORWARDED_FOR=f"203.0.113.9, {ELSEWHERE}")
    assert sign_in(RIGHT, HTTP_X_FORWARDED_FOR=ELSEWHERE).status_code == 429
    assert succeeds(sign_in(RIGHT, HTTP_X_FORWARDED_FOR="192.0.2.3"))


def test_a_wait_ends_by_itself_whatever_is_tried_meanwhile(door: str) -> None:
    for _ in range(3):
        sign_in(WRONG, door)
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=14)
    )
    assert sign_in(WRONG, door).status_code == 429
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=1))
    assert succeeds(sign_in(RIGHT, door))


def test_another_browser_is_the_same_person(door: str) -> None:
    assert sign_in(RIGHT, door, HTTP_USER_AGENT="Another").status_code == 429


def test_the_right_password_ends_the_count() -> None:
    for _ in range(3):
        assert [sign_in(WRONG).status_code for _ in range(4)] == [200] * 4
        assert succeeds(sign_in(RIGHT))


def test_nobody_learns_which_accounts_there_are() -> None:
    known = [sign_in(WRONG) for _ in range(6)]
    unknown = [sign_in(WRONG, name="nobody") for _ in range(6)]
    assert [answer.status_code for answer in known] == [answer.status_code for answer in unknown]
    assert "ana" not in known[-1].content.decode().replace("analy", "").replace("manag", "")
    assert len(known[-1].content) == len(unknown[-1].content)


def test_an_administrator_lets_somebody_in(door: str, client: Client) -> None:
    admin = person("Administrator", "admin")
    admin.is_staff = True
    admin.save()
    client.force_login(admin)
    attempts = AccessAttempt.objects.values_list("pk", flat=True)
    response = client.post(
        "/admin/axes/accessattempt/", {"action": "let_in", "_selected_action": list(attempts)}
    )
    assert response.status_code == 302
    assert succeeds(sign_in(RIGHT, door))


def test_no_password_is_kept_or_logged(door: str, caplog: pytest.LogCaptureFixture) -> None:
    sign_in("a-secret-guess", door, name="ben")
    attempts = [*AccessAttempt.objects.values(), *AccessFailureLog.objects.values()]
    assert attempts
    assert WRONG not in repr(attempts)
    assert "a-secret-guess" not in repr(attempts) + caplog.text
    assert HERE not in caplog.text
    assert "ana" not in caplog.text


def test_sign_ins_are_recorded(client: Client) -> None:
    sign_in(WRONG)
    client.post(DOORS[0], {"username": "ana", "password": RIGHT}, REMOTE_ADDR=HERE)
    client.post("/accounts/logout/", REMOTE_ADDR=HERE)
    failed, log = AccessFailureLog.objects.get(), AccessLog.objects.get()
    assert (failed.username, failed.ip_address, failed.locked_out) == ("ana", HERE, False)
    assert (log.username, log.ip_address) == ("ana", HERE)
    assert log.logout_time is not None


def test_a_session_gets_a_new_key_at_login_and_ends_at_logout(client: Client) -> None:
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.post(DOORS[0], {"username": "ana", "password": RIGHT})
    during = client.session.session_key
    assert during != before
    assert client.get("/account/tokens/").status_code == 200
    client.post("/accounts/logout/")
    other = Client()
    for key in (before, during):
        other.cookies["sessionid"] = str(key)
        assert other.get("/account/tokens/").status_code == 302


def test_a_session_lasts_as_long_as_the_setting_says(client: Client) -> None:
    response = client.post(DOORS[0], {"username": "ana", "password": RIGHT})
    cookie = response.cookies["sessionid"]
    assert cookie["max-age"] == 12 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_new_password_and_a_closed_account_end_sessions(client: Client, ana: User) -> None:
    client.force_login(ana)
    ana.set_password("another-long-password")
    ana.save()
    assert client.get("/account/tokens/").status_code == 302
    client.force_login(ana)
    ana.is_active = False
    ana.save()
    assert client.get("/account/tokens/").status_code == 302


def test_the_login_leads_to_no_other_site() -> None:
    form = {"username": "ana", "password": RIGHT, "next": "https://example.com/"}
    assert Client().post(DOORS[0], form)["Location"] == "/"
