"""PostgreSQL restarts: web and worker find it again by themselves."""

import time
from collections.abc import Callable

import pytest
from django.db import connection

from tests.faults.installation import Installation
from tests.faults.servers import wait_until

pytestmark = [pytest.mark.redis, pytest.mark.postgres]


def test_postgresql_crashes_in_the_middle_of_a_run(
    installation: Installation, recovered: Callable[[str, float], None]
) -> None:
    installation.failures += 1  # it may be recorded as a failed one, if the server is back in time
    with installation.stopped_at("LOCK TABLE portfolio_projectcoverage IN EXCLUSIVE MODE"):
        installation.database.stop("immediate")
        installation.database.start()
    seconds = installation.wait_for_results()
    recovered("PostgreSQL crashed in the middle of a run, until the run is done", seconds)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarted(
    installation: Installation, recovered: Callable[[str, float], None], mode: str
) -> None:
    installation.edit()  # every process has used its connection
    installation.wait_for_results()
    installation.database.stop(mode)
    try:
        wait_until(lambda: installation.person.get("/readyz?for=traffic").status == 503, "it is noticed")
        assert installation.person.get("/").status == 500
    finally:
        installation.database.start()
    began = time.monotonic()
    for _ in range(8):  # whichever process and thread answers
        assert installation.person.get("/projects/").status == 200
    recovered(f"PostgreSQL restarted ({mode}), until pages answer", (time.monotonic() - began) / 8)
    began = time.monotonic()
    installation.edit()
    installation.wait_for_results()
    recovered(f"PostgreSQL restarted ({mode}), until an edit is published", time.monotonic() - began)
    wait_until(installation.is_ready, "all checks are in order")


@pytest.mark.django_db
def test_locks_of_a_machine_that_is_switched_off_are_let_go_within_minutes() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the tests themselves run on SQLite here")
    with connection.cursor() as cursor:
        shown = {}
        for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"):
            cursor.execute(f"SHOW {name}")
            shown[name] = int(cursor.fetchone()[0])
    waits = shown["tcp_keepalives_interval"] * shown["tcp_keepalives_count"]
    assert 0 < shown["tcp_keepalives_idle"] + waits <= 120
