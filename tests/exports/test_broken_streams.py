"""A file that fails midway is a broken transfer on a real server, never a short file that looks whole."""

import http.client
import socket
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from portfolio.models import ProjectCoverage, Source
from tests.bundles import load, saved
from tests.exports.serving import HOST, serving
from tests.making import Made

pytestmark = pytest.mark.django_db(transaction=True)

PROJECTS = 3_000
LIST = "/api/v1/project-coverage/"


@pytest.fixture
def unreadable(tmp_path: Path) -> None:
    """Results of which the last row cannot be written: the database refuses in the midst of the list."""
    made = Made()
    for number in range(PROJECTS):
        made.project(f"p{number:04}")
    load(saved(made.rows, tmp_path))
    call_command("recompute", verbosity=0)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            broken = "signed_eur = -9223372036854775808"  # has no absolute value
        else:
            broken = "coverage = 'x'"
        cursor.execute(
            f"UPDATE {ProjectCoverage._meta.db_table} SET {broken} WHERE project_id ="
            f" (SELECT id FROM portfolio_project WHERE slug = 'p{PROJECTS - 1}')"
        )


def answer(port: int, address: str) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection(HOST, port, timeout=60)
    asking.request("GET", address)
    return asking.getresponse()


@pytest.mark.usefixtures("unreadable")
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_gunicorn_breaks_the_connection_and_serves_on(form: str) -> None:
    with serving("gunicorn") as port:
        response = answer(port, f"{LIST}?format={form}")
        assert response.status == 200
        assert response.getheader("Row-Count") == str(PROJECTS)
        assert response.getheader("Transfer-Encoding") == "chunked"
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
        rows = broken.value.partial.count(b"\n")
        assert 100 < rows < PROJECTS, "it broke in the midst, not before the first row"
        whole = answer(port, f"{LIST}?format={form}&project__lte=p1999&fields=project")
        assert whole.status == 200
        assert b"p1999" in whole.read()


@pytest.mark.usefixtures("unreadable")
def test_an_older_protocol_gets_no_short_file() -> None:
    """HTTP/1.0 has no chunks: there, the end of the connection would be the end of the file."""
    with serving("gunicorn") as port, socket.create_connection((HOST, port), 60) as asking:
        asking.sendall(f"GET {LIST}?format=csv HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        answered = b""
        while piece := asking.recv(65_536):
            answered += piece
    assert answered.startswith(b"HTTP/1.1 500")
    assert b"p0001" not in answered


@pytest.mark.usefixtures("unreadable")
def test_the_server_for_development_sends_no_short_file() -> None:
    with serving("runserver") as port:
        response = answer(port, f"{LIST}?format=csv")
        assert response.status == 500
        assert b"p0001" not in response.read()
        whole = answer(port, f"{LIST}?format=csv&fields=project")
        assert whole.status == 200
        content = whole.read()
        assert whole.getheader("Content-Length") == str(len(content))
        assert content.count(b"\r\n") == PROJECTS + 1


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
