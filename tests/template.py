"""A migrated, empty database that test processes copy, since migrating takes each of them half a minute.

scripts/run_tests.py makes one for each kind of database, and names it in TEST_TEMPLATE. Without that name,
as when pytest is called by hand, every process migrates a database of its own.

    python -m tests.template make | drop
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

NAME = "TEST_TEMPLATE"


def template() -> str:
    """Return the name of the database to copy, of a file with SQLite; empty where there is none."""
    return os.environ.get(NAME, "")


def copy_for(connection: Any) -> None:
    """Make the test database of the connection a copy of the template."""
    if connection.vendor == "sqlite":
        shutil.copyfile(template(), connection.settings_dict["TEST"]["NAME"])
        return
    name = connection.creation._get_test_db_name()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(name)}")
        cursor.execute(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template())}")
        # No test takes the power away from a disk.
        cursor.execute(f"ALTER DATABASE {_quoted(name)} SET synchronous_commit = off")


def begin_with_copy(file: Path) -> None:
    """Let a file for a process that a test starts begin as a copy: its `migrate` has little to do then."""
    if template() and Path(template()).exists():
        shutil.copyfile(template(), file)


def drop_copy(connection: Any) -> None:
    """Remove what `copy_for` made."""
    connection.close()
    if connection.vendor != "sqlite":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(connection.creation._get_test_db_name())}")


def main(what: str) -> None:
    """Make the template of the database that DATABASE_URL names, or remove it."""
    from django.core.management import call_command
    from django.db import connection

    import tests.conftest  # noqa: F401 - the settings of tests, and Django with them

    if connection.vendor == "sqlite":
        Path(template()).unlink(missing_ok=True)
    else:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(template())}")
            if what == "make":
                cursor.execute(f"CREATE DATABASE {_quoted(template())}")
    if what == "make":
        connection.settings_dict["NAME"] = template()
        call_command("migrate", verbosity=0)
    connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    main(sys.argv[1])
