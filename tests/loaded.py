"""Portfolios, loaded and computed for today: really the first time in a process, then by their rows.

Loading and computing take five times as long as writing the rows that came of it.
"""

import atexit
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from django.core.management import call_command
from django.db import connection

from portfolio.jobs import recompute as job
from portfolio.rules.dates import today
from tests.advisory.making import advised
from tests.bundles import SMALL

ILLUSTRATIVE = Path(__file__).parent.parent / "portfolio" / "illustrative"
ACCOUNTS = "auth_user"  # is read, not written: advisers are bound to the accounts that there are
Rows = dict[str, Any]  # of each table: a list of tuples on SQLite, the text of COPY on PostgreSQL
# Of a portfolio and a day: what there was before, and what had changed after.
_kept: dict[tuple[str, bool, date, date], tuple[Rows, Rows]] = {}


def load_small(*, month_ends: bool = False) -> None:
    """Load the worked example, and compute its results of today, or of all month ends too."""
    load_once(SMALL, month_ends=month_ends)


def load_illustrative() -> None:
    """Load the illustrative portfolio, and compute its results of today."""
    load_once(ILLUSTRATIVE)


def load_advised_once() -> None:
    """Load the worked example with advice, and compute its results of today."""
    load_once(_advised())


@cache
def _advised() -> Path:
    folder = Path(mkdtemp(prefix="advised-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return advised(folder)


def load_once(folder: Path, *, month_ends: bool = False) -> None:
    """Load a bundle that no test changes, and compute its results."""
    # Some tests set the clock of recomputation.
    key = (f"{folder}", month_ends, today(), job.today())  # type: ignore[attr-defined]
    if not connection.in_atomic_block:
        _really(folder, month_ends)
    elif key not in _kept:
        before = _rows(_tables())
        _really(folder, month_ends)
        changed = {table: rows for table, rows in _rows(_tables()).items() if rows != before[table]}
        _kept[key] = {table: before[table] for table in {*changed, ACCOUNTS}}, changed
    else:
        before, changed = _kept[key]
        if _rows(before) == before:
            _write(changed)
        else:
            _really(folder, month_ends)


def _really(folder: Path, month_ends: bool) -> None:
    call_command("load_portfolio", folder, verbosity=0)
    call_command("recompute", *(["--month-ends"] if month_ends else []), verbosity=0)


@cache
def _tables() -> tuple[str, ...]:
    return tuple(name for name in sorted(connection.introspection.table_names()) if name != "sqlite_sequence")


def _rows(tables: Iterable[str]) -> Rows:
    """Return what stands in each table, as its database writes it."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "sqlite":
                found[table] = cursor.cursor.execute(f'SELECT * FROM "{table}"').fetchall()
            else:
                with cursor.cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    found[table] = b"".join(bytes(piece) for piece in copy)
    return found


def _write(changed: Rows) -> None:
    """Put these rows in place of those that the tables have.

    PostgreSQL numbers new rows after them all the same: no rollback takes back the numbers of the first time.
    """
    with connection.cursor() as cursor:
        for table, rows in changed.items():
            cursor.execute(f'DELETE FROM "{table}"')
            if connection.vendor == "sqlite":
                marks = ", ".join("?" * len(rows[0]))
                cursor.cursor.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
            else:
                with cursor.cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)
