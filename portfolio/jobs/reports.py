"""Board reports are asked for, removed and let expire here; `report_attempts` has them made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from portfolio.jobs.downloads import ENDED, FORGOTTEN_AFTER, refuse_too_many
from portfolio.models import BoardReport, BoardReportFile
from portfolio.queries.publications import publication_of
from portfolio.rules.dates import parse_as_of
from portfolio.vocabulary import DownloadState, ReportSection

LONGEST_TITLE, LONGEST_NOTE = 200, 2_000
CHANGES_OVER = timedelta(days=30)

_waker: Callable[[int], None] | None = None


class ReportRefused(ValueError):
    """A report that cannot be made; its text says what is wrong and what is accepted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to hold, as somebody gave it: texts, unchecked."""

    title: str
    note: str
    sections: list[str]
    as_of: str
    since: str
    publication: str


def set_worker(waker: Callable[[int], None]) -> None:
    """Say what has a report made; `tasks` does, since only it queues work."""
    global _waker
    _waker = waker


def ask_for(owner: User, wanted: Wanted, latest: date) -> BoardReport:
    """Return a new report of a person, which is made once this is committed.

    `latest` is the newest day that there are results of: an empty `as_of` means it. Raise ReportRefused,
    DateRefused or LimitReached, each with a sentence.
    """
    title, note = _text("title", wanted.title, LONGEST_TITLE), _text("note", wanted.note, LONGEST_NOTE)
    if not title:
        raise ReportRefused("A report needs a title.")
    sections = _sections(wanted.sections)
    as_of = _day(wanted, latest)
    since = None
    if ReportSection.CHANGES in sections:
        since = parse_as_of(wanted.since, latest) if wanted.since else as_of - CHANGES_OVER
        if since >= as_of:
            raise ReportRefused(
                f"What changed since {since} cannot be told as of {as_of}: use a day before {as_of}."
            )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # so that two requests at once count each other
        refuse_too_many(BoardReport.objects.filter(owner=owner), "reports")
        made = BoardReport.objects.create(
            owner=owner,
            created_at=timezone.now(),
            title=title,
            note=note,
            sections=sections,
            as_of=as_of,
            since=since,
            publication=wanted.publication,
        )
        transaction.on_commit(lambda: wake(made.pk), robust=True)
    return made


def wake(pk: int) -> None:
    """Have a report made."""
    if _waker:
        _waker(pk)


def _text(name: str, text: str, longest: int) -> str:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise ReportRefused(f"The {name} has {len(text):,} characters. Accepted: {longest:,} at most.")
    return text


def _sections(asked: list[str]) -> list[str]:
    """Return the sections in the order of the pages."""
    unknown = sorted(set(asked) - set(ReportSection.values))
    if unknown:
        accepted = ", ".join(ReportSection.values)
        raise ReportRefused(f"“{unknown[0][:80]}” is no section. Accepted: {accepted}.")
    if not set(asked) - {ReportSection.SOURCES}:
        raise ReportRefused("A report needs at least one section beside the sources.")
    return [section.value for section in ReportSection if section in asked]


def _day(wanted: Wanted, latest: date) -> date:
    """Return the day of a report: that of its publication, if it has one."""
    if not wanted.publication:
        return parse_as_of(wanted.as_of, latest) if wanted.as_of else latest
    publication = publication_of(wanted.publication)
    if publication is None:
        raise ReportRefused(f"There is no publication “{wanted.publication[:80]}”.")
    if wanted.as_of and wanted.as_of != publication.as_of.isoformat():
        raise ReportRefused(
            f"“{publication.name}” is of {publication.as_of}, and the report is asked for as of"
            f" {wanted.as_of[:20]}. Leave the day empty, or choose no publication."
        )
    return publication.as_of


def remove(report: BoardReport) -> None:
    """Remove a report with its file; an attempt at it that is under way notices, and stops."""
    BoardReport.objects.filter(pk=report.pk).delete()


def tidy() -> None:
    """Let reports expire whose time has come, with their files; forget those that ended a week ago."""
    now = timezone.now()
    due = BoardReport.objects.filter(state=DownloadState.READY, expires_at__lte=now)
    if due.exists():
        with transaction.atomic():
            gone = list(due.select_for_update().values_list("pk", flat=True))
            BoardReportFile.objects.filter(report__in=gone).delete()
            BoardReport.objects.filter(pk__in=gone).update(state=DownloadState.EXPIRED)
    old = BoardReport.objects.filter(state__in=ENDED, finished_at__lte=now - FORGOTTEN_AFTER)
    if old.exists():
        old.delete()
