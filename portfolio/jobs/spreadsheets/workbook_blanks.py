"""Leaving out the empty cells at the end of an XLSX sheet before its values are read.

People format whole columns, so a sheet of ten rows can have a million of them; reading each takes long.
"""

import zipfile
from pathlib import Path
from typing import IO, NamedTuple

from portfolio.jobs.spreadsheets.workbook_notes import CHUNK, sheet_files

WORTH_IT = 8 << 20  # bytes of XML
_VALUES = (b"<v", b"<is", b"<f")
_ROW_END, _CELLS_END = b"</row>", b"</sheetData>"
_OVERLAP = 16


class Blanks(NamedTuple):
    """Where the rows after the last value begin in the XML of a sheet, and where they end."""

    start: int
    end: int


def without_trailing_blanks(path: Path, copy: Path) -> Path:
    """Return a workbook to read values from: a copy without its trailing blanks, or itself if it has few."""
    with zipfile.ZipFile(path) as packed:
        found = {}
        for name in sheet_files(packed).values():
            with packed.open(name) as file:
                blanks = _blanks(file)
            if blanks.end - blanks.start > WORTH_IT:
                found[name] = blanks
        if not found:
            return path
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as out:
            for member in packed.infolist():
                with packed.open(member) as file, out.open(member.filename, "w", force_zip64=True) as kept:
                    _copy(file, kept, found.get(member.filename, Blanks(0, 0)))
    return copy


def _blanks(file: IO[bytes]) -> Blanks:
    last = position = row_end = cells_end = 0
    overlap = b""
    while chunk := file.read(CHUNK):
        text = overlap + chunk
        start = position - len(overlap)
        newest = max(text.rfind(mark) for mark in _VALUES)
        if newest >= 0 and start + newest > last:
            last, row_end = start + newest, 0
        if not row_end and (found := text.find(_ROW_END, max(last - start, 0))) >= 0:
            row_end = start + found + len(_ROW_END)
        if not cells_end and (found := text.find(_CELLS_END)) >= 0:
            cells_end = start + found
        position += len(chunk)
        overlap = text[-_OVERLAP:]
    return Blanks(row_end, cells_end) if 0 < row_end < cells_end else Blanks(0, 0)


def _copy(file: IO[bytes], out: IO[bytes], left_out: Blanks) -> None:
    position = 0
    while chunk := file.read(CHUNK):
        end = position + len(chunk)
        out.write(chunk[: max(min(left_out.start, end) - position, 0)])
        out.write(
            chunk[max(left_out.end - position, 0) if left_out.end > position else 0 :]
            if left_out.end
            else chunk
        )
        position = end
