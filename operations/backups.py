"""Backups of the whole database into one file, and restoring them: all of it, or nothing.

SQLite is copied by its online backup, PostgreSQL by pg_dump in its custom format; both while the application
goes on working. Everything that people entered is in the database; Redis holds nothing that would be missed.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.db import connection, transaction

SQLITE_START, POSTGRESQL_START = b"SQLite format 3\0", b"PGDMP"
OURS = "django_migrations"
LOCK_SECONDS = 30
ROWS_AT_ONCE = 5_000


class BackupRefused(Exception):
    """A backup or a restore that was not made, and nothing was changed; its text says why."""


def back_up(file: Path) -> int:
    """Write the database into a new file, which appears under its name once it is whole; return its bytes."""
    if file.exists():
        raise BackupRefused(f"{file} is there already. Name a new file: no backup is written over.")
    if not file.parent.is_dir():
        raise BackupRefused(f"There is no folder {file.parent}.")
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        if connection.vendor == "postgresql":
            dump = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}"]
            _run([*dump, *_where()])
            _run(["pg_restore", "--list", str(partial)])
        else:
            _copy_sqlite_to(partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        size = partial.stat().st_size
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return size


def restore(file: Path, *, replace: bool) -> None:
    """Make the database what it was when the backup was written; a database in use only with `replace`."""
    if not file.is_file():
        raise BackupRefused(f"There is no file {file}.")
    with file.open("rb") as opened:
        start = opened.read(16)
    expected = POSTGRESQL_START if connection.vendor == "postgresql" else SQLITE_START
    if not start.startswith(expected):
        raise BackupRefused(
            f"{file} is no backup of a {connection.display_name} database. To move between SQLite and"
            " PostgreSQL, use save_portfolio and load_portfolio."
        )
    if tables() and not replace:
        name = connection.settings_dict["NAME"]
        raise BackupRefused(f"The database {name} is not empty. --replace puts the backup in its place.")
    if connection.vendor == "postgresql":
        _restore_postgresql(file)
    else:
        _restore_sqlite(file)


def tables() -> list[str]:
    """Return the names of all tables, sorted."""
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def table_sums() -> dict[str, tuple[int, str]]:
    """Return, for each table, how many rows it has and a checksum of them, whatever their order on disk."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {table: _sum(table) for table in tables()}


def _sum(table: str) -> tuple[int, str]:
    """Add the digests of all rows up, so that no order is needed and no table has to be held in memory."""
    count = total = 0
    for row in _rows(table):
        count += 1
        total += int.from_bytes(sha256(repr(row).encode()).digest())
    return count, f"{total % 2**256:064x}"


def _rows(table: str) -> Iterator[tuple[object, ...]]:
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} WHERE 1 = 0")  # noqa: S608 - a name of the schema
        columns = sorted(column[0] for column in cursor.description)
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {quoted} FROM {name}")  # noqa: S608 - names of the schema
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


# --- SQLite -------------------------------------------------------------------------------------------------


def _copy_sqlite_to(file: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as target:
        connection.connection.backup(target)
        # One file, whole by itself, with no journal beside it.
        target.execute("PRAGMA journal_mode=DELETE")
        _check_sqlite(target, file)


def _restore_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
        _check_sqlite(source, file)
        connection.ensure_connection()
        try:
            source.backup(connection.connection)
        except sqlite3.Error as error:
            raise BackupRefused(f"SQLite refused to write the database: {error}.") from error
    connection.close()


def _check_sqlite(opened: sqlite3.Connection, file: Path) -> None:
    try:
        (found,) = opened.execute("PRAGMA integrity_check").fetchone()
        ours = opened.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [OURS]).fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} is damaged: {error}.") from error
    if found != "ok":
        raise BackupRefused(f"{file} is damaged: {found}.")
    if not ours:
        raise BackupRefused(f"{file} is no backup of this application.")


# --- PostgreSQL ---------------------------------------------------------------------------------------------


def _restore_postgresql(file: Path) -> None:
    if f" TABLE public {OURS} " not in _run(["pg_restore", "--list", str(file)]).decode():
        raise BackupRefused(f"{file} is no backup of this application.")
    with _closed():
        _run_script(file)


@contextmanager
def _closed() -> Iterator[None]:
    """Let go of this process's own connection, which would hold up what replaces its tables."""
    connection.close()
    yield
    with suppress(Exception):
        connection.connect()


def _run_script(file: Path) -> None:
    """Put everything in the place of what is there, in one transaction."""
    emptied = (
        f"SET lock_timeout = '{LOCK_SECONDS}s';\nSET client_min_messages = warning;\n"
        "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
    )
    _find("psql")
    reading = subprocess.Popen(
        ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    writing = subprocess.Popen(
        ["psql", "--single-transaction", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *_where()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(),
    )
    script, into = cast("IO[bytes]", reading.stdout), cast("IO[bytes]", writing.stdin)  # both are pipes
    with suppress(BrokenPipeError):
        into.write(emptied.encode())
        shutil.copyfileobj(script, into)
    script.close()
    if reading.wait() != 0:
        # Without the end of the script the transaction is not committed.
        writing.kill()
        writing.wait()
        raise BackupRefused(f"{file} is damaged: {_last_line(reading)}")
    with suppress(BrokenPipeError):
        into.close()
    if writing.wait() != 0:
        raise BackupRefused(
            f"PostgreSQL refused the restore, and nothing was changed: {_last_line(writing)}"
            " Stop web, worker and beat while you restore."
        )


def _last_line(process: "subprocess.Popen[bytes]") -> str:
    said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
    return said.splitlines()[-1] if said else "no reason was given."


def _where() -> list[str]:
    database = connection.settings_dict
    found = {"--host": database["HOST"], "--port": database["PORT"], "--username": database["USER"]}
    return [
        *(f"{option}={value}" for option, value in found.items() if value),
        f"--dbname={database['NAME']}",
    ]


def _environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's programs: the password is in it, not in their words."""
    password = str(connection.settings_dict.get("PASSWORD") or "")
    return {**os.environ, **({"PGPASSWORD": password} if password else {}), "PGCONNECT_TIMEOUT": "10"}


def _find(program: str) -> None:
    if shutil.which(program) is None:
        raise BackupRefused(
            f"There is no {program} here: install PostgreSQL's client programs"
            " (Debian: apt-get install postgresql-client), as new as the server."
        )


def _run(command: list[str]) -> bytes:
    _find(command[0])
    done = subprocess.run(
        command, env=_environment(), capture_output=True, check=False, cwd=settings.BASE_DIR
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason was given"]
        raise BackupRefused(f"{command[0]} failed: {said[-1]}")
    return done.stdout
