"""A list as JSON lines: one object a row, as the JSON of its pages has it; text is never altered."""

import json
from collections.abc import Generator, Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portfolio.exports import writing_postgresql, writing_sqlite
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import json_of
from portfolio.exports.writing_files import Rows, cells_of

ROWS = 500


def jsonl_content(rows: Rows, columns: tuple[Column, ...]) -> Generator[bytes, None, None]:
    """Yield a list as JSON lines, each ended by a line feed."""
    if not isinstance(rows, QuerySet):
        yield from _made(rows, columns)
        return
    writer = writing_postgresql if connection.vendor == "postgresql" else writing_sqlite
    yield from writer.json_pieces(rows, columns)


def _made(rows: Rows, columns: tuple[Column, ...]) -> Iterator[bytes]:
    piece: list[str] = []
    for row in cells_of(rows, columns):
        piece.append(_line(row, columns))
        if len(piece) >= ROWS:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


def _line(row: tuple[Any, ...], columns: tuple[Column, ...]) -> str:
    cells = {column.name: json_of(column.kind, value) for column, value in zip(columns, row, strict=True)}
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")) + "\n"
