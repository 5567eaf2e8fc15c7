"""What each role may do, door by door: docs/roles.md is what this finds, and nothing else.

`WRITE_DOCS=1 pytest tests/access/test_roles_table.py` writes it anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from tests.access.doors import API, Door, doors, permission_stated
from tests.access.people import ROLES, person
from tests.attacks.walking import ON_ONE_DATABASE

PAGE = Path(__file__).parent.parent.parent / "docs" / "roles.md"
HEAD = """# Roles, door by door

Written by `tests/access/test_roles_table.py`, which opens every door as every role and fails where this page
says otherwise. Doors that are not here are for everybody who may read ([access.md](access.md)). An address
stands for all of its kind: `x`, `1` and the like are keys. A page that a role may open can still refuse what
is another person's.
"""
Row = tuple[str, list[bool]]


def may_open(client: Client, door: Door) -> bool:
    """Whether somebody comes in, by GET or, where there is none, POST: “not there” is no refusal."""
    response = client.get(door.address)
    if response.status_code == 405:
        response = client.post(door.address)
    return response.status_code not in (401, 403) and not response.headers.get("Location", "").startswith(
        "/accounts/login/"
    )


def opened(people: dict[str, Client]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the tables of pages and of lists of the API."""
    pages = [door for door in doors() if door.is_for_roles and door.part != "admin"]
    lists = [door for door in doors() if door.part == API and permission_stated(door)]
    for title, found in (("Pages", pages), ("Lists of the API", lists)):
        yield title, [(door.address, [may_open(people[role], door) for role in ROLES]) for door in found]


def administered() -> Iterator[Row]:
    """Yield who may look at, add, change and delete each kind of record in the administration."""
    requests = {}
    for role in ROLES:
        requests[role] = RequestFactory().get("/admin/")
        requests[role].user = person(role, f"{role}-of-records")
    for model, shown in admin.site._registry.items():
        name = str(model._meta.verbose_name_plural)
        for word, asks in (
            ("look at", shown.has_view_permission),
            ("add", shown.has_add_permission),
            ("change", shown.has_change_permission),
            ("delete", shown.has_delete_permission),
        ):
            allowed = [bool(asks(requests[role])) for role in ROLES]
            if any(allowed):
                yield f"{word} {name}", allowed


def table(title: str, what: str, rows: list[Row]) -> str:
    lines = [f"## {title}", "", f"| {what} | {' | '.join(ROLES)} |", f"| --- |{' :-: |' * len(ROLES)}"]
    for name, allowed in sorted(rows):
        lines.append(f"| {name} | {' | '.join('yes' if may else '–' for may in allowed)} |")
    return "\n".join(lines) + "\n"


@ON_ONE_DATABASE
@pytest.mark.django_db
def test_every_door_is_open_to_whom_the_table_says() -> None:
    people = {role: Client() for role in ROLES}
    for role, client in people.items():
        client.force_login(person(role))
    parts = [table(title, "address", rows) for title, rows in opened(people)]
    parts.append(table("The administration", "what", list(administered())))
    found = "\n".join([HEAD, *parts])
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(found, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8").splitlines() == found.splitlines(), "WRITE_DOCS=1 writes it anew"
