"""Asking the API as a client does."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.test import Client

API = "/api/v1/"


def page(client: Client, address: str) -> dict[str, Any]:
    """Return a page of JSON; the address is a path below the API's root, or the whole of one."""
    response = client.get(address if address.startswith("http") else API + address)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def rows(client: Client, address: str) -> list[dict[str, Any]]:
    """Return the rows of a page of JSON."""
    found: list[dict[str, Any]] = page(client, address)["results"]
    return found


def column(client: Client, address: str, name: str) -> list[Any]:
    """Return what the rows of a page say in one column."""
    return [row[name] for row in rows(client, address)]


def pages(client: Client, address: str, way: str = "next") -> Iterator[dict[str, Any]]:
    """Yield a page and all that follow it, or that come before it."""
    while True:
        found = page(client, address)
        yield found
        if found[way] is None:
            return
        address = found[way]


def table(client: Client, address: str) -> list[dict[str, str]]:
    """Return the rows of a list as CSV."""
    response = client.get(API + address)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(response.getvalue().decode("utf-8"), newline="")))


def refusal(client: Client, address: str, status: int = 400) -> dict[str, Any]:
    """Return the problem document that an address is answered with."""
    response = client.get(API + address)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    return found
