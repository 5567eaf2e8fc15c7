"""A large file gives way to people who are being answered, in whatever process, and comes whole."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from portfolio.models import Source
from tests.exports.serving import HOST, serving

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 15_000
MOST_ROWS_A_PIECE, AT_ONCE = 600, 16  # of rows as long as these; pieces that nothing is waited for before
WAIT = 0.1  # seconds, after each other piece


@contextmanager
def somebody_being_answered(port: int) -> Iterator[None]:
    """Post a form of which the rest does not come, so that the server is busy with it."""
    with socket.create_connection((HOST, port), 60) as asking:
        headers = [f"Host: {HOST}", f"Cookie: csrftoken={'a' * 32}", "Content-Length: 99"]
        headers += ["Content-Type: application/x-www-form-urlencoded", "", "username="]
        asking.sendall("\r\n".join(["POST /accounts/login/ HTTP/1.1", *headers]).encode())
        yield


def downloaded(port: int, form: str) -> tuple[bytes, float]:
    """Return all sources as a file, and the seconds that it took."""
    asking, began = http.client.HTTPConnection(HOST, port, timeout=60), time.perf_counter()
    asking.request("GET", f"/api/v1/sources/?format={form}", headers={"Connection": "close"})
    answer = asking.getresponse()
    assert answer.status == 200
    return answer.read(), time.perf_counter() - began


def test_a_file_waits_for_people_a_little_at_a_time_and_is_whole() -> None:
    note = "n" * 130
    Source.objects.bulk_create(Source(key=f"s{number:05}", title="t", note=note) for number in range(ROWS))
    with serving("gunicorn", workers=2, EXPORTS_GIVE_WAY_MS=str(int(WAIT * 1000))) as port:
        whole = {form: downloaded(port, form)[0] for form in ("csv", "jsonl")}
        assert whole["csv"].count(b"\r\n") == ROWS + 1
        assert whole["jsonl"].count(b"\n") == ROWS
        with ExitStack() as crowd:
            crowd.enter_context(somebody_being_answered(port))
            for form in ("csv", "jsonl", "csv"):  # by either process
                content, seconds = downloaded(port, form)
                assert content == whole[form]
                assert seconds > WAIT * (ROWS / MOST_ROWS_A_PIECE - AT_ONCE), "it gave way"
