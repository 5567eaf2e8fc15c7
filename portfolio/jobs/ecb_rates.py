"""Reading the euro reference rates as the European Central Bank publishes them; nothing is written here.

The bank offers the same rates as CSV (a day in each row, a currency in each column), as that CSV zipped, and
as XML (a `Cube` for each day, in it one for each currency). Which of them a file is, its content says.
"""

import csv
import io
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, TypeVar
from xml.parsers import expat

from portfolio.jobs import cells
from portfolio.jobs.bundle_reading import UNDECODED, Fault, csv_records
from portfolio.jobs.cells import CellFault

T = TypeVar("T")

LARGEST_FILE = 100_000_000
ACCEPTED = "the ECB's eurofxref-hist: CSV (Date, then a currency in each column), that CSV zipped, or XML"
NOT_AVAILABLE = "N/A"
GESMES = "http://www.gesmes.org/xml/2002-08-01"
EUROFXREF = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"


class PublishedRate(NamedTuple):
    """A currency's rate of a day, in millionths of its unit for one euro; None where the ECB says N/A."""

    line: int
    currency: str
    day: str
    millionths: int | None


class RatesRefused(Exception):
    """A file of rates from which nothing was taken, with every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def read_ecb_rates(name: str, content: bytes, today: date) -> list[PublishedRate]:
    """Return all rates of a file, in its order; raise RatesRefused with every fault found in one pass.

    A day after `today` is a fault: nothing was published for it yet.
    """
    if content.startswith(b"PK\x03\x04"):
        name, content = _unzipped(name, content)
    if len(content) > LARGEST_FILE:
        raise _refused(name, "file", f"more than {LARGEST_FILE} bytes")
    text = content.decode("utf-8-sig", "surrogateescape")
    if not text.strip():
        raise _refused(name, "file", "the file is empty")
    reading = (_Xml if text.lstrip().startswith("<") else _Csv)(name, today)
    reading.read(text)
    if not reading.faults and not reading.days:
        reading.fault(1, "file", "there is no day of rates in it", ACCEPTED)
    if reading.faults:
        raise RatesRefused(reading.faults)
    return reading.rates


def _refused(name: str, column: str, wrong: str) -> RatesRefused:
    return RatesRefused([Fault(name, 1, column, wrong, ACCEPTED)])


def _unzipped(name: str, content: bytes) -> tuple[str, bytes]:
    """Return the only file of an archive, named after both."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.namelist()
            if len(members) != 1:
                raise _refused(name, "file", f"{len(members)} files in the archive, not one")
            with archive.open(members[0]) as member:
                return f"{name}/{members[0]}", member.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise _refused(name, "file", f"not readable as a zip archive ({error})") from error


class _Reading(ABC):
    """What both formats share: the rates, the days that have come up, and every fault."""

    def __init__(self, name: str, today: date) -> None:
        self.name = name
        self.today = today
        self.faults: list[Fault] = []
        self.rates: list[PublishedRate] = []
        self.days: dict[str, int] = {}

    @abstractmethod
    def read(self, text: str) -> None:
        """Read the whole text."""

    def fault(self, line: int, column: str, wrong: str, accepted: str) -> None:
        self.faults.append(Fault(self.name, line, column, wrong, accepted))

    def is_text(self, line: int, column: str, cell: str) -> bool:
        if cell.isascii() or not UNDECODED.search(cell):
            return True
        self.fault(line, column, "bytes that are not UTF-8", "UTF-8")
        return False

    def parsed(self, line: int, column: str, cell: str, parse: Callable[[str], T]) -> T | None:
        """Return what a cell stands for; None, and a fault, where it cannot be accepted."""
        if not self.is_text(line, column, cell):
            return None
        try:
            return parse(cell)
        except CellFault as fault:
            self.fault(line, column, fault.wrong, fault.accepted)
            return None

    def day(self, line: int, column: str, cell: str) -> str | None:
        """Return the day that a cell names; None, and a fault, where it cannot be one."""
        day = self.parsed(line, column, cell, cells.day)
        if day is None:
            return None
        if day > self.today.isoformat():
            accepted = f"days up to {self.today}, today in Brussels"
            self.fault(line, column, f"{cells.shown(day)} is in the future", accepted)
        if day in self.days:
            wrong = f"{cells.shown(day)} already stands in line {self.days[day]}"
            self.fault(line, column, wrong, "each day once")
        self.days.setdefault(day, line)
        return day


