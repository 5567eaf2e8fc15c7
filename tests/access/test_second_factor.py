"""A second factor beside the password: set up, asked for at both doors, used once, reset, demanded."""

import re
import time
from base64 import b32decode
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from operations.persons import export
from portfolio.models import AccessChange, RecoveryCode, SecondFactor
from portfolio.rules.second_factor import STEP_SECONDS, code_at
from tests.access.doors import ALWAYS_OPEN, API, doors
from tests.access.people import PAGE as TOKENS
from tests.access.people import asked, made_token, person
from tests.attacks.walking import ON_ONE_DATABASE

pytestmark = pytest.mark.django_db

PAGE, PICTURE, CODE_PAGE = (
    "/account/second-factor/",
    "/account/second-factor/picture.svg",
    "/accounts/second-factor/",
)
DOORS = {"/accounts/login/": "/", "/admin/login/": "/admin/"}
PASSWORD = "a-long-password"
RECOVERY = re.compile(r"<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code>")
LOGINS = ("/accounts/login/?next=", "/admin/login/?next=")


class Device:
    """What an app on somebody's device knows, and what was written down beside it."""

    step = 0  # the half minute that it is

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.client = Client()
        self.client.force_login(owner)
        body = self.client.get(PAGE).content.decode()
        text = re.findall(r'class="secret"[^>]*>([A-Z2-7 ]+)<', body)[0].replace(" ", "")
        self.secret = b32decode(text)
        response = self.client.post(PAGE, {"code": self.code()})
        assert response.status_code == 200
        self.recovery = RECOVERY.findall(response.content.decode())

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, self.step + steps)

    def wrong(self) -> str:
        right = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(10)) if code not in right)


def forget_last_code() -> None:
    """Let the code of this half minute count as not used yet."""
    SecondFactor.objects.update(last_step=0)


