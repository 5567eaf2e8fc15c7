"""Single sign-on by OpenID Connect, as the environment says; without OIDC_ISSUER there is none.

settings.py takes OIDC over. dashboards/sign_on.py asks the provider; jobs/sign_ons.py keeps accounts.
"""

import re
from typing import TypedDict

from django.core.exceptions import ImproperlyConfigured

from investai.environment import read, refuse

ISSUER = re.compile(r"https://[^\s?#@]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[^\s?#]*)?")
CLAIM = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,199}")
ROLES = ("Viewer", "Officer", "Analyst", "Editor", "Administrator")


class SignOn(TypedDict):
    """What is agreed with the provider."""

    issuer: str
    client_id: str
    client_secret: str
    roles_claim: str
    name_claim: str
    roles: dict[str, str]  # role by the value of the claim


def read_sign_on() -> SignOn | None:
    """Return what is agreed with the provider; None where there is none. A part alone stops the start."""
    issuer = read("OIDC_ISSUER").rstrip("/")
    client_id, client_secret = read("OIDC_CLIENT_ID"), read("OIDC_CLIENT_SECRET")
    if not (issuer or client_id or client_secret):
        return None
    if not ISSUER.fullmatch(issuer):
        raise refuse("OIDC_ISSUER", issuer, "the address of the provider, with https://")
    if not (client_id and client_secret):
        sentence = (
            "With OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed, as the provider gave them."
        )
        raise ImproperlyConfigured(sentence)
    return SignOn(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        roles_claim=read_claim("OIDC_ROLES_CLAIM", "groups"),
        name_claim=read_claim("OIDC_NAME_CLAIM", "preferred_username"),
        roles=_roles(),
    )


def read_claim(variable: str, default: str) -> str:
    value = read(variable) or default
    if not CLAIM.fullmatch(value):
        raise refuse(variable, value, "the name of a claim, as in groups")
    return value


def _roles() -> dict[str, str]:
    value, found = read("OIDC_ROLES"), {}
    for pair in value.split(",") if value else ():
        word, _, role = (part.strip() for part in pair.rpartition("="))
        if not word or role not in ROLES:
            accepted = f"VALUE=ROLE, separated by commas, where ROLE is one of {', '.join(ROLES)}"
            raise refuse("OIDC_ROLES", value, accepted)
        found[word] = role
    if not found:
        raise refuse("OIDC_ROLES", value, "at least one VALUE=ROLE, as in tracker-editors=Editor")
    return found


OIDC = read_sign_on()
