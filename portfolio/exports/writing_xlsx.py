"""A list as a workbook: typed cells, a sheet that says what it is, and nothing that a spreadsheet would run.

A spreadsheet keeps numbers as floats of 15 significant digits. A number with more, which it would round, is
written as text instead, and the sheet “About” says in which columns that happened; so is a day before March
1900, which it has no number for.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.conf import settings

from portfolio.exports.giving_way import Turns
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import DECIMALS, NUMBER, Kind, text_of
from portfolio.exports.writing_csv import neutral
from portfolio.exports.writing_files import About, CannotBeWritten, Pieces, Rows, cells_of
from portfolio.exports.writing_query import MAY_RUN

MOST_ROWS = 1_048_575  # of a sheet, below its header
MOST_TEXT = 32_767  # UTF-16 units of a cell
EXACT_DIGITS = 15
NOTED_EVERY = 1_000  # rows
ROWS_A_TURN = 200  # written in about as long as a page may lose
FIRST_DAY = date(1900, 3, 1)

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FORMATS = {
    Kind.MONEY: "#,##0.00",
    Kind.WHOLE: "#,##0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: 'yyyy-mm-dd hh:mm:ss"Z"',
}
WIDTHS = {
    Kind.NAME: 36,
    Kind.TEXT: 40,
    Kind.LINK: 40,
    Kind.KEY: 22,
    Kind.MONEY: 20,
    Kind.DAY: 12,
    Kind.MOMENT: 22,
}
USUAL_WIDTH = 16
FORM = frozenset({"format", "dialect"})  # parameters that change nothing of what is in a workbook
LEAST_ROOM = 4  # beside a name in the header, for the button of its filter
UNKNOWN = "An empty cell is unknown, or none: the table below says which. Zero is written as a number."

Write = Callable[[int, int, Any], None]


def xlsx_content(rows: Rows, columns: tuple[Column, ...], about: About) -> tuple[Iterator[bytes], int]:
    """Return a workbook's content and its size in bytes, made in a temporary file that goes with the content.

    Raise CannotBeWritten for more rows, or longer texts, than a sheet has room for.
    """
    if about.row_count > MOST_ROWS:
        raise CannotBeWritten(
            f"The list has {about.row_count:,} rows; a sheet of a workbook has room for {MOST_ROWS:,}."
            " Ask for format=csv, which has room for all, or for fewer rows by filters."
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed, and so removed, with the content
    try:
        _Workbook(file, columns, about).make(rows)
        size = file.seek(0, 2)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Pieces(file), size


class _Workbook:
    """A workbook of two sheets in the making: the list, and what it is."""

    def __init__(self, file: IO[bytes], columns: tuple[Column, ...], about: About) -> None:
        self.columns, self.about = columns, about
        self.book = xlsxwriter.Workbook(file, OPTIONS)
        # Nothing in it tells when it was made: the same rows, under the same address, are the same bytes.
        self.book.set_properties({"created": datetime.combine(about.as_of, time(), UTC)})
        self.sheet = self.book.add_worksheet(about.table.name[:31])
        self.bold = self.book.add_format({"bold": True})
        self.formats = {kind: self.book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        self.right = self.book.add_format({"align": "right"})
        self.kept_as_text: Counter[str] = Counter()

    def make(self, rows: Rows) -> None:
        self._header()
        writers = [self._writer(column) for column in self.columns]
        turns, number = Turns(), 0
        for number, row in enumerate(cells_of(rows, self.columns), start=1):
            known = [(place, value) for place, value in enumerate(row) if value is not None and value != ""]
            for place, value in known:
                writers[place](number, place, value)
            if number % ROWS_A_TURN == 0:
                turns.give()
            if self.about.wrote and number % NOTED_EVERY == 0:
                self.about.wrote(number)
            if not known:
                self.sheet.write_blank(number, 0, None, self.right)  # a row all the same
        self.sheet.autofilter(0, 0, max(number, 1), len(self.columns) - 1)
        self._about()
        self.book.close()

    def _header(self) -> None:
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            width = max(len(column.name) + LEAST_ROOM, WIDTHS.get(column.kind, USUAL_WIDTH))
            self.sheet.set_column(place, place, width)
        for place, column in enumerate(self.columns):
            self.sheet.write_string(0, place, column.name, self.bold)

    def _writer(self, column: Column) -> Write:
        """Return what writes a value of a column that is neither None nor empty."""
        kind = column.kind
        if kind in DECIMALS or kind in (Kind.WHOLE, Kind.CELL):
            return self._number_writer(column)
        if kind == Kind.FLAG:
            return self._flag
        if kind in (Kind.DAY, Kind.MOMENT):
            return self._day_writer(column)
        harmless = neutral if kind in MAY_RUN else str

        def write(row: int, place: int, value: Any) -> None:
            self._text(row, place, harmless(text_of(kind, value)))

        return write

    def _flag(self, row: int, place: int, value: Any) -> None:
        self.sheet.write_boolean(row, place, value in (True, "true"))

    def _number_writer(self, column: Column) -> Write:
        kind, sheet, form = column.kind, self.sheet, self.formats.get(column.kind)

        def write(row: int, place: int, value: Any) -> None:
            text = text_of(kind, value)
            if kind == Kind.CELL and not NUMBER.fullmatch(text):
                self._text(row, place, text)
            elif len(text) <= EXACT_DIGITS or _digits(text) <= EXACT_DIGITS:
                # xlsxwriter writes 16 digits of the float: the nearest to a decimal of 15.
                sheet.write_number(row, place, float(text), form)
            else:
                self.kept_as_text[column.name] += 1
                self._text(row, place, text, self.right)

        return write

    def _day_writer(self, column: Column) -> Write:
        form = self.formats[column.kind]
        write_day: Any = self.sheet.write_datetime  # it takes days too

        def write(row: int, place: int, value: date | datetime | str) -> None:
            if isinstance(value, str):  # of a table as it was published
                value = date.fromisoformat(value)
            if (value.date() if isinstance(value, datetime) else value) < FIRST_DAY:
                self.kept_as_text[column.name] += 1
                self._text(row, place, text_of(column.kind, value))
                return
            if isinstance(value, datetime):
                value = value.astimezone(UTC).replace(tzinfo=None, microsecond=0)
            write_day(row, place, value, form)

        return write

    def _text(self, row: int, place: int, text: str, form: Any = None) -> None:
        if self.sheet.write_string(row, place, text, form) == 0 and len(text) * 2 <= MOST_TEXT:
            return
        units = len(text.encode("utf-16-le")) // 2
        if units > MOST_TEXT:
            raise CannotBeWritten(
                f"Row {row:,} has a text of {units:,} characters in {self.columns[place].name}; a cell of a"
                f" workbook has room for {MOST_TEXT:,}. Ask for format=csv, which has room for it."
            )

    def _about(self) -> None:
        sheet, about = self.book.add_worksheet("About"), self.about
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 4, 26)
        filters = [f"{name}={value}" for name, value in about.filters.items() if name not in FORM]
        told = [
            ("List", f"{about.table.title} ({about.table.name})"),
            ("What it is", about.table.meaning),
            ("As of", about.as_of.isoformat()),
            ("Data version", str(about.data_version)),
            ("Source", about.address),
            ("Filters", "; ".join(filters) or "none: the whole list"),
            ("Rows", str(about.row_count)),
            ("Licence", settings.DATA_LICENCE),
            ("Unknown", UNKNOWN),
            ("Free text", "An apostrophe before =, +, -, @ keeps a spreadsheet from running it."),
            ("Moments", "In UTC."),
            ("Kept as text", self._kept()),
        ]
        for row, (name, text) in enumerate(told):
            sheet.write_string(row, 0, name, self.bold)
            sheet.write_string(row, 1, neutral(text))
        top = len(told) + 1
        for place, name in enumerate(("Column", "Meaning", "Kind", "Unit", "Empty means")):
            sheet.write_string(top, place, name, self.bold)
        for row, column in enumerate(self.columns, start=top + 1):
            cells = (
                column.name,
                column.meaning,
                str(column.kind),
                column.unit,
                column.empty or "never empty",
            )
            for place, text in enumerate(cells):
                sheet.write_string(row, place, text)

    def _kept(self) -> str:
        if not self.kept_as_text:
            return f"Nothing: every number has at most {EXACT_DIGITS} digits."
        counts = ", ".join(f"{name} ({number:,} cells)" for name, number in self.kept_as_text.items())
        return (
            f"Numbers of more than {EXACT_DIGITS} digits, which a spreadsheet would round, and days before"
            f" {FIRST_DAY} are exact texts in: {counts}."
        )


def _digits(text: str) -> int:
    """Return how many significant digits a number has."""
    return len(Decimal(text).normalize().as_tuple().digits)
