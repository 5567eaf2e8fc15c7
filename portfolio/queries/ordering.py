"""Ordering by code point, the same in every database and locale."""

from django.db import connection
from django.db.models import F
from django.db.models.functions import Collate


def by_code_point(path: str) -> Collate:
    """Return the ordering of a text column by the code points of its characters."""
    return Collate(F(path), "C" if connection.vendor == "postgresql" else "BINARY")
