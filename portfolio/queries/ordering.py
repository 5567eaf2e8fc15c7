"""Orderings that are the same in every database and locale: keys by code point, names as people read them."""

from django.db import connection
from django.db.models import F
from django.db.models.functions import Collate


def by_code_point(path: str) -> Collate:
    """Return the ordering of a text column by the code points of its characters."""
    return Collate(F(path), "C" if connection.vendor == "postgresql" else "BINARY")


def by_name(path: str = "", key: str = "slug") -> tuple[F, Collate]:
    """Return the ordering of records by their names, without case and diacritics, then by key.

    `path` leads to the record, such as `project`; empty: the rows are the records.
    """
    lead = f"{path}__" if path else ""
    return F(f"{lead}folded_name"), by_code_point(f"{lead}{key}")
