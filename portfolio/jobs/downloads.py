"""Downloads are asked for, removed and let expire here; `download_attempts` works on them.

Their files stand in a folder of this installation's database, so that two databases that share `var` never
remove each other's.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from portfolio.models import Download
from portfolio.vocabulary import DownloadState

logger = logging.getLogger(__name__)

UNFINISHED = (DownloadState.QUEUED, DownloadState.RUNNING)
KEPT = (*UNFINISHED, DownloadState.READY)
ENDED = (DownloadState.EXPIRED, DownloadState.FAILED)
FORGOTTEN_AFTER = timedelta(days=7)
MOST_ENDED = 50
MEGABYTE = 1_000_000
RETRY_SECONDS = 10

_waker: Callable[[int], None] | None = None


class LimitReached(Exception):
    """A person has as many downloads as may be; `waiting`: it passes by itself, once some are finished."""

    def __init__(self, sentence: str, *, waiting: bool) -> None:
        super().__init__(sentence)
        self.waiting = waiting


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to have prepared, checked: the fields of a `Download` of the same names."""

    list_name: str
    format: str
    parameters: dict[str, str]
    address: str
    permissions: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def set_worker(waker: Callable[[int], None]) -> None:
    """Say what has a download worked on; `tasks` does, since only it queues work."""
    global _waker
    _waker = waker


def ask_for(owner: User, wanted: Wanted) -> Download:
    """Return a new download of a person, which is worked on once this is committed; raise LimitReached."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # so that two requests at once count each other
        refuse_too_many(Download.objects.filter(owner=owner), "downloads")
        _refuse_too_much(owner)
        _forget_oldest(owner)
        made = Download.objects.create(
            owner=owner,
            created_at=timezone.now(),
            list_name=wanted.list_name,
            format=wanted.format,
            parameters=wanted.parameters,
            address=wanted.address,
            permissions=wanted.permissions,
            seen=wanted.seen,
        )
        transaction.on_commit(lambda: wake(made.pk), robust=True)
    return made


def wake(pk: int) -> None:
    """Have a download worked on."""
    if _waker:
        _waker(pk)


def refuse_too_many(own: QuerySet[Any], what: str) -> None:
    """Raise LimitReached where a person's downloads, or reports, leave no room for one more of them."""
    limits = settings.DOWNLOADS
    if own.filter(state__in=UNFINISHED).count() >= limits["unfinished"]:
        raise LimitReached(
            f"You have {limits['unfinished']} {what} that are not finished, and may have no more. Wait for"
            " one, or remove one.",
            waiting=True,
        )
    if own.filter(state__in=KEPT).count() >= limits["kept"]:
        raise LimitReached(
            f"You have {limits['kept']} {what}, and may have no more. Remove one that you need no longer.",
            waiting=False,
        )


def _refuse_too_much(owner: User) -> None:
    megabytes = settings.DOWNLOADS["megabytes"]
    if bytes_kept(owner) >= megabytes * MEGABYTE:
        raise LimitReached(
            f"Your downloads take the {megabytes:,} MB that they may. Remove one that you need no longer.",
            waiting=False,
        )


def _forget_oldest(owner: User) -> None:
    """Let a person keep the newest of those that ended alone, however many fail in a week."""
    ended = Download.objects.filter(owner=owner, state__in=ENDED).order_by("-id")
    Download.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[MOST_ENDED:])).delete()


def bytes_kept(owner: User) -> int:
    """Return how many bytes the files of a person take."""
    ready = Download.objects.filter(owner=owner, state=DownloadState.READY)
    return int(ready.aggregate(bytes=Sum("size"))["bytes"] or 0)


def remove(download: Download) -> None:
    """Remove a download with its file; an attempt at it that is under way notices, and stops."""
    Download.objects.filter(pk=download.pk).delete()
    _unlink(download)


def folder() -> Path:
    """Return the folder of the files of this database, which is made."""
    name = str(connection.settings_dict["NAME"])
    found = Path(settings.DOWNLOADS["folder"]) / sha256(name.encode()).hexdigest()[:12]
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def file_of(download: Download) -> Path:
    """Return where the file of a download is, once it is ready."""
    return folder() / f"{download.key}-{download.attempt}.{download.format}"


def _unlink(download: Download) -> None:
    for path in folder().glob(f"{download.key}-*"):
        path.unlink(missing_ok=True)


def expire_those_due() -> None:
    """Let downloads expire whose time has come, with their files; forget those that ended a week ago."""
    now = timezone.now()
    for download in Download.objects.filter(state=DownloadState.READY, expires_at__lte=now):
        Download.objects.filter(pk=download.pk, state=DownloadState.READY).update(state=DownloadState.EXPIRED)
        _unlink(download)
    old = Download.objects.filter(state__in=ENDED, finished_at__lte=now - FORGOTTEN_AFTER)
    if old.exists():
        old.delete()


def remove_what_nobody_has() -> int:
    """Remove files of attempts that were given up, or of people who are gone; return how many."""
    # Files first, then rows: an attempt is recorded before its file is made.
    paths = list(folder().iterdir())
    living = Download.objects.filter(state__in=(DownloadState.RUNNING, DownloadState.READY))
    known = {f"{key}-{attempt}" for key, attempt in living.values_list("key", "attempt")}
    gone = [path for path in paths if path.name.split(".", 1)[0] not in known]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def tidy() -> None:
    """Let expire what is due, and remove files that belong to nothing."""
    expire_those_due()
    removed = remove_what_nobody_has()
    if removed:
        logger.info("Removed %s files of downloads that belonged to nothing", removed)
