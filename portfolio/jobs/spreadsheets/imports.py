"""What people and commands ask of an import: change its plan, preview it, apply it, discard it."""

import logging
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import connection, transaction

from portfolio.jobs.places import FactRefused
from portfolio.jobs.retries import to_be_tried_again
from portfolio.jobs.spreadsheets.applying import apply
from portfolio.jobs.spreadsheets.kinds import FileRefused
from portfolio.jobs.spreadsheets.plans import Plan
from portfolio.jobs.spreadsheets.previewing import preview
from portfolio.jobs.spreadsheets.progress import Attempt, Superseded, waiting
from portfolio.jobs.spreadsheets.uploads import remember
from portfolio.models import SpreadsheetImport
from portfolio.vocabulary import ImportStatus

logger = logging.getLogger(__name__)

ATTEMPTS = 3
_waker: Callable[[int], None] | None = None


class ImportRefused(Exception):
    """What was asked cannot be done with an import; its text says why."""


def set_worker(waker: Callable[[int], None]) -> None:
    """Say what has an import worked on; `tasks` does, since only it queues work."""
    global _waker
    _waker = waker


def keep_plan(taken: SpreadsheetImport, plan: Plan) -> None:
    """Keep how the columns of an import are mapped so far."""
    with transaction.atomic():
        held = _held(taken, ImportStatus.MAPPING)
        held.plan = plan.written()
        held.save(update_fields=["plan"])


def ask_for_preview(taken: SpreadsheetImport, plan: Plan, person: User | None) -> None:
    """Have an import previewed as a plan says, and remember the plan for lists with the same columns."""
    with transaction.atomic():
        held = _held(taken, ImportStatus.MAPPING, ImportStatus.PREVIEWED, ImportStatus.PREVIEWING)
        held.plan, held.status, held.message = plan.written(), ImportStatus.PREVIEWING, ""
        held.worked_on_at = None
        held.save()
        remember(plan, person)
        _work_once_committed(held.pk)


def ask_to_apply(taken: SpreadsheetImport, person: User | None, reason: str = "") -> None:
    """Have the previewed rows of an import applied; raise ImportRefused where they cannot be.

    Where a row needs a second person, nothing is written: the import becomes a proposal, for that `reason`.
    """
    with transaction.atomic():
        held = _held(taken, ImportStatus.PREVIEWED)
        if held.faulty:
            raise ImportRefused(
                f"Of the rows of the list, {held.faulty} {'is' if held.faulty == 1 else 'are'} faulty: an"
                " import is applied as a whole, or not at all. Settle them, or leave them out."
            )
        held.status, held.applied_by, held.message = ImportStatus.APPLYING, person, ""
        held.approved_by, held.reason = None, reason.strip()
        held.worked_on_at = None
        held.save()
        _work_once_committed(held.pk)


def apply_approved(taken: SpreadsheetImport, person: User) -> None:
    """Have an import applied that waited for a second person, who has approved it."""
    with transaction.atomic():
        held = _held(taken, ImportStatus.PROPOSED)
        held.status, held.approved_by, held.message = ImportStatus.APPLYING, person, ""
        held.worked_on_at = None
        held.save()
        _work_once_committed(held.pk)


def back_to_preview(taken: SpreadsheetImport, message: str) -> None:
    """Let an import that waited for a second person be changed, asked for again, or discarded."""
    with transaction.atomic():
        held = _held(taken, ImportStatus.PROPOSED)
        held.status, held.message = ImportStatus.PREVIEWED, message
        held.save(update_fields=["status", "message"])


def back_to_mapping(taken: SpreadsheetImport) -> None:
    """Let the columns of an import be mapped again."""
    with transaction.atomic():
        held = _held(taken, ImportStatus.PREVIEWED, ImportStatus.PREVIEWING)
        held.status = ImportStatus.MAPPING
        held.save(update_fields=["status"])


def resume(taken: SpreadsheetImport) -> None:
    """Have an import worked on again whose worker died, where no beat does it."""
    if taken.pk in waiting() and _waker:
        _waker(taken.pk)


def discard(taken: SpreadsheetImport) -> None:
    """Remove an import that wrote nothing, with its file and preview."""
    with transaction.atomic():
        _held(taken, ImportStatus.MAPPING, ImportStatus.PREVIEWED, ImportStatus.PREVIEWING).delete()


def _held(taken: SpreadsheetImport, *statuses: ImportStatus) -> SpreadsheetImport:
    held = SpreadsheetImport.objects.select_for_update(of=("self",)).filter(pk=taken.pk).first()
    if held is None:
        raise ImportRefused("The import was discarded.")
    if held.status not in statuses:
        raise ImportRefused(f"The import is {held.get_status_display().lower()}: that cannot be done now.")
    return held


def _work_once_committed(pk: int) -> None:
    def wake() -> None:
        if _waker:
            _waker(pk)

    transaction.on_commit(wake, robust=True)


def work_on(pk: int) -> None:
    """Do what an import asks for: its preview, or its application. What stands in the way is kept with it."""
    for number in range(1, ATTEMPTS + 1):
        taken = SpreadsheetImport.objects.filter(pk=pk).first()
        if taken is None or taken.status not in (ImportStatus.PREVIEWING, ImportStatus.APPLYING):
            return
        attempt = Attempt(taken)
        try:
            (apply if taken.status == ImportStatus.APPLYING else preview)(taken, attempt)
        except Superseded:
            pass
        except (FileRefused, FactRefused) as refused:
            _stopped(attempt, str(refused))
        except Exception as error:
            if number < ATTEMPTS and to_be_tried_again(error) and not connection.in_atomic_block:
                continue
            logger.exception("Import %s stopped", pk)
            _stopped(
                attempt, f"The work stopped with an error, and nothing was changed. {type(error).__name__}."
            )
        return


def _stopped(attempt: Attempt, message: str) -> None:
    status = ImportStatus.PREVIEWED if attempt.status == ImportStatus.APPLYING else ImportStatus.MAPPING
    SpreadsheetImport.objects.filter(pk=attempt.pk, attempt=attempt.number).update(
        status=status, message=message, worked_on_at=None, step=""
    )


def work_on_what_waits() -> None:
    """Take up imports whose worker died or whose message was lost."""
    for pk in waiting():
        work_on(pk)
