"""Reading a bundle: every cell checked, every fault named by its place, every row staged in the database.

Rows stream from the file into a temporary table, so a bundle of any size needs little memory, and what
concerns several rows (keys given twice, references) can be asked of the database.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from portfolio.jobs.bundle_format import FILE_BY_NAME, FILES, Column, File
from portfolio.jobs.cells import CellFault

BATCH = 10_000
MEMO_SIZE = 50_000
LARGEST_CELL = 16_000_000
UNDECODED = re.compile("[\udc80-\udcff]")

Progress = Callable[[str, int, int], None]


class Fault(NamedTuple):
    """One thing wrong with a bundle, at a place."""

    file: str
    line: int
    column: str
    wrong: str
    accepted: str

    def __str__(self) -> str:
        fault = f"{self.file}:{self.line}: {self.column}: {self.wrong}, accepted: {self.accepted}"
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in fault)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file whose rows stand in a temporary table, with the number of its rows."""

    file: File
    table: str
    rows: int


def find_files(folder: Path) -> tuple[dict[str, Path], list[Fault]]:
    """Return the bundle's files by name, and a fault for each .csv file whose name is not in the format."""
    found: dict[str, Path] = {}
    faults = []
    known = ", ".join(file.file_name for file in FILES)
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.suffix.lower() != ".csv":
            continue
        if path.suffix == ".csv" and path.stem in FILE_BY_NAME:
            found[path.stem] = path
        else:
            faults.append(
                Fault(path.name, 1, "file name", f"“{path.name}” is not a file of a portfolio bundle", known)
            )
    if not found and not faults:
        faults.append(
            Fault(folder.name or str(folder), 1, "folder", "there is no file of a portfolio bundle", known)
        )
    return found, faults


def stage(path: Path, file: File, progress: Progress | None) -> tuple[Staged, list[Fault]]:
    """Read one file into its temporary table; return it with every fault of the file's own."""
    reader = _Reader(path, file, progress)
    staged = stage_rows(file, reader.rows())
    return staged, reader.faults


def stage_rows(file: File, stored: Iterator[tuple[Any, ...]]) -> Staged:
    """Put rows into the file's temporary table: each its line, then the stored values in column order."""
    table = f"staged_{file.name}"
    _create(table, file)
    rows = 0
    if connection.vendor == "postgresql":
        rows = _copy(table, file, stored)
    else:
        while batch := list(islice(stored, BATCH)):
            _insert(table, batch)
            rows += len(batch)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE INDEX "{table}_key" ON {table} ("{file.key[0]}")')
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {table}")
    return Staged(file, table, rows)


def _create(table: str, file: File) -> None:
    columns = ["line bigint"]
    for column in file.columns:
        field = file.model._meta.get_field(column.name)
        kind = "text" if column.reference else field.db_type(connection)
        columns.append(f'"{column.name}" {kind}')
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({', '.join(columns)})")


