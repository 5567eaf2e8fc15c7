"""Work on an import: one attempt at a time, seen from pages, and taken up again when its worker died."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from portfolio.models import SpreadsheetImport
from portfolio.vocabulary import ImportStatus

IN_WORK = (ImportStatus.PREVIEWING, ImportStatus.APPLYING)
GIVEN_UP_AFTER = timedelta(seconds=60)
RENEWED_EVERY = timedelta(seconds=1)


class Superseded(Exception):
    """Another attempt has taken over, or the import was changed meanwhile: this one writes no more."""


class Attempt:
    """One attempt at the work that an import asks for."""

    def __init__(self, taken: SpreadsheetImport) -> None:
        self.pk = taken.pk
        self.status = taken.status
        SpreadsheetImport.objects.filter(pk=taken.pk).update(
            attempt=F("attempt") + 1, worked_on_at=timezone.now(), done=0, total=0
        )
        taken.refresh_from_db()
        self.number = taken.attempt
        self._renewed_at = timezone.now()

    def says(self, step: str, done: int = 0, total: int = 0, *, at_once: bool = False) -> None:
        """Note how far the work is, at most once a second; raise Superseded."""
        now = timezone.now()
        if not at_once and now - self._renewed_at < RENEWED_EVERY:
            return
        self._renewed_at = now
        mine = SpreadsheetImport.objects.filter(pk=self.pk, attempt=self.number, status=self.status)
        if not mine.update(step=step, done=done, total=total, worked_on_at=now):
            raise Superseded

    def held(self) -> SpreadsheetImport:
        """Return the import, kept from others until the transaction ends; raise Superseded."""
        mine = SpreadsheetImport.objects.select_for_update(of=("self",))
        taken = mine.filter(pk=self.pk, attempt=self.number, status=self.status).first()
        if taken is None:
            raise Superseded
        return taken


def waiting() -> list[int]:
    """Return the imports that ask for work and that nobody works on."""
    lately = timezone.now() - GIVEN_UP_AFTER
    asked = SpreadsheetImport.objects.filter(status__in=IN_WORK)
    idle = asked.filter(Q(worked_on_at=None) | Q(worked_on_at__lt=lately))
    return list(idle.order_by("id").values_list("id", flat=True))
