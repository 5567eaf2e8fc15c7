"""Spreadsheets for tests, made here: CSV, XLSX, ODS, and the old XLS, byte by byte."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import openpyxl

Rows = Sequence[Sequence[Any]]


def text(rows: Rows, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Return rows as CSV; cells with the separator, a quote or a line break are quoted."""
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            said = "" if cell is None else str(cell)
            quoted = any(mark in said for mark in (separator, '"', "\n"))
            cells.append('"' + said.replace('"', '""') + '"' if quoted else said)
        lines.append(separator.join(cells))
    return "\r\n".join([*lines, ""]).encode(encoding)


def xlsx(
    sheets: Mapping[str, Rows], merged: Iterable[str] = (), formats: dict[str, str] | None = None
) -> bytes:
    """Return a workbook; merged ranges and number formats by cell are those of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    for cell, code in (formats or {}).items():
        book.worksheets[0][cell].number_format = code
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def raw_xlsx(sheet: bytes, doctype: bytes = b"") -> bytes:
    """Return a workbook of one sheet S with the given XML of its rows."""
    office = "http://schemas.openxmlformats.org"
    types = f"{office}/package/2006/content-types"
    relations = f"{office}/package/2006/relationships"
    document = f"{office}/officeDocument/2006/relationships"
    main = f"{office}/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="xml"'
            f' ContentType="application/xml"/><Override PartName="/xl/workbook.xml"'
            f' ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml"'
            f' ContentType="{kind}.worksheet+xml"/></Types>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1"'
            f' Type="{document}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{document}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1"'
            f' Type="{document}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
            "xl/worksheets/sheet1.xml": b'<?xml version="1.0"?>'
            + doctype
            + f'<worksheet xmlns="{main}"><sheetData>'.encode()
            + sheet
            + b"</sheetData></worksheet>",
        }
    )


def ods(rows: Rows) -> bytes:
    """Return an OpenDocument spreadsheet of one sheet: texts as texts, numbers as numbers."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            if isinstance(cell, int | float):
                cells.append(f'<table:table-cell office:value-type="float" office:value="{cell}"/>')
            elif cell:
                said = escape(str(cell))
                cells.append(
                    f'<table:table-cell office:value-type="string"><text:p>{said}</text:p></table:table-cell>'
                )
            else:
                cells.append("<table:table-cell/>")
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0"'
        f' xmlns:text="{names}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry'
        f' manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return packed(
        {
            "mimetype": kind.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def xls(rows: Rows) -> bytes:
    """Return an Excel 97-2003 workbook of one sheet, in its compound file."""
    globals_ = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    name = b"Sheet1"
    bound = struct.pack("<IBBBB", 0, 0, 0, len(name), 0) + name
    start = len(globals_) + len(_record(0x0085, bound)) + len(_record(0x000A, b""))
    bound = struct.pack("<I", start) + bound[4:]
    stream = globals_ + _record(0x0085, bound) + _record(0x000A, b"")
    stream += _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(cell, int | float):
                stream += _record(0x0203, place + struct.pack("<d", cell))
            elif cell:
                said = str(cell).encode("utf-16-le")
                stream += _record(0x0204, place + struct.pack("<HB", len(said) // 2, 1) + said)
    stream += _record(0x000A, b"")
    return _compound(stream)


def _compound(stream: bytes) -> bytes:
    """Return a compound file that holds one stream, “Workbook”."""
    sector, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % sector)
    count = len(stream) // sector
    table = [0xFFFFFFFD, end, *range(3, 2 + count), end]
    assert len(table) <= 128, "a longer list needs more sectors for the table"
    table += [free] * (128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        said = (name + "\0").encode("utf-16-le")
        return (
            said.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(said) if name else 0, kind, 1, free, free, child)
            + b"\0" * 36
            + struct.pack("<IQ", first, size)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    directory += (b"\0" * 68 + struct.pack("<III", free, free, free) + b"\0" * 48) * 2
    return header + struct.pack("<128I", *table) + directory + stream
