"""Walking through everything that this project answers: real addresses, found by following links."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

# What asks HTTP alone, in the same way whatever database lies behind it.
ON_ONE_DATABASE = pytest.mark.skipif(not settings.EMBEDDED, reason="the same on any database")
LINK = re.compile(r'<(?:a|link|img|script|form|iframe)\b[^>]*?\s(?:href|src|action)="([^"]*)"', re.I)
NAME = re.compile(r'<(?:input|select|textarea)\b[^>]*?\sname="([A-Za-z_][\w:-]*)"')
# Forms of the administration are made by the same code. Lists of the API are walked by their declarations.
MOST = {"admin": 1}
MOST_OF_PAGES = 3
LEAVE = re.compile(r"^/(static/|api/|downloads/|admin/logout|accounts/logout|admin/jsi18n)")
NOTHING_BY_LINK = ["/admin/login/", "/accounts/login/", "/favicon.ico", "/operations/checks/", "/data/"]


def body_of(response: Any) -> str:
    """Return the text of an answer, streamed or not."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode("utf-8", "replace"))


def route_of(address: str) -> str | None:
    """Return the pattern that answers an address, or None."""
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return None


def linked(page: str, address: str) -> Iterator[str]:
    """Return where the links of a page lead, within this site, without fragments."""
    for link in LINK.findall(page):
        there = urlsplit(urljoin(f"http://testserver{address}", unescape(link)))
        if there.netloc == "testserver" and not LEAVE.match(there.path):
            yield there.path + (f"?{there.query}" if there.query else "")


def walked(
    client: Client, begin: Iterable[str] = ("/", "/admin/", *NOTHING_BY_LINK), *, pages_only: bool = False
) -> Iterator[tuple[str, Any]]:
    """Follow all links, some addresses of each pattern; return each address and its answer.

    `pages_only` follows one address of each pattern, and none of the administration.
    """
    waiting, seen = list(begin), set(begin)
    number: Counter[Any] = Counter()
    while waiting:
        address = waiting.pop(0)
        route, (path, _, query) = route_of(address), address.partition("?")
        kind = (route, tuple(sorted({part.partition("=")[0] for part in query.split("&")})))
        if pages_only and (number[route] or path.startswith("/admin/")):
            continue
        most = MOST.get(path.split("/")[1], MOST_OF_PAGES)
        if number[kind] >= 1 or number[route] >= most:
            continue
        number[kind] += 1
        number[route] += 1
        response = client.get(address)
        yield address, response
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            for link in linked(response.content.decode(), address):
                if link not in seen:
                    seen.add(link)
                    waiting.append(link)


def one_of_each(client: Client) -> dict[str, Any]:
    """Return the answer at a real address without parameters of each page that links lead to, by address."""
    found: dict[str, tuple[str, Any]] = {}
    for address, response in walked(client, ("/", "/accounts/login/", "/data/"), pages_only=True):
        route = route_of(address)
        if route is not None and response.status_code == 200:
            found.setdefault(route, (address.partition("?")[0], response))
    return dict(found.values())
