"""What is to be known of a workbook's cells beside their values: read from the XML of XLSX sheets.

The reader of values shows errors, and formulas that no program has computed, as nothing at all; and it does
not show that a number is written as an amount of pounds, or as a code with zeros in front.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from portfolio.jobs.spreadsheets.cells import UNREADABLE, column_number
from portfolio.rules.number_conventions import CURRENCIES, SIGNS

CHUNK = 1 << 20
LONGEST_CELL = 1 << 16  # bytes of XML that are looked at together
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR = f"{UNREADABLE}the formula of the cell gives an error"
_UNCOMPUTED = f"{UNREADABLE}the cell has a formula that no program has computed: open the file, and save it"
_SIGN = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|(€|£|¥)')


class Note(NamedTuple):
    """Something about a cell: its place counted from 0, and what stands for or before its value."""

    row: int
    column: int
    note: str


class Styles(NamedTuple):
    """The styles of a workbook that say something: by number, the currency or the width that they show."""

    currencies: dict[int, str]
    widths: dict[int, int]


def sheet_files(packed: zipfile.ZipFile) -> dict[str, str]:
    """Return the file of each sheet by the sheet's name."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _parsed(packed, "xl/_rels/workbook.xml.rels")
    }
    found = {}
    for sheet in _parsed(packed, "xl/workbook.xml").iter(f"{MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if name in packed.namelist():
            found[sheet.get("name", "")] = name
    return found


def _parsed(packed: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # Documents that define entities were refused before.
    return ElementTree.fromstring(packed.read(name))  # noqa: S314


def styles(packed: zipfile.ZipFile) -> Styles:
    """Return the styles in which a number is written as an amount of a currency, or with zeros in front."""
    found = Styles({}, {})
    if "xl/styles.xml" not in packed.namelist():
        return found
    root = _parsed(packed, "xl/styles.xml")
    formats = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in root.iter(f"{MAIN}numFmt")}
    cells = root.find(f"{MAIN}cellXfs")
    for number, style in enumerate(cells if cells is not None else ()):
        code = formats.get(int(style.get("numFmtId", 0)), "").split(";")[0]
        currency = _currency(code)
        if currency:
            found.currencies[number] = currency
        elif re.fullmatch("0{2,}", code):
            found.widths[number] = len(code)
    return found


def _currency(code: str) -> str:
    """Return the currency that a number format shows, where it shows one that is told from all others."""
    for match in _SIGN.finditer(code):
        sign = (match[1] or match[2] or match[3] or "").strip()
        if sign in CURRENCIES:
            return sign
        meant = SIGNS.get(sign.casefold(), {"USD"} if sign == "$" else set())
        if len(meant) == 1:
            return next(iter(meant))
    return ""


def notes(path: Path, sheet: str) -> Iterator[Note]:
    """Yield what is to be known of a sheet's cells, in the order of the file."""
    with zipfile.ZipFile(path) as packed:
        name = sheet_files(packed).get(sheet)
        if name is None:
            return
        known = styles(packed)
        with packed.open(name) as file:
            yield from _notes(file.read, known)


def _notes(read: Callable[[int], bytes], known: Styles) -> Iterator[Note]:
    cell = _telling_cells(known)
    rest = b""
    while True:
        chunk = read(CHUNK)
        text = rest + chunk
        end = 0
        for match in cell.finditer(text):
            if chunk and match.start() > len(text) - LONGEST_CELL:
                break
            end = match.end()
            note = _note(match[3], text[end : end + LONGEST_CELL], known)
            if note:
                yield Note(int(match[2]) - 1, column_number(match[1].decode()), note)
        if not chunk:
            return
        rest = text[max(end, len(text) - LONGEST_CELL) :]


def _telling_cells(known: Styles) -> re.Pattern[bytes]:
    """Return the pattern of the cells that there may be a note about, so that others cost next to nothing."""
    numbers = "|".join(str(number) for number in (*known.currencies, *known.widths)) or "none"
    style = rf's="(?:{numbers})"'.encode()
    return re.compile(
        rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>/]*\b(?:t="e"|' + style + rb")[^>/]*|[^>/]*(?=><f))>"
    )


def _note(attributes: bytes, after: bytes, known: Styles) -> str:
    if b't="e"' in attributes:
        return _ERROR
    if after.startswith(b"<f"):
        inside = after[: max(after.find(b"</c>"), 0)]
        if inside and not re.search(rb"<v>[^<]", inside) and b't="str"' not in attributes:
            return _UNCOMPUTED
    style = re.search(rb's="([0-9]+)"', attributes)
    if style is None or (b't="' in attributes and b't="n"' not in attributes):
        return ""
    number = int(style[1])
    if number in known.currencies:
        return known.currencies[number]
    return str(known.widths[number]) if number in known.widths else ""
