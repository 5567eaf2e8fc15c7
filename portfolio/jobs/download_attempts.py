"""Work on a download: one attempt at a time, seen from pages, and taken up again when its worker died."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import IO

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from portfolio.jobs.downloads import MEGABYTE, UNFINISHED, bytes_kept, file_of
from portfolio.models import Download
from portfolio.vocabulary import DownloadState

# Longer than a note of the work may have to wait for its turn to write on SQLite.
GIVEN_UP_AFTER = timedelta(seconds=30)
RENEWED_EVERY = 1.0  # seconds
MOST_DEATHS = 3
AT_ONCE = 1
FULL = (errno.ENOSPC, errno.EDQUOT)


class Superseded(Exception):
    """Another attempt has taken over, or the download was removed: this one writes no more."""


class Refused(Exception):
    """A file that cannot be made; its text says why."""


def _idle() -> Q:
    return Q(worked_on_at=None) | Q(worked_on_at__lt=timezone.now() - GIVEN_UP_AFTER)


def waiting() -> list[int]:
    """Return the downloads that nobody works on, the oldest first."""
    asked = Download.objects.filter(_idle(), state__in=UNFINISHED)
    return list(asked.order_by("id").values_list("id", flat=True))


def begun(pk: int) -> "Attempt | None":
    """Return a new attempt at a download; None where somebody works on it, or nothing is left to do.

    One is worked on at a time, over all processes: others wait, and workers have time for edits.
    """
    running = Download.objects.filter(state=DownloadState.RUNNING).exclude(_idle()).exclude(pk=pk)
    if running.count() >= AT_ONCE:
        return None
    now = timezone.now()
    died = Case(When(state=DownloadState.RUNNING, then=Value(1)), default=Value(0))
    # One statement, so that of two who ask at once one alone has it.
    taken = Download.objects.filter(_idle(), pk=pk, state__in=UNFINISHED).update(
        state=DownloadState.RUNNING,
        attempt=F("attempt") + 1,
        deaths=F("deaths") + died,
        worked_on_at=now,
        started_at=now,
        rows_written=0,
        rows_expected=None,
    )
    download = Download.objects.select_related("owner").filter(pk=pk).first() if taken else None
    if download is None:
        return None
    attempt = Attempt(download)
    if download.deaths >= MOST_DEATHS:
        attempt.fails(
            f"Its worker went away {download.deaths} times while the file was made. Ask for fewer rows, or"
            " for format=csv, which takes less memory."
        )
        return None
    return attempt


class Attempt:
    """One attempt at a download."""

    def __init__(self, download: Download) -> None:
        self.download = download
        self.rows, self.expected = 0, download.rows_expected
        self.size, self.digest = 0, sha256()
        self.room = settings.DOWNLOADS["megabytes"] * MEGABYTE - bytes_kept(download.owner)
        self._superseded = Event()

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Have it noted every second how far the work is, by a thread of its own with its own connection.

        The connection that rows are read on is busy with them, and its snapshot would keep notes from others.
        """
        if connection.in_atomic_block:  # whose writes another connection would wait for
            yield
            return
        done = Event()
        thread = Thread(target=self._renew, args=(done,), name=f"download {self.download.pk}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _renew(self, done: Event) -> None:
        try:
            while not done.wait(RENEWED_EVERY):
                with suppress(DatabaseError):  # the next second may see a database that answers
                    if not self._mine(
                        worked_on_at=timezone.now(), rows_written=self.rows, rows_expected=self.expected
                    ):
                        self._superseded.set()
                        return
        finally:
            connection.close()

    def _mine(self, **fields: object) -> bool:
        """Note something with the download, where this attempt is still the one at it."""
        mine = Download.objects.filter(
            pk=self.download.pk, attempt=self.download.attempt, state=DownloadState.RUNNING
        )
        return mine.update(**fields) > 0

    def expects(self, rows: int) -> None:
        """Note how many rows there will be."""
        self.expected = rows

    def wrote(self, rows: int) -> None:
        """Note how many rows are written so far; raise Superseded."""
        self.rows = rows if self.expected is None else min(rows, self.expected)
        if self._superseded.is_set():
            raise Superseded

    @contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """Give the file to write into. It is kept where it was written to its end, and removed elsewise."""
        path = file_of(self.download)
        part = path.with_name(f"{path.name}.part")
        try:
            with _private(part) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
                self._measure(out)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def check_room(self, size: int) -> None:
        """Raise Refused where a file gets larger than its owner has room for."""
        if size > self.room:
            raise Refused(
                f"The file gets larger than the {max(self.room, 0) / MEGABYTE:,.0f} MB that you have left of"
                f" {settings.DOWNLOADS['megabytes']:,}. Remove downloads, or ask for fewer rows."
            )

    def _measure(self, out: IO[bytes]) -> None:
        self.size, self.digest = out.seek(0, os.SEEK_END), sha256()
        self.check_room(self.size)
        out.seek(0)
        while piece := out.read(MEGABYTE):
            self.digest.update(piece)

    def ready(self, **fields: object) -> None:
        """Say that the file is there to its end; raise Superseded, with the file removed."""
        now = timezone.now()
        done = self._mine(
            state=DownloadState.READY,
            message="",
            rows_expected=self.expected,
            rows_written=self.expected if self.expected is not None else self.rows,
            size=self.size,
            sha256=self.digest.hexdigest(),
            finished_at=now,
            expires_at=now + timedelta(hours=settings.DOWNLOADS["hours"]),
            worked_on_at=None,
            **fields,
        )
        if not done:
            file_of(self.download).unlink(missing_ok=True)
            raise Superseded

    def fails(self, sentence: str) -> None:
        """Say why there is no file."""
        self._mine(
            state=DownloadState.FAILED,
            message=sentence,
            rows_expected=self.expected,
            rows_written=self.rows,
            finished_at=timezone.now(),
            worked_on_at=None,
        )
        file_of(self.download).unlink(missing_ok=True)

    def put_back(self) -> None:
        """Leave the download to be taken up again, as soon as somebody looks for work."""
        self._mine(state=DownloadState.QUEUED, worked_on_at=None)


def in_the_way(error: OSError) -> str:
    """Return the sentence about an error of the disk."""
    if error.errno in FULL:
        return (
            "There is no room left on the disk that downloads are written to. Ask who runs this installation,"
            " or for fewer rows."
        )
    return f"The file could not be written: {error.strerror or type(error).__name__}."


def _private(path: Path) -> IO[bytes]:
    """Return a new file, which nobody else on this machine may read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
