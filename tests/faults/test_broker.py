"""Redis goes away and comes back: edits are kept, people are told, and nobody has to do anything."""

import time
from collections.abc import Callable

import pytest

from tests.faults.installation import Installation
from tests.faults.servers import wait_until

pytestmark = [pytest.mark.redis, pytest.mark.postgres]

Recovered = Callable[[str, float], None]


def test_edits_while_redis_is_down(installation: Installation, recovered: Recovered) -> None:
    installation.broker.stop()
    try:
        for _ in range(3):  # each process of the server, with connections from before
            page = installation.edit()
            assert page.seconds < 2, f"an edit took {page.seconds:.2f} s"
        overview = installation.person.get("/")
        assert overview.seconds < 2
        assert "3 changes pending" in overview.text
        assert installation.person.get("/readyz").status == 503
        assert installation.person.get("/readyz?for=traffic").status == 200
    finally:
        installation.broker.start()
    seconds = installation.wait_for_results(60)
    recovered("Redis down for edits, until they are published after it is back", seconds)
    assert "pending" not in installation.person.get("/").text


def test_redis_restarted_under_a_running_worker(installation: Installation, recovered: Recovered) -> None:
    with installation.nobody_listens():
        installation.edit()
        assert installation.broker.waiting(), "a message is there to be lost"
        installation.broker.stop()
        installation.broker.start()
        assert not installation.broker.waiting()
    recovered(
        "Redis restarted with a message in it, until the edit is published", installation.wait_for_results()
    )
    began = time.monotonic()
    installation.edit()
    installation.wait_for_results()
    recovered("the next edit after that", time.monotonic() - began)
    wait_until(installation.is_ready, "worker and beat are heard of again")
