"""Applying an import, all of it or nothing, and undoing it as long as nobody has changed what it wrote."""

from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from portfolio.jobs.bundle_format import FILE_BY_NAME, FILES, File
from portfolio.jobs.bundle_writing import Author, lock_facts, remove_rows, restore_rows, write
from portfolio.jobs.bundles import DATED_BY
from portfolio.jobs.exchange_rates import TooLarge, refresh_euro_values
from portfolio.jobs.places import FactRefused, check_places, lock_limit
from portfolio.jobs.proposals import propose_import, set_aside
from portfolio.jobs.requests import request_recompute
from portfolio.jobs.spreadsheets.approval import NeedsApproval, rows_above
from portfolio.jobs.spreadsheets.plans import plan_from
from portfolio.jobs.spreadsheets.previewing import digest_of, has_faults, preview, staged
from portfolio.jobs.spreadsheets.progress import Attempt
from portfolio.jobs.spreadsheets.staging import Staging, execute, rows_of
from portfolio.jobs.spreadsheets.uploads import file_of, remember
from portfolio.models import ImportedFilePart, SpreadsheetImport
from portfolio.queries.results import data_version
from portfolio.vocabulary import ImportStatus

MOST_NAMED = 20
# Facts of a project that bear on its own figures alone, so that no other has to be computed again.
OF_ONE_PROJECT = {"contributions", "contribution_events", "cost_estimates", "milestones"}
MOST_PROJECTS = 500


class UndoRefused(Exception):
    """An import that cannot be undone; its text names what stands in the way."""


def reason_of(taken: SpreadsheetImport, what: str = "import") -> str:
    """Return what history says of a change by an import, with who approved it where somebody had to."""
    approved = f", approved by {taken.approved_by.get_username()[:30]}" if taken.approved_by else ""
    return f"{what} {taken.pk}{approved}: {taken.file_name}"[:100]


def apply(taken: SpreadsheetImport, attempt: Attempt) -> None:
    """Write what the preview showed; where records changed since, make the preview again instead.

    Where rows need a second person who has not approved them yet, nothing is written, and it is proposed.
    """
    try:
        _apply(taken, attempt)
    except NeedsApproval as needs:
        with transaction.atomic():
            held = attempt.held()
            held.status, held.step, held.worked_on_at = ImportStatus.PROPOSED, "", None
            held.save()
            propose_import(held, needs.rows, needs.stake)


def _apply(taken: SpreadsheetImport, attempt: Attempt) -> None:
    plan = plan_from(taken.plan)
    version = data_version()
    with file_of(taken) as path, staged(path, taken.kind, plan, attempt) as (staging, _):
        digest = digest_of(staging)
        attempt.says("Writing", taken.rows, taken.rows, at_once=True)
        with transaction.atomic():
            lock_facts()
            held = attempt.held()
            if data_version() != version:  # records moved while the list was read: others wait this once
                digest = digest_of(staging)
            same = not has_faults() and digest == held.digest
            if same:
                _write(held, staging)
                if held.approved_by is None and (above := rows_above(held)):
                    raise above
                held.status, held.applied_at = ImportStatus.APPLIED, timezone.now()
                held.step, held.message, held.worked_on_at = "", "", None
                held.save()
                ImportedFilePart.objects.filter(of=held).delete()
                remember(plan, held.applied_by)
    if not same:
        _look_again(taken, attempt)


def _look_again(taken: SpreadsheetImport, attempt: Attempt) -> None:
    with transaction.atomic():
        held = attempt.held()
        held.status = attempt.status = ImportStatus.PREVIEWING
        if held.approved_by is not None:  # what was approved is not what would be written now
            held.approved_by = None
            set_aside(held, "Records were changed since it was proposed, and nothing was applied.")
        held.save(update_fields=["status", "approved_by"])
    preview(held, attempt)
    SpreadsheetImport.objects.filter(pk=taken.pk).update(
        message="Records were changed since the preview was made, and nothing was applied. This is the"
        " preview of now: look at it again, and apply it then."
    )


def _write(held: SpreadsheetImport, staging: Staging) -> None:
    newest = {file.name: _newest_version(file) for file in staging.files}
    author = Author(reason_of(held), held.applied_by_id)
    changes = write(staging.filled(), False, author, additive=True)
    for file in staging.files:
        history = _history(file)
        execute(
            "INSERT INTO portfolio_importedfact (of_id, file, fact, version, added)"
            f" SELECT %s, %s, id, history_id, history_type = '+' FROM {history}"
            " WHERE history_id > %s AND history_change_reason = %s ORDER BY history_id",
            (held.pk, file.name, newest[file.name], author.reason),
        )
    written = [name for name, change in changes.items() if change]
    if written:
        _settle(written, held, author.reason)


def _settle(files: list[str], held: SpreadsheetImport, reason: str) -> None:
    """Derive what follows from rows that were written, and ask for results to be computed."""
    _derive(files)
    request_recompute(_projects(files, held), reason, _since(files, held))


def _derive(files: list[str]) -> None:
    """Bring euro values up to date, and keep the places of gigafactories; raise FactRefused."""
    try:
        if {"contributions", "contribution_events", "cost_estimates"} & set(files):
            refresh_euro_values()
    except TooLarge as error:
        raise FactRefused(f"{error}.") from error
    if {"projects", "project_stages"} & set(files):
        check_places(lock_limit())


