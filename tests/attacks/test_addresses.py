"""Where answers lead, whom they believe about their own address, and what this server would fetch."""

import ast
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from tests.access.doors import doors
from tests.access.people import person
from tests.attacks.walking import ON_ONE_DATABASE

pytestmark = ON_ONE_DATABASE

EVIL = (
    "//evil.example/x",
    "https://evil.example/",
    "https:evil.example",
    "http:\\\\evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "/%09/evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//testserver:80@evil.example",
)
PLACES = ("next", "redirect", "url", "return", "to", "continue", "redirect_uri")
PACKAGES = ("portfolio", "advisory", "operations", "investai")
FETCHES = {
    "urllib.request",
    "http.client",
    "requests",
    "authlib",
    "httpx",
    "urllib3",
    "aiohttp",
    "ftplib",
    "socket",
}
# What talks to others, and to whom: the provider of single sign-on that the operator names.
MAY = {"sign_on.py"}


def leads_away(location: str) -> bool:
    """Whether a browser would leave the site; it takes backslashes for slashes and drops tabs."""
    seen = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "")
    there = urlsplit(seen)
    return (there.netloc not in ("", "testserver")) or there.scheme not in ("", "http", "https")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "login", ["/accounts/login/", "/admin/login/", "/accounts/logout/", "/admin/logout/"]
)
def test_no_sign_in_or_out_leads_away(login: str) -> None:
    User.objects.filter(pk=person("Viewer", "vera").pk).update(is_staff=True)
    for place in EVIL:
        client = Client()
        if "logout" in login:
            client.force_login(User.objects.get(username="vera"))
        form = {"username": "vera", "password": "a-long-password", "next": place}
        response = client.post(f"{login}?next={quote(place)}", form)
        assert response.status_code in (200, 302), (login, place)
        assert not leads_away(response.get("Location", "/")), (place, response["Location"])


@pytest.mark.django_db
def test_no_door_leads_away(root: Client) -> None:
    """Whatever parameter or path asks for it; nor does what completes addresses with a slash."""
    away, nobody = [], Client()
    for door in doors():
        query = "&".join(f"{name}={quote(place)}" for name, place in zip(PLACES, EVIL, strict=False))
        # Forms of the administration redirect by the same code, which the first of them shows.
        client = nobody if door.part == "admin" and door.address.count("/") > 3 else root
        response = client.get(f"{door.address}?{query}")
        if leads_away(response.get("Location", "/")):
            away.append((door.address, response["Location"]))
    for path in (
        "//evil.example",
        "//evil.example/",
        "/\\evil.example",
        "//evil.example/%2e%2e",
        "/%5Cevil.example/x",
    ):
        for prefix in ("", "/admin", "/projects", "/api/v1"):
            response = root.get("/", PATH_INFO=prefix + path)
            if leads_away(response.get("Location", "/")):
                away.append((prefix + path, response["Location"]))
    assert away == []


@pytest.mark.django_db
def test_no_header_says_where_this_is(root: Client, settings: Settings) -> None:
    """A foreign host is refused; what proxies would say of it is not believed, nor shown."""
    for host in (
        "evil.example",
        "testserver.evil.example",
        "testserver@evil.example",
        "testserver:80:80",
        "a b",
    ):
        assert root.get("/projects/", headers={"Host": host}).status_code == 400, host
        assert root.get("/api/v1/", headers={"Host": host}).status_code == 400, host
    for header in (
        "X-Forwarded-Host",
        "X-Host",
        "Forwarded",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
    ):
        value = "host=evil.example" if header == "Forwarded" else "evil.example"
        for address in ("/account/tokens/", "/api/v1/", "/api/v1/sources/", "/admin/"):
            response = root.get(address, headers={header: value})
            assert response.status_code == 200, (header, address)
            assert "evil.example" not in str(response.headers) + response.content.decode(), (header, address)


def test_nothing_that_runs_fetches_an_address() -> None:
    """Links to sources are shown, never followed: the code has nothing that could."""
    found = {}
    for package in PACKAGES:
        for path in sorted((Path(settings.BASE_DIR) / package).rglob("*.py")):
            if "snippets" in path.parts:
                continue  # people's own scripts, which pages show
            used = imported(path) & FETCHES
            if used and not (path.name in MAY or (used == {"socket"} and only_names_itself(path))):
                found[str(path)] = used
    assert found == {}


def imported(path: Path) -> set[str]:
    """Return the modules that a file takes, whole or in parts."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for full in names for name in (full, full.split(".")[0])}


def only_names_itself(path: Path) -> bool:
    """Whether a file takes nothing of sockets but this machine's name and its errors."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "socket"
    }
    return used <= {"gethostname"}
