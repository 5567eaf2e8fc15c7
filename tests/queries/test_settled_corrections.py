"""From when on corrections count as settled: never later than what somebody is still writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from portfolio.queries import settled_corrections
from portfolio.queries.settled_corrections import settled_until

LATER = timedelta(hours=2)


@contextmanager
def somebody_writing() -> Iterator[None]:
    """Have another connection write, and not commit."""
    written, done = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                User.objects.create_user("writer")
                written.set()
                done.wait(30)
                transaction.set_rollback(True)
        finally:
            connection.close()

    thread = Thread(target=write)
    thread.start()
    try:
        assert written.wait(30)
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_settled_that_a_writer_may_still_enter() -> None:
    began = timezone.now()
    with somebody_writing():
        assert settled_until(timezone.now() + LATER) < began
        assert settled_until(timezone.now()) < began - timedelta(minutes=9)


@pytest.mark.django_db
def test_without_writers_a_minute_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled_corrections, "_somebody_writes", lambda: False)
    settled = settled_until(datetime(2026, 6, 30, 12, 34, 56, tzinfo=timezone.get_current_timezone()))
    expected = "12:33" if connection.vendor == "postgresql" else "12:20"
    assert f"{settled:%H:%M}" == expected
