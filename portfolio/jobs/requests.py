"""Requests for a recomputation, written in the transaction of the edit that makes results out of date."""

from collections.abc import Callable, Iterable
from datetime import date
from threading import local

from django.db import transaction
from django.db.models import F

from portfolio.models import DataVersion, FactChange, RecomputeRequest

_waker: Callable[[], None] | None = None


class _Wakings(local):
    """How often this thread asked for a worker to be woken, and how many of these are done with.

    The first that runs after a commit wakes for all that were asked for by then: one edit or a thousand, a
    transaction costs one message, and waits once for a broker that is down.
    """

    asked = 0
    done = 0


_wakings = _Wakings()


def set_waker(waker: Callable[[], None]) -> None:
    """Say what is called after a commit that left requests; `tasks` does, since only it queues work."""
    global _waker
    _waker = waker


def request_recompute(projects: Iterable[int] | None, reason: str, since: date | None = None) -> None:
    """Ask for a recomputation of some projects (database ids), or of everything with None.

    Also moves the data version and notes what it changed: `since` is the first date whose results can
    differ (None: any). All of it stands or falls with the edit's own transaction; a worker is woken once
    that is committed, once for all edits of a transaction.
    """
    touched = [None] if projects is None else sorted(set(projects))
    RecomputeRequest.objects.bulk_create(
        RecomputeRequest(project_id=project, reason=reason) for project in touched
    )
    if not DataVersion.objects.update(number=F("number") + 1):
        DataVersion.objects.create(number=1)
    version = DataVersion.objects.values_list("number", flat=True).get()
    FactChange.objects.bulk_create(
        FactChange(version=version, project_id=project, since=since) for project in touched
    )
    _wake_once_committed()


def _wake_once_committed() -> None:
    _wakings.asked += 1
    number = _wakings.asked

    def wake() -> None:
        if number > _wakings.done:
            _wakings.done = _wakings.asked
            if _waker:
                _waker()

    transaction.on_commit(wake, robust=True)
