"""Rows of a list in temporary tables, file by file of the bundle, so that many are compared at once."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction

from portfolio.jobs.bundle_format import FILE_BY_NAME, File
from portfolio.jobs.bundle_reading import Staged, stage_rows
from portfolio.jobs.spreadsheets.reading import ReadRow, RowFault, facts_of
from portfolio.jobs.spreadsheets.targets import Target

BATCH = 1_000
LONGEST = 400
FAULTS, LINES, SIGNS = "import_faults", "import_lines", "import_signs"
_TABLES = {
    LINES: "line bigint, faulty integer",
    FAULTS: "line bigint, address text, said_in text, shown text, wrong text, accepted text",
    SIGNS: "line bigint, address text, said_in text, shown text, file text, currencies text",
}


class Staging:
    """The temporary tables of one import, on the connection of this thread."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.files = [FILE_BY_NAME["sources"], *target.missing, *target.files]
        if target.own.name == "sources":
            self.files = list(target.files)
        self.bundle: dict[str, Staged] = {}
        for file in self.files:
            self.bundle[file.name] = stage_rows(file, iter(()))
            execute(f"CREATE INDEX staged_{file.name}_line ON staged_{file.name} (line)")
        for name, columns in _TABLES.items():
            execute(f"DROP TABLE IF EXISTS {name}")
            execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
            execute(f"CREATE INDEX {name}_line ON {name} (line)")
        self.waiting: dict[str, list[tuple[Any, ...]]] = {}

    def add(self, read: ReadRow) -> None:
        """Take a row; one with faults has no records, since what it says is not known."""
        line = read.number
        self._put(LINES, (line, int(bool(read.faults))))
        for fault in read.faults:
            self.fault(line, fault)
        for sign in read.signed:
            said = ",".join(sorted(sign.currencies))
            self._put(SIGNS, (line, sign.address, sign.column, sign.shown[:LONGEST], sign.file, f",{said},"))
        if not read.faults:
            for name, record in facts_of(read, self.target).items():
                if any(value is not None for value in record.values()):
                    self.record(line, FILE_BY_NAME[name], record)

    def record(self, line: int, file: File, record: dict[str, Any]) -> None:
        """Stage one record of a line; what it does not say is left empty."""
        self._put(f"staged_{file.name}", (line, *(record.get(name) for name in file.column_names)))

    def fault(self, line: int, fault: RowFault) -> None:
        self._put(FAULTS, (line, *(text.replace("\0", "\ufffd")[:LONGEST] for text in fault)))

    def _put(self, table: str, row: tuple[Any, ...]) -> None:
        rows = self.waiting.setdefault(table, [])
        rows.append(row)
        if len(rows) >= BATCH:
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self.waiting.pop(table, [])
        if rows:
            marks = ", ".join(["%s"] * len(rows[0]))
            # A temporary table of SQLite is no reason to take the turn to write from others.
            together = transaction.atomic() if connection.vendor == "postgresql" else nullcontext()
            with together, connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def flush(self) -> None:
        """Write what is waiting, and let the database know how much there is."""
        for table in list(self.waiting):
            self._write(table)
        if connection.vendor == "postgresql":
            for table in (*(f"staged_{file.name}" for file in self.files), *_TABLES):
                execute(f"ANALYZE {table}")

    def filled(self) -> dict[str, Staged]:
        """Return the files that have rows, as the writer of bundles takes them."""
        return {
            name: one for name, one in self.bundle.items() if rows_of(f"SELECT 1 FROM {one.table} LIMIT 1")
        }

    def drop(self) -> None:
        for table in (*(f"staged_{file.name}" for file in self.files), *_TABLES):
            execute(f"DROP TABLE IF EXISTS {table}")


def execute(sql: str, params: tuple[Any, ...] = ()) -> int:
    """Run a statement; return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def rows_of(sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def line_ranges(size: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of parts of the list, each of some rows."""
    after = 0
    while True:
        found = rows_of(
            f"SELECT MIN(line), MAX(line) FROM (SELECT line FROM {LINES} WHERE line > %s"
            f" ORDER BY line LIMIT {size}) AS part",
            (after,),
        )
        first, last = found[0]
        if first is None:
            return
        yield first, last
        after = last
