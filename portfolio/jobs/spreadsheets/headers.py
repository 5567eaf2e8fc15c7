"""Where a list begins: its header row or rows, below titles and above the first row of facts."""

from dataclasses import dataclass

from portfolio.jobs.spreadsheets.cells import TEXT, Row, column_letters
from portfolio.jobs.spreadsheets.workbooks import Merged
from portfolio.names import folded
from portfolio.rules.cell_texts import is_unknown, tidy
from portfolio.rules.date_conventions import written_date
from portfolio.rules.number_conventions import NumberKind, written_number

SEARCHED = 40
WIDE_ENOUGH = 0.5
MOSTLY = 0.8
MOST_COLUMNS = 500
LONGEST_NAME = 200
ANY = NumberKind()


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a list: its first and last row, counted from 0, and the name of each column."""

    first: int
    last: int
    names: list[str]


def header_of(rows: list[Row], merged: list[Merged], known: frozenset[frozenset[str]]) -> Header | None:
    """Return the header among the first rows of a sheet; None where there is none.

    `known` has the columns of known layouts, folded: a row that has all of one is the header.
    """
    for number, row in enumerate(rows[:SEARCHED]):
        here = {folded(name) for name in _texts(row)}
        if any(columns <= here for columns in known):
            return Header(number, number, names_of(rows, number, number, merged))
    first = _first_row(rows)
    if first is None:
        return None
    last = first + 1 if _has_second_row(rows, first, merged) else first
    return Header(first, last, names_of(rows, first, last, merged))


def names_of(rows: list[Row], first: int, last: int, merged: list[Merged]) -> list[str]:
    """Return the names of columns from the header rows: those above one another joined, “Amounts / EU”."""
    lines = [_spread(rows, number, merged) for number in range(first, min(last, len(rows) - 1) + 1)]
    width = max((len(row) for row in rows[first:]), default=0)
    names = []
    for column in range(min(width, MOST_COLUMNS)):
        parts: list[str] = []
        for line in lines:
            part = line[column] if column < len(line) else ""
            if part and part not in parts:
                parts.append(part)
        names.append(" / ".join(parts)[:LONGEST_NAME] or f"Column {column_letters(column)}")
    return names


def _spread(rows: list[Row], number: int, merged: list[Merged]) -> list[str]:
    """Return the texts of a header row; a merged cell's text stands in all of its columns and rows."""
    texts = [tidy(cell[1:]) for cell in rows[number]]
    for cells in merged:
        if (
            cells.top <= number <= cells.bottom
            and cells.top < len(rows)
            and cells.left < len(rows[cells.top])
        ):
            text = tidy(rows[cells.top][cells.left][1:])
            texts.extend([""] * (cells.right + 1 - len(texts)))
            texts[cells.left : cells.right + 1] = [text] * (cells.right + 1 - cells.left)
    return texts


def _texts(row: Row) -> list[str]:
    return [tidy(cell[1:]) for cell in row if cell.startswith(TEXT)]


def is_label(cell: str) -> bool:
    """Whether a cell holds words: no number, no date, not "unknown"."""
    if not cell.startswith(TEXT):
        return False
    text = tidy(cell[1:])
    return not (is_unknown(text) or written_number(text, ANY) or written_date(text))


def _first_row(rows: list[Row]) -> int | None:
    """Return the first row that is nearly all words and about as wide as what follows it."""
    filled = [sum(1 for cell in row if cell) for row in rows]
    for number, row in enumerate(rows[:SEARCHED]):
        below = [count for count in filled[number + 1 :] if count]
        if not filled[number] or not below:
            continue
        usual = sorted(below)[len(below) // 2]
        labels = sum(1 for cell in row if is_label(cell))
        wide = filled[number] >= max(usual * WIDE_ENOUGH, 2 if usual > 1 else 1)
        if wide and labels >= filled[number] * MOSTLY:
            return number
    return None


def _has_second_row(rows: list[Row], first: int, merged: list[Merged]) -> bool:
    """Whether the row below belongs to the header: it names what stands under merged or blank cells."""
    if first + 2 >= len(rows):
        return False
    row = rows[first + 1]
    cells = [cell for cell in row if cell]
    if not cells or not all(is_label(cell) for cell in cells):
        return False
    above = rows[first]
    under = {column for one in merged if one.top == first for column in range(one.left, one.right + 1)}
    blank = {column for column in range(len(row)) if column >= len(above) or not above[column]}
    return all(column in under | blank for column, cell in enumerate(row) if cell)
