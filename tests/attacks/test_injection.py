"""Hostile text in every parameter and part of every address: never an error, never given back as markup."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.access.doors import doors
from tests.attacks.walking import NAME, body_of, one_of_each

pytestmark = pytest.mark.django_db

MARKUP = "'\"><xss onload=a>{{7*7}}{%25 raise %25}${7*7}"
HOSTILE = {
    "markup": quote(MARKUP),
    "SQL": quote("1' OR '1'='1'; DROP TABLE portfolio_project; -- \" UNION SELECT * FROM auth_user"),
    "NUL": "a%00b",
    "broken": "%ED%A0%80%FF%FE",
    "odd": quote("\u202e\ufeff\u0130\U0001f4a3\u2028a\r\nSet-Cookie: x=1"),
    "number": "9" * 400,
    "small": quote("-1e999"),
    "path": quote("../../../../etc/passwd", safe=""),
    "long": "A" * 6000,
}
ALIVE = re.compile(r"<xss|49\{%|\$49")
ALL_AT_ONCE = quote("a'\"><xss onload=a>{{7*7}}'; DROP TABLE x; --") + "%00%FF"
BESIDE = {"as_of", "published", "page", "q"}  # what pages ask for beyond what their forms and links name
OF_THE_ADMIN = ("q", "o", "p", "e", "_facets", "_popup", "_to_field", "id__exact", "source__title__in")
GONE_WRONG = "a server error"


def asked(client: Client, address: str) -> tuple[str, str]:
    """Return what is wrong with an answer: empty texts where nothing is."""
    try:
        response = client.get(address)
    except Exception as error:
        return GONE_WRONG, f"{address[:200]}: {error!r}"[:400]
    if response.status_code >= 500:
        return GONE_WRONG, f"{address[:200]}: {response.status_code}"
    if any("\n" in str(value) or "\r" in str(value) for value in response.headers.values()):
        return "a header is split", address[:200]
    if response.cookies.get("x"):
        return "a cookie is set", address[:200]
    if response.get("Content-Type", "").startswith("text/html"):
        hit = ALIVE.search(body_of(response))
        return ("markup is given back", f"{address[:200]}: {hit.group()}") if hit else ("", "")
    return "", ""


def wrong(client: Client, addresses: Any) -> str:
    """Return what is wrong with the answers, a line each."""
    found = (asked(client, address) for address in addresses)
    return "\n".join(": ".join(one) for one in found if one != ("", ""))


def test_every_parameter_of_every_page(world: dict[str, Client], root: Client) -> None:
    """Each by itself, of forms, of links and of the code; then all together, with each hostile text."""
    addresses = []
    for number, (address, page) in enumerate(sorted(one_of_each(root).items())):
        text = (
            page.content.decode()
            if page["Content-Type"].startswith("text/html") and not page.streaming
            else ""
        )
        names = {*NAME.findall(text), *re.findall(r"[?;]([a-z_]{1,40})=", text), *BESIDE} - {
            "csrfmiddlewaretoken"
        }
        addresses += [f"{address}?{name}={ALL_AT_ONCE}" for name in sorted(names)]
        for text in list(HOSTILE.values())[number % 3 :: 3]:
            addresses.append(f"{address}?{'&'.join(f'{name}={text}' for name in sorted(names))}")
    lists = [door.address for door in doors() if re.fullmatch(r"/admin/\w+/\w+/", door.address)]
    texts = [ALL_AT_ONCE, *HOSTILE.values()]
    for number, address in enumerate(lists):
        addresses += [f"{address}?{name}={texts[(number + n) % 10]}" for n, name in enumerate(OF_THE_ADMIN)]
    assert (len(addresses) > 600, len(lists) > 30) == (True, True)
    assert wrong(root, addresses) == ""


def test_every_part_of_every_address(world: dict[str, Client], root: Client) -> None:
    patterns = {door.address for door in doors()}
    parts = re.compile(r"(?<=/)(x|1|request|00000000-0000-0000-0000-000000000000)(?=/|$)")
    addresses = []
    for number, pattern in enumerate(sorted(patterns)):
        if not parts.search(pattern):
            continue
        texts = list(HOSTILE.values())
        for value in (texts[0], texts[1 + number % (len(texts) - 2)]):
            addresses.append(parts.sub(lambda _, value=value: value, pattern))  # type: ignore[misc]
    assert len(addresses) > 150
    assert wrong(root, addresses) == ""


def test_every_parameter_of_every_list(world: dict[str, Client], root: Client) -> None:
    """As the description of the API names them, and two that it does not; each name is read by one code."""
    description = root.get("/api/openapi.json").json()
    described, shared = description["paths"], description["components"]["parameters"]
    addresses: list[str] = []
    seen: set[str] = set()
    texts = [ALL_AT_ONCE, *HOSTILE.values()]
    for number, (path, operations) in enumerate(described.items()):
        given = operations.get("get", {}).get("parameters", [])
        given = [shared[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in given]
        names = {one["name"] for one in given if one["in"] == "query"}
        place = re.sub(r"\{\w+\}", quote("x' OR 1=1"), path.replace("{scenario}", "what-if"))
        for name in sorted((names | {"cursor", "unknown"}) - seen):
            addresses += [f"{place}?{name}={ALL_AT_ONCE}", f"{place}?{name}={texts[len(addresses) % 10]}"]
        seen |= names
        every = "&".join(f"{name}={texts[number % 10]}" for name in sorted(names))
        addresses.append(f"{place}?{every}")
    assert (len(addresses) > 500, len(seen) > 100) == (True, True)
    assert wrong(root, addresses) == ""
