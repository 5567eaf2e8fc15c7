"""A file that fails midway is a broken transfer on a real server, never a short file that looks whole."""

import http.client
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Value

from portfolio.models import ProjectCoverage, Source
from tests.bundles import load, saved
from tests.exports.serving import HOST, serving
from tests.making import Made

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 3_000
PAGE = 4_096  # bytes of a page of SQLite


@dataclass(frozen=True)
class Unreadable:
    """A list of which a row in the midst cannot be read, and the database that it is in."""

    url: str
    address: str
    whole: str  # what can be read of it


@pytest.fixture
def unreadable(tmp_path: Path) -> Unreadable:
    return _damaged_file(tmp_path) if connection.vendor == "sqlite" else _no_number(tmp_path)


def _damaged_file(folder: Path) -> Unreadable:
    """Return the sources in a copy of the database of which a page was overwritten, as a bad disk would."""
    rows = (Source(key=f"s{number:04}", title=f"mark-{number:04}", note="n" * 900) for number in range(ROWS))
    Source.objects.bulk_create(rows)
    copy = folder / "damaged.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    content = bytearray(copy.read_bytes())
    start = content.index(b"mark-2900") // PAGE * PAGE
    content[start : start + PAGE] = b"\xff" * PAGE
    copy.write_bytes(content)
    return Unreadable(f"sqlite:///{copy}", "/api/v1/sources/", "/api/v1/projects/")


def _no_number(folder: Path) -> Unreadable:
    """Return results of which a cell is no number: the database refuses once it comes to it."""
    made = Made()
    for number in range(ROWS):
        made.project(f"p{number:04}")
    load(saved(made.rows, folder))
    call_command("recompute", verbosity=0)
    ProjectCoverage.objects.filter(project__slug="p2900").update(coverage=Value("no number"))
    return Unreadable("", "/api/v1/project-coverage/", "/api/v1/projects/")


def answer(port: int, address: str) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection(HOST, port, timeout=60)
    asking.request("GET", address)
    return asking.getresponse()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_gunicorn_breaks_the_connection_and_serves_on(unreadable: Unreadable, form: str) -> None:
    with serving("gunicorn", unreadable.url) as port:
        response = answer(port, f"{unreadable.address}?format={form}")
        assert response.status == 200
        assert response.getheader("Row-Count") == str(ROWS)
        assert response.getheader("Transfer-Encoding") == "chunked"
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
        rows = broken.value.partial.count(b"\n")
        assert 100 < rows < ROWS, "it broke in the midst, not before the first row"
        for _ in range(10):  # on each of its threads
            whole = answer(port, f"{unreadable.whole}?format={form}")
            assert whole.status == 200
            whole.read()


def test_an_older_protocol_gets_no_short_file(unreadable: Unreadable) -> None:
    """HTTP/1.0 has no chunks: there, the end of the connection would be the end of the file."""
    with serving("gunicorn", unreadable.url) as port, socket.create_connection((HOST, port), 60) as asking:
        asking.sendall(f"GET {unreadable.address}?format=csv HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        answered = b""
        while piece := asking.recv(65_536):
            answered += piece
    assert b" 500 " in answered.splitlines()[0]
    assert b"0001," not in answered


def test_the_server_for_development_sends_no_short_file(unreadable: Unreadable) -> None:
    with serving("runserver", unreadable.url) as port:
        response = answer(port, f"{unreadable.address}?format=csv")
        assert response.status == 500
        assert b"0001," not in response.read()
        whole = answer(port, f"{unreadable.whole}?format=csv")
        assert whole.status == 200
        assert whole.getheader("Content-Length") == str(len(whole.read()))


def test_who_leaves_gives_the_place_back_and_small_lists_need_none(tmp_path: Path) -> None:
    load(saved(Made().project().rows, tmp_path))
    note = "n" * 1_000
    Source.objects.bulk_create(Source(key=f"s{number:05}", title="t", note=note) for number in range(20_000))
    with serving("gunicorn", LARGE_EXPORTS="1") as port:
        leaving = socket.socket()
        leaving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        leaving.connect((HOST, port))
        leaving.sendall(f"GET /api/v1/sources/?format=csv HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert b"200 OK" in leaving.recv(1_024)
        refused = answer(port, "/api/v1/sources/?format=csv")
        assert refused.status == 429
        assert refused.getheader("Retry-After") == "10"
        assert refused.getheader("Content-Type") == "application/problem+json"
        small = answer(port, "/api/v1/projects/?format=csv")
        assert small.status == 200
        assert b"p,p,ai_factory" in small.read()
        assert answer(port, "/api/v1/sources/").status == 200, "pages go on"
        leaving.close()
        until = time.monotonic() + 30
        while (again := answer(port, "/api/v1/sources/?format=csv")).status == 429:
            assert time.monotonic() < until, "the place is not given back"
            time.sleep(0.2)
        assert again.status == 200
        assert again.read().count(b"\r\n") == 20_002