class _Csv(_Reading):
    """Date, then a currency in each column, and a comma at the end of every line."""

    def read(self, text: str) -> None:
        records = csv_records(csv.reader(io.StringIO(text, newline=""), strict=True), self.fault)
        line, header = next(records, (1, [""]))
        if header[:1] != ["Date"]:
            first = "".join(header[:1])
            if self.is_text(line, "header", first):
                self.fault(line, "header", f"the first column is {cells.shown(first)}, not “Date”", ACCEPTED)
            return
        currencies = self._currencies(line, header)
        for line, row in records:
            if len(row) != len(header):
                wrong = f"{len(row)} cells in the row" if row else "an empty line"
                self.fault(line, "row", wrong, f"{len(header)} cells, as in the header")
                continue
            day = self.day(line, "Date", row[0])
            for currency, cell in zip(currencies, row[1:], strict=True):
                if currency is not None:
                    self._rate(line, currency, day, cell)

    def _currencies(self, line: int, header: list[str]) -> list[str | None]:
        """Return the currency of each column after the date: "" for the empty last, None if faulty."""
        found: list[str | None] = []
        for place, cell in enumerate(header[1:], 2):
            if cell == "" and place == len(header):
                found.append("")
                continue
            currency = self.parsed(line, f"column {place}", cell, cells.currency)
            if currency is not None and currency in found:
                self.fault(line, currency, "the column stands twice", "each currency once")
            found.append(currency)
        return found

    def _rate(self, line: int, currency: str, day: str | None, cell: str) -> None:
        if currency == "":
            if cell:
                wrong = f"{cells.shown(cell)} stands after the last currency"
                self.fault(line, "last column", wrong, "nothing there")
            return
        rate = None if cell == NOT_AVAILABLE else self.parsed(line, currency, cell, _rate_or_not_available)
        if day is not None:
            self.rates.append(PublishedRate(line, currency, day, rate))


def _rate_or_not_available(cell: str) -> int:
    try:
        return cells.rate(cell)
    except CellFault as fault:
        wrong = fault.wrong if cell else "empty"
        raise CellFault(wrong, f"{fault.accepted}; or {NOT_AVAILABLE}") from None


class _NotTheirs(Exception):
    """XML that the ECB does not publish."""


class _Xml(_Reading):
    """An envelope with a `Cube`, in it one for each day, in each of these one for each currency."""

    def __init__(self, name: str, today: date) -> None:
        super().__init__(name, today)
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.open: list[str] = []
        self.day_as_written = ""
        self.current_day: str | None = None
        self.currencies: set[str] = set()

    def read(self, text: str) -> None:
        for line, words in enumerate(text.split("\n"), 1):
            self.is_text(line, "line", words)
        if self.faults:
            return
        try:
            self.parser.Parse(text, True)
        except expat.ExpatError as error:
            wrong = f"not readable as XML ({expat.ErrorString(error.code)})"
            self.fault(error.lineno, "file", wrong, ACCEPTED)
        except _NotTheirs as error:
            self.fault(self.parser.CurrentLineNumber, "file", str(error), ACCEPTED)

    def _doctype(self, *declared: Any) -> None:
        # Entities can only be declared here: without it, a small file cannot unfold into a huge one.
        raise _NotTheirs("a document type, which the ECB's files do not have")

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if not self.open and element != f"{GESMES} Envelope":
            raise _NotTheirs(f"the outermost element is {_local(element)}, not gesmes:Envelope")
        if element == f"{EUROFXREF} Cube":
            self._cube(self.open.count(element), self.parser.CurrentLineNumber, attributes)
        elif f"{EUROFXREF} Cube" in self.open:
            self.fault(self.parser.CurrentLineNumber, _local(element), "unknown element", "Cube")
        self.open.append(element)

    def _end(self, element: str) -> None:
        self.open.pop()

    def _cube(self, above: int, line: int, attributes: dict[str, str]) -> None:
        """Take the Cube around all days, that of a day, or that of a currency, by how many are above it."""
        expected = (set(), {"time"}, {"currency", "rate"})[above] if above < 3 else None
        if expected is None or set(attributes) != expected:
            had = ", ".join(sorted(attributes)) or "nothing"
            accepted = "a Cube without attributes, in it one with time, in it those with currency and rate"
            self.fault(line, "Cube", f"{had} in a Cube at depth {above + 1}", accepted)
            self.current_day = None
        elif above == 1:
            self.day_as_written = attributes["time"]
            self.current_day = self.day(line, "time", attributes["time"])
            self.currencies = set()
        elif above == 2:
            self._rate(line, attributes["currency"], attributes["rate"])

    def _rate(self, line: int, written: str, rate: str) -> None:
        # The ECB writes hundreds of days on one line: the day belongs to the place.
        of_day = f" of {self.day_as_written}"
        currency = self.parsed(line, f"currency{of_day}", written, cells.currency)
        millionths = self.parsed(line, f"{written}{of_day}", rate, cells.rate)
        if currency is None:
            return
        if currency in self.currencies:
            self.fault(line, f"{written}{of_day}", "the currency stands twice", "each currency once a day")
        self.currencies.add(currency)
        if self.current_day is not None:
            self.rates.append(PublishedRate(line, currency, self.current_day, millionths))


def _local(element: str) -> str:
    """Return an element's name without its namespace, as a message shows it."""
    return cells.shown(element.rpartition(" ")[2])
