"""Every address of the project, from its patterns, with who may come in.

A page that is new belongs in one of the lists here: until then the tests of this folder fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from django.utils.regex_helper import normalize

# For everybody, always: the way in, the way out, and what asks whether this lives. /metrics and the detail of
# /readyz ask for the operator's token themselves (tests/production).
ALWAYS_OPEN = {
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/second-factor/",
    "/accounts/sign-on/",
    "/accounts/sign-on/back/",
    "/admin/login/",
    "/healthz",
    "/readyz",
    "/metrics",
}
# Pages for who is signed in and may, by role, whatever PUBLIC_READ says: how their addresses begin.
SIGNED_IN = re.compile(
    "/(account|admin|history|proposals|downloads|imports|operations|reports)/|/advice/(?!funnel/)"
)
# The other pages, by their first part: for everybody while reading is open (PUBLIC_READ).
READING = {
    "",
    "accessibility",
    "advice",
    "alerts",
    "changes",
    "chips",
    "contributions",
    "data",
    "embed",
    "envelopes",
    "explain",
    "favicon.ico",
    "flows",
    "map",
    "memorandum",
    "projects",
    "publications",
    "published-figures",
    "recomputations",
    "scenarios",
    "timeline",
}
API = "api"

EXAMPLES = {
    "slug:kind": "request",
    "int": "1",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "date": "2026-06-30",
}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Door:
    """An address that one pattern answers."""

    address: str
    view: str

    @property
    def part(self) -> str:
        return self.address.split("/")[1]

    @property
    def is_for_roles(self) -> bool:
        return SIGNED_IN.match(self.address) is not None and self.address not in ALWAYS_OPEN

    @property
    def is_for_readers(self) -> bool:
        return self.part in READING and not self.is_for_roles


def doors() -> list[Door]:
    """Return an example address of every pattern."""
    found = [Door(f"/{address}", view) for address, view in _walk(get_resolver(), "")]
    assert len({door.address for door in found}) > 100, "the admin alone has more"
    return found


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
    for inner in resolver.url_patterns:
        address = before + _example(inner.pattern)
        if isinstance(inner, URLResolver):
            yield from _walk(inner, address)
        else:
            assert isinstance(inner, URLPattern)
            yield address, inner.lookup_str


def _example(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return PARAMETER.sub(_example_of, str(pattern))
    text, parameters = normalize(pattern.regex.pattern)[0]
    return text % dict.fromkeys(parameters, "x")


def _example_of(parameter: re.Match[str]) -> str:
    return EXAMPLES.get(f"{parameter[1]}:{parameter[2]}") or EXAMPLES.get(parameter[1], "x")


def is_answered(door: Door) -> bool:
    """Whether an address is one that the view of its pattern answers, or an earlier pattern does."""
    return resolve(door.address) is not None


def permission_stated(door: Door) -> str:
    """Return the permission that a list of the API states; empty for one that all readers may read."""
    view: Any = resolve(door.address).func
    return str(getattr(getattr(view, "cls", view), "permission_needed", ""))
