"""Taking a file in: keeping it, telling what it is, and proposing how it is read."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from portfolio.jobs.spreadsheets.cells import Row, shown_text
from portfolio.jobs.spreadsheets.headers import Header, header_of, names_of
from portfolio.jobs.spreadsheets.kinds import FileKind, FileRefused, kind_of
from portfolio.jobs.spreadsheets.layouts import known_columns, known_layout, mapped_by, suggested
from portfolio.jobs.spreadsheets.plans import NewSource, Plan, layout_of, plan_from
from portfolio.jobs.spreadsheets.targets import SOURCE, FieldKind, targets
from portfolio.jobs.spreadsheets.text_files import ENCODINGS, SEPARATORS, TextForm, form_of, text_rows
from portfolio.jobs.spreadsheets.workbooks import SheetStart, sheets_of, workbook_rows
from portfolio.models import ImportedFilePart, ImportLayout, SpreadsheetImport
from portfolio.vocabulary import ImportStatus

PART = 1 << 20
FIRST_ROWS = 60
SHOWN_ROWS = 8
SHOWN_TEXT = 60
NO_HEADER = "no row looks like a header: say in which row the names of the columns stand"


def receive(name: str, content: Iterable[bytes], person: User | None) -> SpreadsheetImport:
    """Keep an uploaded file and propose how it is read; raise FileRefused where it is no list."""
    most = settings.IMPORT_MEGABYTES << 20
    digest, size = hashlib.sha256(), 0
    with transaction.atomic():
        taken = SpreadsheetImport.objects.create(
            file_name=Path(name).name[-255:] or "unnamed",
            size=0,
            status=ImportStatus.MAPPING,
            created_by=person,
        )
        for position, part in enumerate(_parts(content)):
            digest.update(part)
            size += len(part)
            if size > most:
                raise FileRefused(
                    f"The file is larger than {settings.IMPORT_MEGABYTES} MB, the most that is imported at"
                    " once. Divide it, or have the setting IMPORT_MEGABYTES raised."
                )
            ImportedFilePart.objects.create(of=taken, position=position, content=part)
        taken.sha256, taken.size = digest.hexdigest(), size
        recognise(taken, Plan())
    return taken


def _parts(content: Iterable[bytes]) -> Iterator[bytes]:
    kept = bytearray()
    for chunk in content:
        kept += chunk
        while len(kept) >= PART:
            yield bytes(kept[:PART])
            del kept[:PART]
    if kept:
        yield bytes(kept)


@contextmanager
def file_of(taken: SpreadsheetImport) -> Iterator[Path]:
    """Give the uploaded file as a file; raise FileRefused where it is no longer kept."""
    with tempfile.NamedTemporaryFile(prefix="import-") as file:
        parts = (
            ImportedFilePart.objects.filter(of=taken).order_by("position").values_list("content", flat=True)
        )
        for part in parts.iterator(chunk_size=1):
            file.write(bytes(part))
        file.flush()
        if taken.size and not file.tell():
            raise FileRefused("The file is no longer kept. Upload it again.")
        yield Path(file.name)


def recognise(taken: SpreadsheetImport, asked: Plan, *, header: tuple[int, int] | None = None) -> None:
    """Tell what a file is and where its list begins, and propose a plan: as the last time for such columns,
    as a known layout says, or by the names of columns.

    `asked` has the encoding, separator and sheet that a person chose, `header` the rows, counted from 0.
    """
    with file_of(taken) as path:
        kind = kind_of(path)
        form = form_of(path, asked.encoding, asked.separator) if kind == FileKind.CSV else None
        sheets = _sheets(path, kind, form)
    sheet, found = _chosen_sheet(sheets, asked.sheet, header)
    plan = Plan(sheet=sheet.name)
    if form:
        plan.encoding, plan.separator = form.encoding, form.separator
    guessed = found is None
    if found is None:
        first = next((number for number, row in enumerate(sheet.rows) if any(row)), 0)
        found = Header(first, first, names_of(sheet.rows, first, first, sheet.merged))
    plan.header_first, plan.header_last, plan.names = found.first, found.last, found.names
    plan, how, caution = _proposed(plan)
    how = NO_HEADER if guessed else how
    taken.kind, taken.plan, taken.status = kind.value, plan.written(), ImportStatus.MAPPING
    taken.found = {
        "file": kind.words + (f": {form.words}" if form else ""),
        "sheets": [{"name": one.name, "hidden": one.hidden, "height": one.height} for one in sheets],
        "how": how,
        "caution": caution,
        "sample": _sample(sheet.rows, found),
        "first_rows": [[shown_text(cell)[:SHOWN_TEXT] for cell in row[:40]] for row in sheet.rows[:15]],
    }
    taken.save()


def _sheets(path: Path, kind: FileKind, form: TextForm | None) -> list[SheetStart]:
    if form is None:
        found = sheets_of(path, kind)
        if not any(one.height for one in found):
            raise FileRefused("The workbook has no sheet with cells in it.")
        return found
    rows: list[Row] = []
    for row in text_rows(path, form):
        rows.append(row)
        if len(rows) == FIRST_ROWS:
            break
    return [SheetStart("", False, 0, [], rows)]


def _chosen_sheet(
    sheets: list[SheetStart], name: str, header: tuple[int, int] | None
) -> tuple[SheetStart, Header | None]:
    """Return the sheet that a person named, or the likeliest: of a known layout, visible, and the longest."""
    known = known_columns()
    candidates = [one for one in sheets if one.name == name] if name else sheets
    if not candidates:
        raise FileRefused(f"The workbook has no sheet “{name}”.")
    ranked = []
    for one in candidates:
        found = header_of(one.rows, one.merged, known)
        if header and header[0] < len(one.rows):
            first, last = header
            found = Header(first, max(first, last), names_of(one.rows, first, max(first, last), one.merged))
        identified = found is not None and known_layout(found.names) is not None
        ranked.append(((identified, found is not None, not one.hidden, one.height), one, found))
    _, sheet, found = max(ranked, key=lambda rank: rank[0])
    return sheet, found


def _proposed(plan: Plan) -> tuple[Plan, str, str]:
    """Return the plan with columns mapped, in words how, and what to mind."""
    layout = known_layout(plan.names)
    remembered = ImportLayout.objects.filter(layout=layout_of(plan.names)).first()
    caution = layout.caution if layout else ""
    if remembered is not None:
        before = plan_from(remembered.plan)
        before.sheet, before.encoding, before.separator = plan.sheet, plan.encoding, plan.separator
        before.header_first, before.header_last, before.names = (
            plan.header_first,
            plan.header_last,
            plan.names,
        )
        return before, "mapped as the last list with these columns was", caution
    if layout is not None:
        mapped_by(layout, plan)
        return plan, f"recognised as {layout.label}", caution
    suggested(plan)
    return plan, "mapped as far as the names of columns say", caution


def remember(plan: Plan, person: User | None) -> None:
    """Keep how a layout was mapped: all but what is of one file, its source and its day among it."""
    kept = plan_from(plan.written())
    kept.settled, kept.left_out, kept.new_source = {}, [], NewSource()
    fields = targets()[plan.target].fields
    kept.fields = {
        name: one
        for name, one in kept.fields.items()
        if one.columns or not (name == SOURCE or fields[name].kind == FieldKind.DATE)
    }
    ImportLayout.objects.update_or_create(
        layout=plan.layout, defaults={"plan": kept.written(), "changed_by": person}
    )


def _sample(rows: list[Row], header: Header) -> list[list[str]]:
    """Return the first rows below the header as they would be seen."""
    below = [row for row in rows[header.last + 1 :] if any(row)][:SHOWN_ROWS]
    return [[shown_text(cell)[:SHOWN_TEXT] for cell in row[: len(header.names)]] for row in below]


def list_rows(path: Path, kind: str, plan: Plan) -> Iterator[tuple[int, Row]]:
    """Yield the rows of the list but blank ones, each with its number as a spreadsheet program counts."""
    if kind == FileKind.CSV:
        rows = text_rows(path, TextForm(plan.encoding, plan.separator))
    else:
        rows = workbook_rows(path, FileKind(kind), plan.sheet)
    for number, row in enumerate(rows):
        if number > plan.header_last and any(row):
            yield number + 1, row


def choices() -> dict[str, Any]:
    """Return what a person can choose from when a text file was recognised wrongly."""
    return {"encodings": ENCODINGS, "separators": SEPARATORS}
