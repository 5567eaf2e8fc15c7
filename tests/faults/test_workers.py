"""Workers die, beats are two, messages come twice: a run is done once, to its end, or not at all."""

import os
import re
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery.beat import PersistentScheduler

from investai.celery import app
from portfolio.jobs.locks import RECOMPUTING
from tests.faults.installation import Installation, Process
from tests.faults.servers import wait_until

pytestmark = [pytest.mark.redis, pytest.mark.postgres]

Recovered = Callable[[str, float], None]
# A run reaches these one after the other; whoever holds one of them decides how far it gets.
MOMENTS = (
    f"SELECT pg_advisory_lock({RECOMPUTING})",
    *(
        f"LOCK TABLE portfolio_{table} IN EXCLUSIVE MODE"
        for table in (
            "recomputation",
            "resultset",
            "contributionstate",
            "projectrollup",
            "projectcoverage",
            "envelopetotal",
            "alertevaluation",
            "recomputerequest",
        )
    ),
)


def results(installation: Installation) -> list[Any]:
    return installation.database.sql("SELECT * FROM portfolio_projectcoverage ORDER BY id")


def kill_at(installation: Installation, moment: str, kill: Callable[[], None]) -> float:
    """Kill what does a run at a moment of it; return how many seconds it took until the run was done."""
    before = results(installation)
    with installation.stopped_at(moment):
        kill()
        assert results(installation) == before, f"half of a run is seen: {moment}"
    began = time.monotonic()
    if not installation.worker.lives():
        installation.worker.start()
    installation.wait_for_results()
    assert installation.disbursed() == installation.expected(), moment
    return time.monotonic() - began


def test_a_process_of_the_worker_killed_at_nine_moments_of_a_run(
    installation: Installation, recovered: Recovered
) -> None:
    def kill() -> None:
        for pid in installation.worker.children:
            os.kill(pid, signal.SIGKILL)

    slowest = max(kill_at(installation, moment, kill) for moment in MOMENTS)
    recovered(
        "a process of the worker killed at nine moments of a run, until it is done, the slowest", slowest
    )


def test_the_whole_worker_killed_in_a_run_and_after_it(
    installation: Installation, recovered: Recovered
) -> None:
    slowest = max(kill_at(installation, moment, installation.worker.kill) for moment in MOMENTS[3:4])
    recovered("the whole worker killed in a run, from its start until the run is done", slowest)

    runs = installation.runs()
    with installation.stopped_at(MOMENTS[-1]):
        os.kill(installation.worker.pid, signal.SIGSTOP)  # it can't acknowledge what its process does
    installation.wait_for_results()
    installation.worker.kill()
    installation.worker.start()
    assert installation.broker.give_back(), "the message comes again"
    wait_until(lambda: not installation.broker.waiting(), "it is worked on")
    assert installation.runs() == runs + 1


def test_the_same_message_twice(installation: Installation) -> None:
    with installation.nobody_listens():
        installation.edit()
        runs = installation.runs()
        queue, client = "celery", installation.broker.client
        messages: Any = client.lrange(queue, 0, -1)
        assert any(b"answer_requests" in message for message in messages)
        client.lpush(queue, *messages, *messages)
        made = installation.download()
        messages = client.lrange(queue, 0, -1)
        client.lpush(queue, *(message for message in messages if b"work_on_download" in message))
    installation.wait_for_results()
    wait_until(lambda: not installation.broker.waiting(), "all messages are worked on")
    assert installation.runs() == runs + 1, "one run answers them all"
    assert installation.state_of(made)["state"] == "ready"
    attempts = "SELECT attempt, deaths FROM portfolio_download WHERE key = %s"
    assert installation.database.sql(attempts, made["key"]) == [(1, 0)]


def test_two_beats_to_which_everything_is_due(installation: Installation, recovered: Recovered) -> None:
    beats = [installation.beat_on(overdue(installation, name), name) for name in ("second", "third")]
    edits, began = "trigger = 'edit'", time.monotonic()
    runs = installation.runs(edits)
    with installation.worker.paused():
        installation.edit()
        for beat in beats:
            beat.start()
        try:
            due = {entry["task"] for entry in app.conf.beat_schedule.values()}
            for beat in beats:
                wait_until(partial(sent_all, beat, due), "all is sent")
        finally:
            for beat in beats:
                beat.stop()
    installation.wait_for_results()
    wait_until(lambda: not installation.broker.waiting(), "all messages are worked on")
    recovered(
        "two beats more, which send everything at once, until all of it is done", time.monotonic() - began
    )
    assert installation.runs(edits) == runs + 1
    month_ends = "SELECT count(as_of), count(DISTINCT as_of) FROM portfolio_recomputation WHERE trigger = %s"
    [(computed, dates)] = installation.database.sql(month_ends, "past_date")
    assert computed == dates > 12, "each month end is computed once"


def sent_all(beat: Process, due: set[str]) -> bool:
    return due <= set(re.findall(r"Sending due task \S+ \((\S+)\)", beat.log.read_text()))


def overdue(installation: Installation, name: str) -> Path:
    """Return the file of a beat that was last there two days ago."""
    file = installation.folder / name
    scheduler = PersistentScheduler(app, schedule_filename=str(file), lazy=True)
    scheduler.setup_schedule()
    for entry in scheduler.schedule.values():
        entry.last_run_at = datetime.now(UTC) - timedelta(days=2)
    scheduler.close()
    return file
