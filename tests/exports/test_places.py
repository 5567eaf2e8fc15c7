"""Few large files are written at once, over all threads and processes; others are told when to ask again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client

from portfolio.exports import places
from portfolio.exports.places import TooManyExports, take_place
from portfolio.models import Source
from portfolio.queries.snapshot import reading

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/sources/?format="


@contextmanager
def another_taking_a_place() -> Iterator[None]:
    """Hold a place on another connection, as another download does."""
    taken, end = Event(), Event()

    def work() -> None:
        with ExitStack() as stack:
            stack.enter_context(reading())
            take_place(stack, places.LARGE)
            taken.set()
            end.wait(60)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        assert taken.wait(60)
        yield
    finally:
        end.set()
        thread.join()


def dropped(response: Any) -> None:
    """Close a file that is not read to its end, without the end of the connection that a request's has."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.fixture
def three_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LARGE", 3)
    Source.objects.bulk_create(Source(key=f"s{number}", title="t") for number in range(3))


@pytest.mark.usefixtures("three_are_many")
@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_beyond_the_bound_a_large_file_is_refused(client: Client, form: str) -> None:
    with another_taking_a_place():
        whole = client.get(ADDRESS + form)
        assert whole.status_code == 200, "there are two places"
        dropped(whole)
        with another_taking_a_place():
            refused = client.get(ADDRESS + form)
            assert refused.status_code == 429
            assert refused["Retry-After"] == "10"
            assert "2 large files are being written" in refused.json()["detail"]
            assert client.get(f"/api/v1/sources/manifest/?title={form}").status_code == 200, "of no row"
            assert client.get("/api/v1/sources/manifest/").status_code == 429, "it writes the file too"
            small = client.get(f"{ADDRESS}{form}&key=s1")
            assert small.status_code == 200
            dropped(small)
    whole = client.get(ADDRESS + form)
    assert whole.status_code == 200
    dropped(whole)


@pytest.mark.usefixtures("three_are_many")
def test_a_file_that_was_read_or_dropped_holds_no_place(client: Client) -> None:
    for server in ("gunicorn/25", "WSGIServer"):
        for _ in range(4):
            read = client.get(f"{ADDRESS}csv", SERVER_SOFTWARE=server)
            assert read.status_code == 200
            assert read.getvalue().count(b"\r\n") == 4
            dropped(client.get(f"{ADDRESS}csv", SERVER_SOFTWARE=server))
    with another_taking_a_place(), another_taking_a_place():
        pass


def test_few_rows_take_no_place() -> None:
    with another_taking_a_place(), another_taking_a_place(), reading(), ExitStack() as stack:
        take_place(stack, places.LARGE - 1)
        with pytest.raises(TooManyExports):
            take_place(stack, places.LARGE)
