"""From when on corrections count as settled: never later than what somebody is still writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from portfolio.models import Recomputation
from portfolio.queries import settled_corrections
from portfolio.queries.settled_corrections import settled_until
from portfolio.queries.snapshot import one_snapshot


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
    with somebody_writing():
        began = timezone.now()
        for _ in range(3):
            assert settled_until(timezone.now()) < began
        with transaction.atomic():
            assert settled_until(timezone.now()) < began


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_from_before_a_look_at_the_writers_learns_nothing_from_it() -> None:
    with one_snapshot():
        assert Recomputation.objects.count() == 0
        began = timezone.now()
        other = Thread(target=look)
        other.start()
        other.join()
        assert settled_until(began) < began - timedelta(hours=23)


def look() -> None:
    try:
        settled_until(timezone.now())
    finally:
        connection.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_writers_a_minute_or_two_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled_corrections, "WRITING_SINCE", "SELECT NULL::timestamptz")
    settled_until(timezone.now())
    now = timezone.now()
    assert now - timedelta(minutes=3) < settled_until(now) < now - timedelta(minutes=1)