def _projects(files: list[str], held: SpreadsheetImport) -> set[int] | None:
    """Return the projects whose figures the rows bear on; None where it may be any of them."""
    if not set(files) <= OF_ONE_PROJECT:
        return None
    found: set[int] = set()
    for name in files:
        table = FILE_BY_NAME[name].model._meta.db_table
        written = f"SELECT fact FROM portfolio_importedfact WHERE of_id = %s AND file = '{name}'"
        of = "project_id FROM portfolio_contribution WHERE id IN (SELECT contribution_id FROM"
        sql = (
            f"SELECT DISTINCT {of} {table} WHERE id IN ({written}))"
            if name == "contribution_events"
            else f"SELECT DISTINCT project_id FROM {table} WHERE id IN ({written})"
        )
        found |= {project for (project,) in rows_of(sql, (held.pk,))}
    return found if len(found) <= MOST_PROJECTS and found else None


def _since(files: list[str], held: SpreadsheetImport) -> date | None:
    """Return the first day whose results new rows bear on; None where it may be any."""
    if (
        not set(files) <= {"contribution_events", "cost_estimates"}
        or held.written.filter(added=False).exists()
    ):
        return None
    days: list[date] = []
    for name in files:
        (column,) = DATED_BY[name]
        rows = FILE_BY_NAME[name].model._default_manager.filter(
            pk__in=held.written.filter(file=name).values("fact")
        )
        days.extend(rows.order_by(column).values_list(column, flat=True)[:1])
    return min(days, default=None)


def _history(file: File) -> str:
    return str(file.model.history.model._meta.db_table)  # type: ignore[attr-defined]


def _newest_version(file: File) -> int:
    return int(rows_of(f"SELECT COALESCE(MAX(history_id), 0) FROM {_history(file)}")[0][0])


def undo(taken: SpreadsheetImport, person: User | None) -> None:
    """Take back what an import wrote; raise UndoRefused where rows were changed since, and say which."""
    with transaction.atomic():
        lock_facts()
        held = SpreadsheetImport.objects.select_for_update(of=("self",)).get(pk=taken.pk)
        if held.status != ImportStatus.APPLIED:
            raise UndoRefused("Only an import that was applied can be undone, and only once.")
        if person is not None and person.pk == held.applied_by_id and rows_above(held):
            raise UndoRefused(
                "Rows of it are above the threshold of approval: somebody else than who applied it has to"
                " undo it."
            )
        _refuse_what_changed(held)
        author = Author(reason_of(held, "undo of import"), person.pk if person else None)
        projects = _projects_before(held)
        files = [file for file in FILES if held.written.filter(file=file.name).exists()]
        for file in reversed(files):
            written = (
                f"SELECT fact FROM portfolio_importedfact WHERE of_id = {held.pk} AND file = '{file.name}'"
            )
            remove_rows(file, f"{written} AND added", author)
            restore_rows(file, _versions_before(held, file), author)
        held.status, held.undone_by, held.undone_at = ImportStatus.UNDONE, person, timezone.now()
        held.save()
        if files:
            _derive([file.name for file in files])
            request_recompute(projects, author.reason)


def _projects_before(held: SpreadsheetImport) -> set[int] | None:
    files = list(held.written.order_by("file").values_list("file", flat=True).distinct())
    return _projects(files, held)


def _versions_before(held: SpreadsheetImport, file: File) -> str:
    """Return the SELECT of the versions that rows had before an import changed them."""
    history = _history(file)
    return (
        f"SELECT MAX(b.history_id) FROM {history} AS b JOIN portfolio_importedfact AS w"
        f" ON w.fact = b.id AND b.history_id < w.version"
        f" WHERE w.of_id = {held.pk} AND w.file = '{file.name}' AND NOT w.added GROUP BY b.id"
    )


def _refuse_what_changed(held: SpreadsheetImport) -> None:
    """Raise UndoRefused where a row was changed since, or where others came to refer to a new one."""
    named: list[str] = []
    for file in FILES:
        if not held.written.filter(file=file.name).exists():
            continue
        changed = rows_of(
            f"SELECT DISTINCT w.fact FROM portfolio_importedfact AS w JOIN {_history(file)} AS h"
            " ON h.id = w.fact AND h.history_id > w.version"
            f" WHERE w.of_id = %s AND w.file = %s ORDER BY w.fact LIMIT {MOST_NAMED + 1}",
            (held.pk, file.name),
        )
        named.extend(_named(file, [fact for (fact,) in changed], "was changed or removed since"))
        named.extend(_referred_to(held, file))
    if named:
        more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        raise UndoRefused(
            f"The import cannot be undone: {'; '.join(named[:MOST_NAMED])}{more}. Change these by hand."
        )


def _referred_to(held: SpreadsheetImport, file: File) -> list[str]:
    """Return the new rows of an import that rows of somebody else refer to."""
    named: list[str] = []
    for other in FILES:
        for column in other.references:
            if column.reference != file.name:
                continue
            table, name = other.model._meta.db_table, f"{column.name}_id"
            found = rows_of(
                f"SELECT DISTINCT o.{name} FROM {table} AS o JOIN portfolio_importedfact AS w"
                f" ON w.fact = o.{name} AND w.of_id = %s AND w.file = %s AND w.added"
                " WHERE NOT EXISTS (SELECT 1 FROM portfolio_importedfact AS x"
                f" WHERE x.of_id = w.of_id AND x.file = '{other.name}' AND x.fact = o.id AND x.added)"
                f" LIMIT {MOST_NAMED}",
                (held.pk, file.name),
            )
            what = f"is referred to by {other.name.replace('_', ' ')} that it did not write"
            named.extend(_named(file, [fact for (fact,) in found], what))
    return named


def _named(file: File, facts: list[Any], what: str) -> list[str]:
    known = {fact.pk: str(fact) for fact in file.model._default_manager.filter(pk__in=facts)}
    label = str(file.model._meta.verbose_name)
    return [f"{label} “{known[fact]}” {what}" if fact in known else f"a {label} {what}" for fact in facts]
