"""Using the pages and CSV of scenarios in tests."""

import csv
import re
from html import unescape
from io import StringIO

from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client

from tests.dashboards.pages import text_of

TABLES = ["project-coverage", "envelope-utilisation", "chip-comparison", "portfolio-summary"]
PAGE = "/scenarios/what-if/"


def person(role: str, name: str = "") -> User:
    user = User.objects.create_user(name or role.lower(), password="a-long-password")
    user.groups.add(Group.objects.get(name=role))
    return user


def add(client: Client, kind: str, **cells: str) -> HttpResponse:
    return client.post(f"{PAGE}changes/", {"kind": kind, **cells})  # type: ignore[return-value]


def added(client: Client, kind: str, **cells: str) -> str:
    """Add a change that must be taken; return what the page says then."""
    response = add(client, kind, **cells)
    assert response.status_code == 302, faults(response)
    return text_of(client, PAGE)


def faults(response: HttpResponse) -> list[str]:
    """Return the sentences that refuse what was entered, by the order of the page."""
    body = response.content.decode()
    found = re.findall(r'(?s)<span class="fault"[^>]*>(.*?)</span>', body)
    found += re.findall(r'(?s)<p class="fault" role="alert">(.*?)</p>', body)
    return [unescape(re.sub(r"\s+", " ", text)) for text in found]


def rows(client: Client, table: str, key: str, query: str = "") -> dict[str, str]:
    response = client.get(f"/api/v1/scenarios/what-if/{table}/?format=csv{query}")
    assert response.status_code == 200
    text = response.getvalue().decode()
    return next(row for row in csv.DictReader(StringIO(text, newline="")) if key in row.values())
