"""Workbooks (XLSX, XLS, ODS), read by a process of their own (`workbook_child`)."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portfolio.jobs.spreadsheets.cells import Row
from portfolio.jobs.spreadsheets.kinds import FileKind, FileRefused

ROOT = Path(__file__).resolve().parents[3]
CHILD = "portfolio.jobs.spreadsheets.workbook_child"


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are one: its first and last row and column, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class SheetStart:
    """A sheet: its name, whether it is hidden, how many rows it has (0: unknown), and the first of them."""

    name: str
    hidden: bool
    height: int
    merged: list[Merged]
    rows: list[Row]


def sheets_of(path: Path, kind: FileKind) -> list[SheetStart]:
    """Return the sheets of a workbook with their first rows; raise FileRefused."""
    with _reading(path, kind, None) as lines:
        found = json.loads(next(lines, "[]"))
        for _ in lines:
            pass
    return [
        SheetStart(
            one["name"], one["hidden"], one["height"], [Merged(*four) for four in one["merged"]], one["rows"]
        )
        for one in found
    ]


def workbook_rows(path: Path, kind: FileKind, sheet: str) -> Iterator[Row]:
    """Yield the rows of a sheet; raise FileRefused where it cannot be read to its end."""
    with _reading(path, kind, sheet) as lines:
        for line in lines:
            yield [] if line == "[]\n" else json.loads(line)


@contextmanager
def _reading(path: Path, kind: FileKind, sheet: str | None) -> Iterator[Iterator[str]]:
    """Run the reading process; what it says of a file that it cannot read becomes FileRefused."""
    command = [sys.executable, "-m", CHILD, str(path), kind.value, *([] if sheet is None else [sheet])]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, cwd=ROOT)
        if process.stdout is None:
            raise RuntimeError("the process has no output to read")
        try:
            yield _until_the_end(process.stdout, process, said)
        finally:
            process.stdout.close()
            process.kill()
            process.wait()


def _until_the_end(lines: IO[str], process: "subprocess.Popen[str]", said: IO[bytes]) -> Iterator[str]:
    yield from lines
    status = process.wait()
    if status == 0:
        return
    said.seek(0)
    message = said.read(2_000).decode(errors="replace").strip()
    if status == 1 and message and "\n" not in message:
        raise FileRefused(f"The workbook cannot be read: {message}.")
    raise FileRefused(
        "The workbook cannot be read: it needs more memory or time than any list does. Copy the list into a"
        " new workbook, and import that."
    )
