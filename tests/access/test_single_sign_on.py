"""Single sign-on, against a provider of the test's own: who gets in, as what, and what is refused."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django.fixtures import Settings

from investai.single_sign_on import read_sign_on
from portfolio.dashboards.sign_on import provider_of
from portfolio.models import AccessChange
from tests.access.people import person
from tests.access.provider import CLIENT, SECRET, Provider, running

GIVEN = {
    "OIDC_ISSUER": "https://login.example.eu/realm/",
    "OIDC_CLIENT_ID": CLIENT,
    "OIDC_CLIENT_SECRET": SECRET,
    "OIDC_ROLES": "tracker-officers=Officer, cn=tracker-editors=Editor",
}


@pytest.fixture
def provider(db: None, settings: Settings) -> Iterator[Provider]:
    provider_of.cache_clear()
    with running() as found:
        settings.OIDC = {
            "issuer": found.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "roles_claim": "groups",
            "name_claim": "preferred_username",
            "roles": {"tracker-officers": "Officer", "tracker-admins": "Administrator"},
        }
        yield found
    provider_of.cache_clear()


def sent_away(client: Client, wanted: str = "/projects/") -> dict[str, str]:
    """Begin; return what the provider is asked."""
    response = client.get("/accounts/sign-on/", {"next": wanted})
    assert response.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def signed_on(client: Client, provider: Provider, wanted: str = "/projects/", **says: Any) -> Any:
    """Go to the provider, and come back with what it says."""
    asked = sent_away(client, wanted)
    provider.nonce, provider.says = asked["nonce"], says
    return client.get("/accounts/sign-on/back/", {"code": "c", "state": asked["state"]})


def who(client: Client) -> str:
    return str(client.get("/accounts/login/").wsgi_request.user)


def test_somebody_with_a_role_gets_an_account_of_their_own(provider: Provider) -> None:
    client = Client()
    assert 'href="/accounts/sign-on/' in client.get("/accounts/login/").content.decode()
    response = signed_on(client, provider)
    assert (response.status_code, response["Location"]) == (302, "/projects/")
    assert provider.sent["code_verifier"], "bound to who began (PKCE)"
    ines = User.objects.get(username="ines")
    assert (who(client), [role.name for role in ines.groups.all()]) == ("ines", ["Officer"])
    assert (ines.is_staff, ines.is_superuser, ines.has_usable_password()) == (False, False, False)
    change = AccessChange.objects.get()
    assert (change.kind, change.subject, change.changed_by) == ("account_added", "ines", "ines")
    assert "roles: Officer" in change.detail
    # The provider decides what each sign-on brings, by who it is, not by how it is called.
    again = Client()
    signed_on(
        again,
        provider,
        groups=["tracker-admins", "superuser", 7],
        preferred_username="other",
        is_superuser=True,
    )
    ines.refresh_from_db()
    assert (who(again), ines.is_staff, ines.is_superuser) == ("ines", True, False)
    assert "roles: Officer → Administrator" in AccessChange.objects.all()[0].detail
    assert User.objects.count() == 1


def test_without_a_role_nobody_gets_in_and_roles_are_taken_back(provider: Provider) -> None:
    for claimed in (["everybody"], None, "Administrator", {"tracker-officers": 1}, "tracker-office"):
        client = Client()
        assert signed_on(client, provider, groups=claimed).status_code == 403
        assert who(client) == "AnonymousUser"
    assert not User.objects.exists()
    assert signed_on(Client(), provider, groups="tracker-officers").status_code == 302
    assert "no role" in signed_on(Client(), provider, groups=[]).content.decode()
    assert not User.objects.get().groups.exists()
    User.objects.update(is_active=False)
    assert "closed" in signed_on(Client(), provider).content.decode()


def test_no_account_is_taken_over_by_its_name(provider: Provider) -> None:
    person("Administrator", "Ines")
    client = Client()
    assert signed_on(client, provider).status_code == 403
    assert who(client) == "AnonymousUser"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "says",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"aud": [CLIENT, "another"], "azp": "another"},
    ],
)
def test_what_the_provider_did_not_say_to_us_now_is_refused(provider: Provider, says: dict[str, Any]) -> None:
    client = Client()
    assert signed_on(client, provider, **says).status_code == 403
    assert who(client) == "AnonymousUser"
    assert not User.objects.exists()


@pytest.mark.parametrize("signed_by", ["other", "nobody", "secret"])
def test_only_the_keys_of_the_provider_count(provider: Provider, signed_by: str) -> None:
    provider.signed_by = signed_by
    client = Client()
    assert signed_on(client, provider).status_code == 403
    assert who(client) == "AnonymousUser"


def test_nobody_is_signed_in_by_what_another_began(provider: Provider) -> None:
    """A link that ends a sign-on of somebody else, or the same one twice."""
    thief, victim = Client(), Client()
    asked = sent_away(thief)
    provider.nonce = asked["nonce"]
    back = {"code": "c", "state": asked["state"]}
    assert victim.get("/accounts/sign-on/back/", back).status_code == 403
    assert who(victim) == "AnonymousUser"
    assert thief.get("/accounts/sign-on/back/", back).status_code == 302
    thief.logout()
    assert thief.get("/accounts/sign-on/back/", back).status_code == 403
    assert (
        victim.get(
            "/accounts/sign-on/back/", {"error": "access_denied", "error_description": "<b>"}
        ).status_code
        == 403
    )
    assert victim.get("/accounts/sign-on/back/").status_code == 403


def test_it_leads_nowhere_else_and_begins_a_session_of_its_own(provider: Provider) -> None:
    client = Client()
    sent_away(client)
    before = client.cookies["sessionid"].value
    assert signed_on(client, provider, "//evil.example/")["Location"] == "/"
    assert client.cookies["sessionid"].value != before


def test_a_provider_that_is_away_or_another_is_no_error(provider: Provider, settings: Settings) -> None:
    settings.OIDC = {**settings.OIDC, "issuer": "http://127.0.0.1:1"}
    assert Client().get("/accounts/sign-on/").status_code == 503
    settings.OIDC = {**settings.OIDC, "issuer": provider.issuer}
    address, provider.issuer = provider.issuer, "https://evil.example"
    assert Client().get("/accounts/sign-on/").status_code == 503
    provider.issuer = address


@pytest.mark.django_db
def test_without_settings_there_is_none() -> None:
    assert Client().get("/accounts/sign-on/").status_code == 404
    assert Client().get("/accounts/sign-on/back/?code=c&state=s").status_code == 404
    assert "sign-on" not in Client().get("/accounts/login/").content.decode()


def test_settings_are_read_and_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(**given: str) -> Any:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        return read_sign_on()

    found = read(**GIVEN)
    assert found["issuer"] == "https://login.example.eu/realm"
    assert found["roles"] == {"tracker-officers": "Officer", "cn=tracker-editors": "Editor"}
    for name, value in (
        ("OIDC_ISSUER", "http://login.example.eu"),
        ("OIDC_CLIENT_SECRET", ""),
        ("OIDC_ROLES", ""),
        ("OIDC_ROLES", "root=Superuser"),
        ("OIDC_ROLES_CLAIM", "a b"),
    ):
        with pytest.raises(ImproperlyConfigured):
            read(**{**GIVEN, name: value})
