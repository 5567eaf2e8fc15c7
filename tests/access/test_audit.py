"""What Administrators see of tokens, sign-ins and changes of who may do what; and that others don't."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from portfolio.models import AccessChange, ApiToken
from tests.access.people import ROLES, asked, made_token, person

pytestmark = pytest.mark.django_db

HERE = "192.0.2.1"
LISTS = {
    "portfolio/apitoken": "portfolio.view_apitoken",
    "portfolio/accesschange": "portfolio.view_accesschange",
    "axes/accesslog": "axes.view_accesslog",
    "axes/accessfailurelog": "axes.view_accessfailurelog",
    "axes/accessattempt": "axes.view_accessattempt",
}
PASSWORD = {"password1": "kaleidoscope-7", "password2": "kaleidoscope-7"}


def staff(role: str, name: str = "", **more: Any) -> User:
    user = person(role, name) if role else User.objects.create_user(name)
    User.objects.filter(pk=user.pk).update(is_staff=True, **more)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def admin(client: Client) -> Client:
    """An Administrator who is signed in, and asks from here."""
    client.force_login(staff("Administrator", "admin"))
    client.defaults["REMOTE_ADDR"] = HERE
    return client


@pytest.fixture
def root(client: Client) -> Client:
    """A superuser who is signed in, and asks from here."""
    client.force_login(staff("", "root", is_superuser=True))
    client.defaults["REMOTE_ADDR"] = HERE
    return client


def last_change() -> tuple[str, str, str, str, str]:
    change = AccessChange.objects.all()[0]
    return change.kind, change.subject, change.changed_by, change.address, change.detail


def form_of(user: User, **changed: Any) -> dict[str, Any]:
    """Return the admin's form of an account, as a browser sends it."""
    kept: dict[str, Any] = {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "groups": [group.pk for group in user.groups.all()],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        **changed,
    }
    return {name: value for name, value in kept.items() if value is not False}


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_what_is_recorded(client: Client, role: str) -> None:
    client.force_login(staff(role))
    for name in LISTS:
        expected = 200 if role == "Administrator" else 403
        assert client.get(f"/admin/{name}/").status_code == expected, name


def test_nobody_changes_what_is_recorded(root: Client) -> None:
    made_token(person("Analyst", "ana"))
    root.post("/accounts/login/", {"username": "ana", "password": "a-guess"})
    root.force_login(User.objects.get(username="root"))
    for name in LISTS:
        assert root.get(f"/admin/{name}/add/").status_code == 403, name
        page = root.get(f"/admin/{name}/").content.decode()
        assert "delete_selected" not in page, name
        for pk in range(1, 4):
            assert root.post(f"/admin/{name}/{pk}/change/", {}).status_code in (302, 403), name
            assert root.post(f"/admin/{name}/{pk}/delete/", {"post": "yes"}).status_code in (302, 403), name
    assert AccessChange.objects.filter(kind="token_made").count() == 1
    assert ApiToken.objects.count() == 1


def test_an_administrator_sees_tokens_without_what_is_kept_of_secrets(admin: Client) -> None:
    text = made_token(person("Analyst", "ana"))
    asked(text, REMOTE_ADDR="192.0.2.7")
    token = ApiToken.objects.get()
    listed = admin.get("/admin/portfolio/apitoken/").content.decode()
    one = admin.get(f"/admin/portfolio/apitoken/{token.pk}/change/").content.decode()
    for page in (listed, one):
        assert "Notebook" in page
        assert "ana" in page
        assert token.prefix in page
        assert token.digest not in page
        assert text not in page
    assert "192.0.2.7" in one


def test_an_administrator_revokes_tokens(admin: Client) -> None:
    text = made_token(person("Analyst", "ana"))
    token = ApiToken.objects.get()
    form = {"action": "revoke", "_selected_action": [token.pk]}
    assert admin.post("/admin/portfolio/apitoken/", form).status_code == 302
    assert asked(text).status_code == 401
    token.refresh_from_db()
    assert token.revoked_by is not None
    assert token.revoked_by.username == "admin"
    assert last_change() == ("token_revoked", "ana", "admin", HERE, str(token))


