"""Publications in tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("portfolio_publishedtable", "portfolio_publication")


@contextmanager
def thawed() -> Iterator[None]:
    """Lift the triggers that refuse to change publications, as somebody with the database in hand could."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", TABLES
            )
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                for _, statement in triggers:
                    cursor.execute(statement)
            else:
                for table in TABLES:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def forget_publications() -> None:
    """Remove all publications, for tests whose database is emptied by DELETE or TRUNCATE."""
    with thawed(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