def _copy(table: str, file: File, rows: Iterator[tuple[Any, ...]]) -> int:
    names = ", ".join(f'"{name}"' for name in ("line", *file.column_names))
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _insert(table: str, batch: list[tuple[Any, ...]]) -> None:
    marks = ", ".join(["%s"] * len(batch[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", batch)


def csv_records(reader: Any, fault: Callable[[int, str, str, str], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins; name what is not CSV, and go on after it."""
    accepted = "RFC 4180: quotes closed, and doubled inside"
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                wrong = f"a cell of more than {LARGEST_CELL} characters, or a quote that is not closed"
                fault(line, "row", wrong, accepted)
                return
            fault(line, "row", f"not readable as CSV ({error})", accepted)
            continue
        if cells is None:
            return
        yield line, cells


class _Memo(dict[str, Any]):
    """What a column's cells parse to. Most columns repeat a few values, so most cells are looked up."""

    def __init__(self, column: Column, empty: Any) -> None:
        super().__init__()
        self.parse = column.parse
        if not column.required:
            self[""] = empty

    def __missing__(self, cell: str) -> Any:
        if cell == "":
            raise CellFault("empty", "a value: this cell is required")
        value = self.parse(cell)
        if len(self) < MEMO_SIZE:
            self[cell] = value
        return value


class _Reader:
    """Reads the rows of one file and collects its faults."""

    def __init__(self, path: Path, file: File, progress: Progress | None) -> None:
        self.path = path
        self.file = file
        self.progress = progress
        self.faults: list[Fault] = []
        self.dirty = False
        fields = [file.model._meta.get_field(column.name) for column in file.columns]
        self.empties = [None if field.null else "" for field in fields]
        self.memos = [_Memo(column, empty) for column, empty in zip(file.columns, self.empties, strict=True)]

    def fault(self, line: int, column: str, wrong: str, accepted: str) -> None:
        self.faults.append(Fault(self.path.name, line, column, wrong, accepted))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the line and the stored values of each row, in the order of the format's columns."""
        csv.field_size_limit(LARGEST_CELL)  # of the whole process: another library may have changed it
        with self.path.open("rb") as raw:
            reader = csv.reader(self._lines(raw), strict=True)
            records = csv_records(reader, self.fault)
            line, header = next(records, (1, None))
            if header is None:
                if not self.faults:
                    accepted = f"a header row: {', '.join(self.file.column_names)}"
                    self.fault(1, "header", "the file is empty", accepted)
                return
            if self.dirty:
                header = self._cleaned(line, header, ())
            order = self._order(header)
            for line, cells in records:
                if row := self._row(line, cells, header, order):
                    yield row

    def _lines(self, raw: BufferedReader) -> Iterator[str]:
        """Yield the lines of the file; mark those with bytes that are not UTF-8 and with NUL bytes."""
        size = self.path.stat().st_size
        lines = TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        for number, line in enumerate(lines):
            if "\0" in line or (not line.isascii() and UNDECODED.search(line)):
                self.dirty = True
            if self.progress and number % BATCH == 0:
                self.progress(self.path.name, raw.tell(), size)
            yield line
        if self.progress:
            self.progress(self.path.name, size, size)

    def _order(self, header: list[str]) -> list[int | None]:
        """Return where each column of the format stands; name what is unknown, missing or doubled."""
        accepted = ", ".join(self.file.column_names)
        for position, name in enumerate(header):
            if name not in self.file.column_names:
                self.fault(1, self._clean(name) or "header", "unknown column", accepted)
            elif name in header[:position]:
                self.fault(1, name, "the column stands twice", "each column once")
        for name in self.file.column_names:
            if name not in header:
                self.fault(1, name, "missing column", accepted)
        return [header.index(name) if name in header else None for name in self.file.column_names]

    def _row(
        self, line: int, cells: list[str], header: list[str], order: list[int | None]
    ) -> tuple[Any, ...] | None:
        if self.dirty:
            cells = self._cleaned(line, cells, header)
        if len(cells) != len(header):
            wrong = f"{len(cells)} cells in the row" if cells else "an empty line"
            self.fault(line, "row", wrong, f"{len(header)} cells, as in the header")
            return None
        try:
            values = [
                memo[cells[position]] if position is not None else None
                for memo, position in zip(self.memos, order, strict=True)
            ]
        except CellFault:
            values = self._faulty(line, cells, order)
        if self.file.check:
            by_name = dict(zip(self.file.column_names, values, strict=True))
            for column, wrong, accepted in self.file.check(by_name):
                self.fault(line, column, wrong, accepted)
        return (line, *values)

    def _faulty(self, line: int, cells: list[str], order: list[int | None]) -> list[Any]:
        """Return the values of a row with faults in it, None for each faulty cell, and name each fault."""
        values: list[Any] = []
        for column, memo, position in zip(self.file.columns, self.memos, order, strict=True):
            value = None
            if position is not None:
                try:
                    value = memo[cells[position]]
                except CellFault as fault:
                    self.fault(line, column.name, fault.wrong, fault.accepted)
            values.append(value)
        return values

    def _cleaned(self, line: int, cells: list[str], header: Sequence[str]) -> list[str]:
        """Return the cells without what is no text, and name each that had some by its column."""
        self.dirty = False
        for number, cell in enumerate(cells):
            name = header[number] if number < len(header) else "row" if header else "header"
            if "\0" in cell:
                self.fault(line, name, "a NUL byte", "text without NUL bytes")
            if UNDECODED.search(cell):
                self.fault(line, name, "bytes that are not UTF-8", "UTF-8")
        return [self._clean(cell) for cell in cells]

    @staticmethod
    def _clean(cell: str) -> str:
        return UNDECODED.sub("\ufffd", cell.replace("\0", ""))
