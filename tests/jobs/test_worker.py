"""A real worker on a real Redis: edits are published, lost messages found, a dead broker survived."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from portfolio.models import ContributionEvent, RecomputeRequest
from tests.jobs.test_recompute import secured
from tests.loaded import load_small

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
BROKER = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
DEAD_BROKER = "redis://127.0.0.1:1/0"
EDIT = """
import sys, time
from decimal import Decimal
from datetime import date
import django
django.setup()
from portfolio.jobs.facts import save_fact
from portfolio.models import Contribution, ContributionEvent, Source
event = ContributionEvent(
    contribution=Contribution.objects.get(reference="C-004"), kind="signed", occurred_on=date(2026, 11, 1),
    amount=Decimal("1000.00"), confidence="confirmed", source=Source.objects.get(key="example"))
started = time.monotonic()
save_fact(event, "a test")
print(time.monotonic() - started)
"""


def environment(broker: str) -> dict[str, str]:
    """Return the environment of a process on the test's own database."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        at = f"{database['HOST']}:{database['PORT']}"
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{at}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "investai.settings",
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": broker,
        "SECRET_KEY": "a key that only tests use",
    }


def edit(broker: str) -> float:
    """Make an edit in a process of its own; return the seconds it took."""
    done = subprocess.run(
        [sys.executable, "-c", EDIT],
        env=environment(broker),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Start a worker when asked, and stop it at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        log = (tmp_path / "worker.log").open("wb")
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "investai",
            "worker",
            "--pool",
            "solo",
            "--loglevel",
            "info",
        ]
        started.append(
            subprocess.Popen(
                command, env=environment(BROKER), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        )

    purge = [sys.executable, "-m", "celery", "-A", "investai", "purge", "-f"]
    subprocess.run(purge, env=environment(BROKER), cwd=ROOT, capture_output=True, check=True)
    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(amount: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while secured() != amount and time.monotonic() < until:
        time.sleep(0.2)
    assert secured() == amount


def test_an_edit_is_published_by_a_worker(worker: Callable[[], Any]) -> None:
    load_small()
    assert secured() == "2042743603.10"
    edit(BROKER)
    assert secured() == "2042743603.10", "no worker yet"
    worker()
    wait_for("2042744603.10")


def test_a_message_that_was_lost_is_found_by_the_sweep(worker: Callable[[], Any]) -> None:
    load_small()
    edit(DEAD_BROKER)
    worker()
    code = "import django; django.setup(); from portfolio.tasks import sweep; sweep.delay()"
    subprocess.run(
        [sys.executable, "-c", code], env=environment(BROKER), cwd=ROOT, check=True, capture_output=True
    )
    wait_for("2042744603.10")


def test_a_dead_broker_holds_no_edit_up() -> None:
    load_small()
    assert edit(DEAD_BROKER) < 2
    assert secured() == "2042743603.10"
    assert ContributionEvent.objects.filter(contribution__reference="C-004", kind="signed").exists()
    assert RecomputeRequest.objects.count() == 1
