"""Make a board report: one attempt at a time, seen from pages, and taken up again when its worker died."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from threading import Event, Thread

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from portfolio.jobs.downloads import UNFINISHED
from portfolio.models import BoardReport, BoardReportFile
from portfolio.vocabulary import DownloadState

GIVEN_UP_AFTER = timedelta(seconds=60)
RENEWED_EVERY = 1.0  # seconds
MOST_DEATHS = 3


class Superseded(Exception):
    """Another attempt has taken over, or the report was removed: this one writes no more."""


def _idle() -> Q:
    return Q(worked_on_at=None) | Q(worked_on_at__lt=timezone.now() - GIVEN_UP_AFTER)


def waiting() -> list[int]:
    """Return the reports that nobody works on, the oldest first."""
    asked = BoardReport.objects.filter(_idle(), state__in=UNFINISHED)
    return list(asked.order_by("id").values_list("id", flat=True))


def begun(pk: int) -> "Attempt | None":
    """Return a new attempt at a report; None where somebody works on it, or nothing is left to do."""
    now = timezone.now()
    died = Case(When(state=DownloadState.RUNNING, then=Value(1)), default=Value(0))
    # One statement, so that of two who ask at once one alone has it.
    taken = BoardReport.objects.filter(_idle(), pk=pk, state__in=UNFINISHED).update(
        state=DownloadState.RUNNING,
        attempt=F("attempt") + 1,
        deaths=F("deaths") + died,
        worked_on_at=now,
        started_at=now,
        section="",
        sections_done=0,
    )
    report = BoardReport.objects.select_related("owner").filter(pk=pk).first() if taken else None
    if report is None:
        return None
    attempt = Attempt(report)
    if report.deaths >= MOST_DEATHS:
        attempt.fails(
            f"Its worker went away {report.deaths} times while the report was made. Ask for fewer sections."
        )
        return None
    return attempt


class Attempt:
    """One attempt at a report."""

    def __init__(self, report: BoardReport) -> None:
        self.report = report
        self._section, self._done = "", 0
        self._superseded, self._news = Event(), Event()

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Have it noted how far the work is, by a thread of its own with its own connection.

        What the report reads is one snapshot of one connection, which would keep notes from others.
        """
        if connection.in_atomic_block:  # whose writes another connection would wait for
            yield
            return
        over = Event()
        thread = Thread(target=self._renew, args=(over,), name=f"report {self.report.pk}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            self._news.set()
            thread.join()

    def _renew(self, over: Event) -> None:
        try:
            while not over.is_set():
                self._news.wait(RENEWED_EVERY)
                self._news.clear()
                if over.is_set():
                    return
                with suppress(DatabaseError):  # the next second may see a database that answers
                    if not self._mine(
                        worked_on_at=timezone.now(), section=self._section, sections_done=self._done
                    ):
                        self._superseded.set()
                        return
        finally:
            connection.close()

    def _mine(self, **fields: object) -> bool:
        """Note something with the report, where this attempt is still the one at it."""
        mine = BoardReport.objects.filter(
            pk=self.report.pk, attempt=self.report.attempt, state=DownloadState.RUNNING
        )
        return mine.update(**fields) > 0

    def at(self, section: str, done: int) -> None:
        """Note which section is being made, and how many are done; raise Superseded."""
        self._section, self._done = section, done
        self._news.set()
        if self._superseded.is_set():
            raise Superseded

    def ready(self, pdf: bytes, pages: int, data_version: int) -> None:
        """Keep the PDF, and say that it is there; raise Superseded."""
        now = timezone.now()
        with transaction.atomic():
            done = self._mine(
                state=DownloadState.READY,
                message="",
                section="",
                sections_done=len(self.report.sections),
                data_version=data_version,
                pages=pages,
                size=len(pdf),
                sha256=sha256(pdf).hexdigest(),
                finished_at=now,
                expires_at=now + timedelta(hours=settings.DOWNLOADS["hours"]),
                worked_on_at=None,
            )
            if not done:
                raise Superseded
            BoardReportFile.objects.create(report=self.report, pdf=pdf)

    def fails(self, sentence: str) -> None:
        """Say why there is no report."""
        self._mine(
            state=DownloadState.FAILED, message=sentence, finished_at=timezone.now(), worked_on_at=None
        )

    def put_back(self) -> None:
        """Leave the report to be taken up again, as soon as somebody looks for work."""
        self._mine(state=DownloadState.QUEUED, section="", worked_on_at=None)