def test_an_account_is_added(admin: Client) -> None:
    form = {"username": "ben", "usable_password": "true", **PASSWORD}
    assert admin.post("/admin/auth/user/add/", form).status_code == 302
    kind, subject, by, address, detail = last_change()
    assert (kind, subject, by, address) == ("account_added", "ben", "admin", HERE)
    assert "active: yes; staff status: no; superuser: no; roles: none" in detail


def test_an_account_is_changed(admin: Client) -> None:
    ben = person("Viewer", "ben")
    roles = [Group.objects.get(name=name).pk for name in ("Analyst", "Editor")]
    address = f"/admin/auth/user/{ben.pk}/change/"
    assert admin.post(address, form_of(ben, is_staff=True, groups=roles)).status_code == 302
    assert last_change() == (
        "account_changed",
        "ben",
        "admin",
        HERE,
        "staff status: no → yes; roles: Viewer → Analyst, Editor",
    )
    ben.refresh_from_db()
    assert admin.post(address, form_of(ben, first_name="Benedict")).status_code == 302
    assert AccessChange.objects.count() == 1, "a name is no access"


def test_a_superuser_is_made(root: Client) -> None:
    ben = person("Viewer", "ben")
    single = Permission.objects.get(codename="view_apitoken").pk
    form = form_of(ben, is_superuser=True, user_permissions=[single])
    assert root.post(f"/admin/auth/user/{ben.pk}/change/", form).status_code == 302
    assert last_change()[4] == "superuser: no → yes; single permissions: none → portfolio.view_apitoken"


def test_a_password_is_changed(admin: Client) -> None:
    ben = person("Viewer", "ben")
    address = f"/admin/auth/user/{ben.pk}/password/"
    wrong = {"usable_password": "true", "password1": "one", "password2": "other"}
    assert admin.post(address, wrong).status_code == 200
    assert not AccessChange.objects.exists()
    assert admin.post(address, {"usable_password": "true", **PASSWORD}).status_code == 302
    assert last_change() == ("password_changed", "ben", "admin", HERE, "")


def test_somebody_changes_their_own_password(admin: Client) -> None:
    new = {"new_password1": "kaleidoscope-7", "new_password2": "kaleidoscope-7"}
    address = "/admin/password_change/"
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"old_password": "wrong", **new}).status_code == 200
    assert not AccessChange.objects.exists()
    assert admin.post(address, {"old_password": "a-long-password", **new}).status_code == 302
    assert last_change() == ("password_changed", "admin", "admin", HERE, "")


def test_accounts_are_removed(root: Client) -> None:
    ben, eve = person("Viewer", "ben"), person("Viewer", "eve")
    assert root.post(f"/admin/auth/user/{ben.pk}/delete/", {"post": "yes"}).status_code == 302
    assert last_change() == ("account_removed", "ben", "root", HERE, "")
    form = {"action": "delete_selected", "_selected_action": [eve.pk], "post": "yes"}
    assert root.post("/admin/auth/user/", form).status_code == 302
    assert last_change() == ("account_removed", "eve", "root", HERE, "")
    assert not User.objects.filter(username__in=["ben", "eve"]).exists()


def test_roles_are_changed(root: Client) -> None:
    view, change = (
        Permission.objects.get(codename=f"{verb}_source", content_type__app_label="portfolio").pk
        for verb in ("view", "change")
    )
    assert root.post("/admin/auth/group/add/", {"name": "Guest", "permissions": [view]}).status_code == 302
    assert last_change() == ("role_added", "Guest", "root", HERE, "portfolio.view_source")
    guest = f"/admin/auth/group/{Group.objects.get(name='Guest').pk}"
    assert root.post(f"{guest}/change/", {"name": "Guest", "permissions": [change]}).status_code == 302
    expected = "given: portfolio.change_source; taken: portfolio.view_source"
    assert last_change() == ("role_changed", "Guest", "root", HERE, expected)
    assert root.post(f"{guest}/delete/", {"post": "yes"}).status_code == 302
    assert last_change() == ("role_removed", "Guest", "root", HERE, "")


def test_the_command_that_makes_an_administrator_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_administrator", username="first")
    kind, subject, by, address, detail = last_change()
    assert (kind, subject, by, address) == ("account_added", "first", "", "")
    assert "superuser: yes" in detail
