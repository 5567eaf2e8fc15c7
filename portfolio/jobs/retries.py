"""Which errors of a database say that the transaction is to be tried again."""

from django.db import OperationalError

RETRIED = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock


def to_be_tried_again(error: Exception) -> bool:
    """Whether PostgreSQL asks for the transaction to be tried again, since others wrote meanwhile."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in RETRIED
