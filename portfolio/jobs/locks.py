"""Who may write facts at the same time as whom.

On PostgreSQL a lock on all facts, held until the transaction ends: edits share it, and what derives from many
facts at once (a bundle, a rate) has it alone. SQLite has one writer at a time by itself.
"""

from django.db import connection

FACTS = 0x1A7E57A2


def hold_facts(*, alone: bool) -> None:
    """Wait for those who may not write at the same time, and keep them waiting until the transaction ends."""
    if connection.vendor != "postgresql":
        return
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [FACTS])
