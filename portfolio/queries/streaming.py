"""Reading many rows without holding them all in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

CHUNK = 5_000


@contextmanager
def streamed(rows: QuerySet[Any], columns: Sequence[str]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """Give an iterator over columns of many rows, and close it at the end, whatever happened.

    A cursor left to the garbage collector may be closed while the connection is busy with something else,
    and then wait for itself forever.
    """
    stored: Any = rows.values_list(*columns).iterator(chunk_size=CHUNK)
    try:
        yield stored
    finally:
        stored.close()
