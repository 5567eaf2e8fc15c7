"""The process that reads a workbook: apart from the application, with limits on memory and time.

A hostile file can make a reader ask for any amount of memory. Here that ends this process, and nothing else.
It writes one JSON document a line: first the sheets, then the rows that were asked for.

    python -m portfolio.jobs.spreadsheets.workbook_child FILE KIND [SHEET]
"""

import datetime
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

from portfolio.jobs.spreadsheets.cells import AMOUNT, DAY, NUMBER, TEXT, Cell, text_cell
from portfolio.jobs.spreadsheets.workbook_blanks import without_trailing_blanks
from portfolio.jobs.spreadsheets.workbook_notes import Note, notes
from portfolio.rules.number_conventions import from_double

MOST_MEMORY = 1_536 << 20
MOST_SECONDS = 180
FIRST_ROWS = 60
MOST_CELLS = 64_000_000


class TooLarge(Exception):
    """A sheet with more cells than any list has."""


def cell_of(value: Any, note: str) -> Cell:
    """Return the cell of a value as the reader gives it, with what is to be known beside it."""
    if note.startswith("x"):
        return note
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, bool):
        return TEXT + str(value).upper()
    if isinstance(value, int | float):
        number = from_double(value)
        if note.isdigit() and number.isdigit():
            return TEXT + number.zfill(int(note))
        return f"{AMOUNT}{note}{number}" if note and not note.isdigit() else NUMBER + number
    if isinstance(value, datetime.datetime | datetime.date):
        return DAY + value.isoformat()[:10]
    return TEXT + str(value)


def rows_of(sheet: CalamineSheet, noted: Iterator[Note]) -> Iterator[list[Cell]]:
    """Yield the rows of a sheet from its first, blank cells at the end of each left out."""
    if sheet.start is None:
        return
    before = [""] * sheet.start[1]
    note = next(noted, None)
    for number, values in enumerate(sheet.iter_rows()):
        told: dict[int, str] = {}
        while note is not None and note.row <= number:
            if note.row == number:
                told[note.column] = note.note
            note = next(noted, None)
        if not told and values.count("") == len(values):
            yield []
            continue
        row = [*before, *values]
        if told:
            row.extend([""] * (max(told) + 1 - len(row)))
        cells = [
            cell_of(value, told.get(column, "")) if value != "" or column in told else ""
            for column, value in enumerate(row)
        ]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def sheet_of(book: CalamineWorkbook, name: str) -> CalamineSheet:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise TooLarge
    return sheet


def described(book: CalamineWorkbook) -> list[dict[str, Any]]:
    """Return the sheets that hold cells: name, whether hidden, size, merged cells, and the first rows."""
    found = []
    for one in book.sheets_metadata:
        if one.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = sheet_of(book, one.name)
        rows = []
        for row in rows_of(sheet, iter(())):
            rows.append(row)
            if len(rows) == FIRST_ROWS:
                break
        merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or () if first[0] < FIRST_ROWS]
        found.append(
            {
                "name": one.name,
                "hidden": one.visible != Visible.Visible,
                "height": 0 if sheet.end is None else sheet.end[0] + 1,
                "merged": merged[:200],
                "rows": rows,
            }
        )
    return found


def main(path: Path, kind: str, sheet: str | None) -> None:
    """Write the description of a workbook's sheets, or the rows of one of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        readable = without_trailing_blanks(path, Path(folder) / "book.xlsx") if kind == "xlsx" else path
        book = CalamineWorkbook.from_path(readable)
        if sheet is None:
            print(json.dumps(described(book)))
            return
        noted = notes(readable, sheet) if kind == "xlsx" else iter(())
        for row in rows_of(sheet_of(book, sheet), noted):
            print(json.dumps(row))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    except PasswordError:
        sys.exit("the workbook has a password: save it without one, and import that")
    except (TooLarge, MemoryError):
        sys.exit("it has more cells than any list: copy the list into a new workbook, and import that")
    except BrokenPipeError:
        sys.exit(0)
    except (CalamineError, ValueError, OSError) as error:
        sys.exit(f"it is damaged ({error})")
