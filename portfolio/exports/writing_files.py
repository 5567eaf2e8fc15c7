"""What is said of a file that is written, and what it comes from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from django.db.models import QuerySet

from portfolio.exports.lists.columns import AnyList, Column
from portfolio.queries.streaming import streamed

PIECE = 256 * 1024

Rows = QuerySet[Any] | Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: which list, as of when, from where, with which filters.

    `wrote` is told now and then how many rows of a workbook are written, since it is made before it is sent.
    """

    table: AnyList
    as_of: date
    data_version: int
    row_count: int
    address: str
    filters: Mapping[str, str] = field(default_factory=dict)
    wrote: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A file: its headers (with Content-Type and Content-Disposition), and its content in pieces.

    `size` is the length of the content in bytes, where it is known before it is read.
    """

    headers: dict[str, str]
    content: Iterator[bytes]
    size: int | None = None


class CannotBeWritten(Exception):
    """A set of rows that a format has no room for; its text says so, and which format has."""


def cells_of(rows: Rows, columns: tuple[Column, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of each row in the order of the columns."""
    if isinstance(rows, QuerySet):
        with streamed(rows, [column.alias for column in columns]) as stored:
            yield from stored
        return
    names = [column.name for column in columns]
    for row in rows:
        yield tuple(row[name] for name in names)


class Pieces(Iterator[bytes]):
    """The content of a file, in pieces; closing it closes the file, also before anything is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __next__(self) -> bytes:
        # Whoever asks again after the end is told the same again.
        piece = b"" if self.file.closed else self.file.read(PIECE)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self.file.close()