@pytest.fixture(autouse=True)
def one_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock by which codes are checked stand, so that none gets old while a test runs."""
    now = timezone.now()
    monkeypatch.setattr("portfolio.jobs.second_factors.timezone", SimpleNamespace(now=lambda: now))
    monkeypatch.setattr(Device, "step", int(now.timestamp() // STEP_SECONDS))


@pytest.fixture
def ana(db: None) -> User:
    ana = person("Editor", "ana")
    User.objects.filter(pk=ana.pk).update(is_staff=True)
    return User.objects.get(pk=ana.pk)


@pytest.fixture
def device(ana: User) -> Device:
    device = Device(ana)
    forget_last_code()
    return device


def password_given(door: str = "/accounts/login/", **more: Any) -> Client:
    """Return a browser that gave the right password, and was led to the page of codes."""
    client = Client(**more)
    form = {"username": "ana", "password": PASSWORD}
    if door in DOORS:
        form["next"] = DOORS[door]
    response = client.post(door, form)
    assert (response.status_code, response["Location"]) == (302, CODE_PAGE)
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(TOKENS).status_code == 200


def kinds() -> list[str]:
    return list(AccessChange.objects.order_by("id").values_list("kind", flat=True))


def test_setting_it_up(ana: User) -> None:
    client = Client()
    client.force_login(ana)
    elsewhere = Client()
    elsewhere.force_login(ana)
    assert client.get(PICTURE).status_code == 404, "there is nothing to draw yet"
    page = client.get(PAGE)
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    picture = client.get(PICTURE)
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert b"style=" not in picture.content
    assert b"<script" not in picture.content
    assert client.post(PAGE, {"code": "12345"}).status_code == 400
    assert not SecondFactor.objects.exists()
    device = Device(ana)
    assert len(set(device.recovery)) == 10
    assert device.client.get(PICTURE).status_code == 404, "nobody sees it again"
    body = device.client.get(PAGE).content.decode()
    assert "It is set up" in body
    assert device.recovery[0] not in body
    assert not is_signed_in(elsewhere), "what the password alone opened is closed"
    assert kinds() == ["second_factor_set"]


def test_nothing_is_kept_in_the_clear(device: Device) -> None:
    kept = repr([*SecondFactor.objects.values(), *RecoveryCode.objects.values()])
    assert device.secret not in kept.encode()
    assert SecondFactor.objects.get().sealed_secret not in repr(export(device.owner))
    for secret in (
        device.secret.hex(),
        *device.recovery,
        *(code.replace("-", "") for code in device.recovery),
    ):
        assert secret not in kept


@pytest.mark.parametrize("door", DOORS)
def test_both_doors_ask_for_a_code(device: Device, door: str) -> None:
    AccessLog.objects.all().delete()
    client = password_given(door)
    assert not is_signed_in(client)
    assert not AccessLog.objects.exists(), "nobody signed in yet"
    assert "Enter the code" in client.get(CODE_PAGE).content.decode()
    before = client.session.session_key
    response = client.post(CODE_PAGE, {"code": device.code()})
    assert (response.status_code, response["Location"]) == (302, DOORS[door])
    assert client.session.session_key != before
    assert is_signed_in(client)
    assert client.get("/admin/").status_code == 200
    assert AccessLog.objects.get().username == "ana"


def test_whoever_wanted_a_page_gets_there_and_nowhere_else(device: Device) -> None:
    for wanted, reached in ((TOKENS, TOKENS), ("https://example.org/", "/")):
        client = password_given(f"/accounts/login/?next={wanted}")
        forget_last_code()
        assert client.post(CODE_PAGE, {"code": device.code()})["Location"] == reached


@ON_ONE_DATABASE
@pytest.mark.usefixtures("closed")
def test_between_password_and_code_every_door_is_closed(device: Device) -> None:
    client, unmarked = password_given(), Client()
    unmarked.force_login(device.owner)
    for door in doors():
        if door.address in ALWAYS_OPEN:
            continue
        for browser in (client, unmarked):
            response = browser.get(door.address)
            if door.part == API:
                assert response.status_code == 401, door
            else:
                assert response.status_code == 302, door
                assert response["Location"].startswith(LOGINS), door


def test_a_code_is_right_once_and_for_a_minute(device: Device) -> None:
    client = password_given()
    for refused in (device.wrong(), device.code(-2), device.code(2), "", "12345", "１２３４５６"):
        AccessAttempt.objects.all().delete()
        assert client.post(CODE_PAGE, {"code": refused}).status_code == 200, refused
        assert not is_signed_in(client)
    late = device.code(-1)
    assert client.post(CODE_PAGE, {"code": f"{late[:3]} {late[3:]}"}).status_code == 302, "a clock may be off"
    again = password_given()
    assert again.post(CODE_PAGE, {"code": late}).status_code == 200, "it was used"
    now = device.code()
    assert again.post(CODE_PAGE, {"code": now}).status_code == 302
    for used in (late, now):
        third = password_given()
        assert third.post(CODE_PAGE, {"code": used}).status_code == 200, "neither it nor an older one"


def test_a_recovery_code_works_once(device: Device) -> None:
    code = device.recovery[3]
    client = password_given()
    assert client.post(CODE_PAGE, {"code": code.replace("-", " ").lower()}).status_code == 302
    assert "<b>9</b> recovery codes" in client.get(PAGE).content.decode()
    assert password_given().post(CODE_PAGE, {"code": code}).status_code == 200
    fresh = RECOVERY.findall(client.post(PAGE, {"action": "codes", "code": PASSWORD}).content.decode())
    assert len(fresh) == 10
    assert password_given().post(CODE_PAGE, {"code": device.recovery[0]}).status_code == 200, "an old one"
    assert password_given().post(CODE_PAGE, {"code": fresh[0]}).status_code == 302
    assert kinds() == ["second_factor_set", "recovery_code_used", "recovery_codes_made", "recovery_code_used"]


def test_wrong_codes_lock_out_as_wrong_passwords_do(device: Device) -> None:
    here: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.1"}
    elsewhere: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.2"}
    statuses = []
    for _ in range(5):  # the right password in between ends no count
        statuses.append(password_given(**here).post(CODE_PAGE, {"code": device.wrong()}).status_code)
    assert statuses == [200, 200, 200, 200, 429]
    assert (
        Client(**here).post("/accounts/login/", {"username": "ana", "password": PASSWORD}).status_code == 429
    )
    assert device.wrong() not in repr(list(AccessAttempt.objects.values()))
    assert password_given(**elsewhere).post(CODE_PAGE, {"code": device.code()}).status_code == 302
    person("Viewer", "ben")
    assert (
        Client(**here).post("/accounts/login/", {"username": "ben", "password": PASSWORD}).status_code == 302
    )


def test_from_many_addresses_codes_wait_and_recovery_codes_do_not(device: Device) -> None:
    SecondFactor.objects.update(wrong_codes=20, last_wrong_at=timezone.now())
    client = password_given()
    assert client.post(CODE_PAGE, {"code": device.code()}).status_code == 200
    assert client.post(CODE_PAGE, {"code": device.recovery[0]}).status_code == 302
    SecondFactor.objects.update(last_wrong_at=timezone.now() - timedelta(minutes=16))
    assert password_given().post(CODE_PAGE, {"code": device.code()}).status_code == 302


def test_a_password_given_long_ago_or_changed_since_counts_no_more(device: Device) -> None:
    client = password_given()
    session = client.session
    session["second_factor_owed"] = {**session["second_factor_owed"], "since": time.time() - 601}
    session.save()
    assert client.post(CODE_PAGE, {"code": device.code()})["Location"] == "/accounts/login/"
    client = password_given()
    device.owner.set_password("another-password")
    device.owner.save()
    assert client.post(CODE_PAGE, {"code": device.code()})["Location"] == "/accounts/login/"


def test_switching_it_off(device: Device) -> None:
    assert device.client.post(PAGE, {"action": "off", "code": "a-guess"}).status_code == 400
    assert SecondFactor.objects.exists()
    answer = device.client.post(PAGE, {"action": "off", "code": device.code()})
    assert "switched off" in answer.content.decode()
    assert not SecondFactor.objects.exists()
    response = Client().post("/accounts/login/", {"username": "ana", "password": PASSWORD})
    assert response["Location"] == "/"
    assert kinds()[-1] == "second_factor_off"


def test_an_administrator_resets_it(device: Device) -> None:
    boss = person("Administrator", "boss")
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    client = Client()
    form = {"action": "reset_second_factor", "_selected_action": [device.owner.pk]}
    client.force_login(User.objects.get(username="boss"))
    assert client.post("/admin/auth/user/", form).status_code == 302
    change = AccessChange.objects.first()
    assert change is not None
    assert (change.kind, change.subject, change.changed_by) == ("second_factor_reset", "ana", "boss")
    assert not SecondFactor.objects.exists()
    Device(device.owner)
    call_command("reset_second_factor", "ana")
    assert not SecondFactor.objects.exists()
    editor = Client()
    editor.force_login(device.owner)
    Device(boss)
    form["_selected_action"] = [boss.pk]
    assert editor.post("/admin/auth/user/", form).status_code == 403
    assert SecondFactor.objects.filter(owner=boss).exists()


def test_a_role_that_needs_one_opens_nothing_without(ana: User, settings: Settings) -> None:
    text = made_token(ana)
    settings.SECOND_FACTOR_ROLES = frozenset({"Editor"})
    client = Client()
    client.post("/accounts/login/", {"username": "ana", "password": PASSWORD})
    for address in ("/", TOKENS, "/admin/", "/history/", "/data/dictionary/"):
        response = client.get(address)
        assert (response.status_code, response.headers.get("Location")) == (302, PAGE), address
    assert client.post("/api/v1/downloads/", {}).status_code == 401
    assert "Your role needs a second factor" in client.get(PAGE).content.decode()
    assert asked(text).status_code == 200, "tokens are not affected"
    other = Client()
    other.force_login(person("Viewer", "ben"))
    assert other.get("/history/").status_code == 200
    by_provider = Client()
    by_provider.force_login(ana)
    session = by_provider.session
    session["signed_on"] = True
    session.save()
    assert is_signed_in(by_provider), "that is the provider's affair"
    assert "provider" in by_provider.get(PAGE).content.decode()
    device = Device(ana)
    assert is_signed_in(device.client)
    assert asked(text).status_code == 200
