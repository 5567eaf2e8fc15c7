"""People, their tokens, and how they ask the API, in tests."""

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from portfolio.rules.dates import today

LIST = "/api/v1/sources/"
PAGE = "/account/tokens/"
TOKEN = re.compile(r"inv_[0-9a-z]{10}_[0-9A-Za-z]{49}")
ROLES = ("Viewer", "Officer", "Analyst", "Editor", "Administrator")


def person(role: str, name: str = "") -> User:
    """Return a new account with a role."""
    user = User.objects.create_user(name or role.lower(), password="a-long-password")
    user.groups.add(Group.objects.get(name=role))
    return user


def holder(name: str = "ana") -> User:
    """Return a new account that may have tokens, where an emptied database has no roles any more."""
    user = User.objects.create_user(name, password="a-long-password")
    user.user_permissions.add(Permission.objects.get(codename="add_apitoken"))
    return user


def entered(**changed: str) -> dict[str, str]:
    """Return what is entered in the form of a new token."""
    return {"name": "Notebook", "scope": "read", "expires_on": today().isoformat(), **changed}


def made_token(owner: User, **changed: str) -> str:
    """Make a token on the page; return its text, which the answer shows."""
    client = Client()
    client.force_login(owner)
    response = client.post(PAGE, entered(**changed))
    assert response.status_code == 200, faults(response)
    found = TOKEN.findall(response.content.decode())
    assert len(found) == 1
    return found[0]


def faults(response: Any) -> list[str]:
    """Return the sentences that refuse what was entered."""
    body = response.content.decode()
    found = re.findall(r'(?s)class="fault"[^>]*>(.*?)</', body)
    return [unescape(re.sub(r"\s+", " ", text)) for text in found]


def asked(text: str, address: str = LIST, client: Client | None = None, **headers: Any) -> Any:
    """Return the answer to somebody who shows a token."""
    return (client or Client()).get(address, headers={"Authorization": f"Bearer {text}"}, **headers)
