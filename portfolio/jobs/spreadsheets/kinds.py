"""What kind of file something is: told by its content, since names are often wrong."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

LARGEST_UNPACKED = 1 << 30
MOST_MEMBERS = 5_000
PEEK = 8_192


class FileKind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"

    @property
    def words(self) -> str:
        return {"csv": "text with separators", "xlsx": "an Excel workbook"}.get(self.value) or {
            "xls": "an Excel 97-2003 workbook",
            "ods": "an OpenDocument spreadsheet",
        }[self.value]


class FileRefused(Exception):
    """A file that cannot be imported; its text says why, and what can be done."""


ACCEPTED = "Accepted are CSV, XLSX, XLS and ODS."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a file packed with gzip",
    b"7z\xbc\xaf": "a file packed with 7-Zip",
    b"Rar!": "a file packed with RAR",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a document in rich text",
}
_MARKUP = {
    "html": "a web page (an HTML table) under another name: open it in a spreadsheet program and save it as"
    " XLSX",
    "xml": "an XML file: open it in a spreadsheet program and save it as XLSX",
}


def kind_of(path: Path) -> FileKind:
    """Return the kind of a file by its content; raise FileRefused for anything that is no spreadsheet."""
    with path.open("rb") as file:
        start = file.read(PEEK)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise FileRefused(f"The file is empty. {ACCEPTED}")
    if start.startswith(b"PK"):
        return _packed_kind(path)
    if start.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise FileRefused("The workbook has a password. Save it without one, and import that.")
        return FileKind.XLS
    for signature, what in _OTHERS.items():
        if start.startswith(signature):
            raise FileRefused(f"The file is {what}. {ACCEPTED}")
    _refuse_markup(start)
    return FileKind.CSV


def _refuse_markup(start: bytes) -> None:
    for encoding in ("utf-16", "utf-8-sig"):
        if encoding == "utf-16" and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        beginning = start.decode(encoding, errors="replace").lstrip().casefold()
        if beginning.startswith(("<html", "<!doctype html", "<table", "<head", "<body", "<meta")):
            raise FileRefused(f"The file is {_MARKUP['html']}.")
        if re.match(r"[\[{]\s*[\"\[{\]}]", beginning):
            raise FileRefused(f"The file is a JSON document. {ACCEPTED}")
        if beginning.startswith(("<?xml", "<!doctype", "<workbook")):
            html = "<html" in beginning or "<table" in beginning
            raise FileRefused(f"The file is {_MARKUP['html' if html else 'xml']}.")


def _packed_kind(path: Path) -> FileKind:
    """Return the kind of a packed workbook; refuse what unpacks to more than a workbook would be."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > LARGEST_UNPACKED:
                raise FileRefused(
                    "The workbook unpacks to more than 1 GB, which no list does. Copy its cells into a new"
                    " workbook, and import that."
                )
            names = {one.filename for one in members}
            if "xl/workbook.xml" in names:
                kind = FileKind.XLSX
            elif "mimetype" in names and b"opendocument.spreadsheet" in packed.read("mimetype"):
                kind = FileKind.ODS
            else:
                raise FileRefused(f"The file is packed, but it is no workbook. {ACCEPTED}")
            _refuse_entities(packed, members)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileRefused(f"The workbook is damaged or has a password ({error}). {ACCEPTED}") from error
    return kind


def _refuse_entities(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Refuse workbooks that define entities: no spreadsheet program writes them, and they can do harm."""
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            with packed.open(member) as file:
                if b"<!DOCTYPE" in file.read(PEEK).upper():
                    raise FileRefused(
                        f"The workbook defines entities in {member.filename}, which no spreadsheet program"
                        " writes. It is not read."
                    )
