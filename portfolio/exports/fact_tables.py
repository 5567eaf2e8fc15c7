"""The files of the bundle as CSV for people with spreadsheets: formula-like text is made harmless."""

from collections.abc import Iterable, Iterator
from datetime import date

from portfolio.exports.metric_tables import csv_lines
from portfolio.jobs import cells
from portfolio.jobs.bundle_format import File, public_files
from portfolio.jobs.bundles import saved_rows

FILE_BY_NAME = public_files()
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

__all__ = ["FILE_BY_NAME", "fact_csv"]


def neutral(text: str) -> str:
    """Return free text so that a spreadsheet shows it instead of running it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def fact_csv(file: File, as_of: date | None = None) -> Iterable[str]:
    """Yield a file of the bundle, cut off at a day, as CSV text, in the bundle's order and columns."""
    return csv_lines(file.column_names, _rows(file, as_of))


def _rows(file: File, as_of: date | None) -> Iterator[list[str]]:
    free = [column.parse in (cells.text, cells.system) and not column.reference for column in file.columns]
    for row in saved_rows(file, as_of):
        yield [neutral(text) if is_free else text for text, is_free in zip(row, free, strict=True)]
