"""Writing a list as a file: its headers, and its content as it is read.

CSV and JSON lines of what a query gives are formatted by the database, whole rows at a time; those of rows
made in Python here. Both write the same for the same values.
"""

from collections.abc import Iterator

from portfolio.exports.giving_way import giving_way
from portfolio.exports.lists.columns import AnyList, Column
from portfolio.exports.writing_csv import DIALECTS, csv_content, neutral
from portfolio.exports.writing_files import About, CannotBeWritten, Rows, Written
from portfolio.exports.writing_jsonl import jsonl_content
from portfolio.exports.writing_xlsx import xlsx_content

CONTENT_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NEUTRALISED = (
    "In CSV and XLSX, free text that begins with =, +, -, @, a tab or a carriage return has an apostrophe put"
    " before it, so that no spreadsheet runs it as a formula. Numbers, keys and JSON are as they are."
)

__all__ = [
    "CONTENT_TYPES",
    "NEUTRALISED",
    "About",
    "CannotBeWritten",
    "Written",
    "file_headers",
    "neutral",
    "text_content",
    "write",
]


def write(
    table: AnyList,
    rows: Rows,
    columns: tuple[Column, ...],
    format_: str,
    dialect: str,
    about: About,
) -> Written:
    """Return a list as a file of a format (csv, jsonl, xlsx), whole and in its order.

    `rows` is a query that has each column under its alias, or dicts by column name. The caller keeps a
    snapshot open until the content is read to its end, and closes the content. A workbook is made before this
    returns, in a temporary file that goes with its content. Raise CannotBeWritten.
    """
    headers = file_headers(table, format_)
    if format_ == "xlsx":
        content, size = xlsx_content(rows, columns, about)
        return Written(headers, content, size)
    return Written(headers, text_content(rows, columns, format_, dialect))


def file_headers(table: AnyList, format_: str) -> dict[str, str]:
    """Return the headers of a list as a file."""
    return {
        "Content-Type": CONTENT_TYPES[format_],
        "Content-Disposition": f'attachment; filename="{table.file_name}.{format_}"',
    }


def text_content(rows: Rows, columns: tuple[Column, ...], format_: str, dialect: str) -> Iterator[bytes]:
    """Yield the content of a CSV file (its header first, by itself) or of JSON lines."""
    if format_ == "jsonl":
        return giving_way(jsonl_content(rows, columns))
    return giving_way(csv_content(rows, columns, DIALECTS[dialect]))
