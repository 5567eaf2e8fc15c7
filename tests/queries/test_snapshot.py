"""A snapshot shows one moment, and leaves the connection as it was."""

import pytest
from django.db import DatabaseError, connection, transaction

from portfolio.queries.snapshot import one_snapshot, reading

pytestmark = pytest.mark.django_db(transaction=True)


def level() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        return str(cursor.fetchone()[0])


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's transactions see one moment anyway")
def test_only_the_transaction_of_a_snapshot_reads_repeatably() -> None:
    for opened in (one_snapshot, reading):
        with opened():
            assert level() == "repeatable read"
            with opened():
                assert level() == "repeatable read"
        with transaction.atomic():
            assert level() == "read committed"
            with opened():
                assert level() == "read committed"
        with pytest.raises(DatabaseError), opened(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        with transaction.atomic():
            assert level() == "read committed"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server to end a connection")
def test_a_connection_that_ends_in_a_snapshot_is_made_anew() -> None:
    with pytest.raises(DatabaseError), reading(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close_if_unusable_or_obsolete()
    with reading():
        assert level() == "repeatable read"
