"""What is taken for a list: by content, in any encoding and form; and what is refused, with a sentence."""

import struct

import pytest

from tests.imports import files
from tests.imports.pages import Editor

LIST = [["Nazwa", "Wartość"], ["Łódź ósma", "12,50"], ["Śląsk", "1.000,00"]]
PLAIN = [["Name", "Amount"], ["Alpha", "12.50"], ["Beta", "1000"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1250", "iso8859_2"])
def test_csv_in_any_common_form(editor: Editor, encoding: str, separator: str) -> None:
    page = editor.upload("list.txt", files.text(LIST, encoding, separator))
    assert editor.taken.plan["names"] == ["Nazwa", "Wartość"]
    assert "Łódź ósma" in page
    assert editor.taken.plan["separator"] == separator


@pytest.mark.parametrize(
    ("encoding", "header", "name"),
    [
        ("cp1252", "Größe", "Köln – “Übergang” 5 €"),
        ("iso8859_15", "Bénéficiaire", "Œuvre à 5 €"),
        ("iso8859_7", "Όνομα", "Πάτρα δήμος"),
        ("iso8859_5", "Име", "София"),
        ("cp1251", "Име", "София"),
        ("cp1257", "Pavadinimas", "Šiauliai Kėdainiai"),
        ("iso8859_1", "Name", "Müller Köln"),
    ],
)
def test_other_encodings(editor: Editor, encoding: str, header: str, name: str) -> None:
    page = editor.upload("list.csv", files.text([[header, "Betrag"], [name, "1"]], encoding, ";"))
    assert editor.taken.plan["names"] == [header, "Betrag"]
    assert name in page


@pytest.mark.parametrize("name", ["list.csv", "list.xls", "list.xlsx", "list"])
def test_the_content_says_what_a_file_is(editor: Editor, name: str) -> None:
    made = {
        "an Excel workbook": files.xlsx({"Sheet1": PLAIN}),
        "an OpenDocument spreadsheet": files.ods(PLAIN),
        "an Excel 97-2003 workbook": files.xls(PLAIN),
        "text with separators": files.text(PLAIN),
    }
    for kind, content in made.items():
        assert f"The file is {kind}" in editor.upload(name, content)
        assert editor.taken.plan["names"] == ["Name", "Amount"]


HTML = b"<html><body><table><tr><td>Name</td></tr></table></body></html>"
REFUSED = {
    "empty": (b"", "is empty"),
    "blanks": (b" \r\n\r\n", "is empty"),
    "html called xls": (HTML, "a web page (an HTML table) under another name"),
    "html in utf-16": (HTML.decode().encode("utf-16"), "a web page"),
    "json": (b'{\n "projects": [{"id": 1}]\n}', "a JSON document"),
    "xml": (b'<?xml version="1.0"?><Workbook></Workbook>', "an XML file"),
    "pdf": (b"%PDF-1.7\n...", "a PDF document"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a picture"),
    "gzip": (b"\x1f\x8b\x08" + b"\0" * 40, "packed with gzip"),
    "another zip": (files.packed({"a.txt": b"x"}), "packed, but it is no workbook"),
    "a damaged zip": (files.xlsx({"S": PLAIN})[:-300], "damaged or has a password"),
    "a damaged xls": (files.xls(PLAIN)[:700], "cannot be read"),
    "binary": (bytes(range(256)) * 20, "bytes that are no text"),
    "entities": (
        files.raw_xlsx(
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>',
            b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        "defines entities",
    ),
    "a password": (
        files.xls(PLAIN) + "EncryptedPackage".encode("utf-16-le"),
        "has a password",
    ),
    "no cells": (files.xlsx({"S": []}), "no sheet with cells"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_list_is_refused_with_a_sentence(editor: Editor, what: str) -> None:
    content, sentence = REFUSED[what]
    page = editor.refused("list.xls", content)
    assert "was not taken" in page
    assert sentence in page
    assert "/etc/passwd" not in page


def test_a_bomb_is_refused_before_it_is_unpacked(editor: Editor) -> None:
    content = bytearray(files.raw_xlsx(b'<row r="1"><c r="A1"><v>1</v></c></row>'))
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46 + 24  # its size in the directory
    struct.pack_into("<I", content, place, 3_000_000_000)
    assert "unpacks to more than 1 GB" in editor.refused("list.xlsx", bytes(content))


def test_cells_at_the_ends_of_a_sheet_do_not_take_the_memory_between_them(editor: Editor) -> None:
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    page = editor.refused("list.xlsx", files.raw_xlsx(rows))
    assert "needs more memory or time" in page or "more cells than any list" in page


def test_a_cell_of_ten_megabytes_is_a_fault(editor: Editor) -> None:
    rows = [["slug", "name", "kind", "source"], ["a", "x" * 10_000_000, "ai_factory", "example"]]
    editor.upload("list.csv", files.text(rows))
    editor.preview()
    assert editor.faults() == [("B2", "the cell holds more than 32,767 characters")]


def test_a_million_empty_rows_that_are_formatted_are_left_out(editor: Editor) -> None:
    cell = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    names = cell.format("A1", "Name") + cell.format("B1", "City")
    towns = cell.format("A2", "Alpha") + cell.format("B2", "Bern")
    cells = f'<row r="1">{names}</row><row r="2">{towns}</row>'.encode()
    blanks = b"".join(
        b'<row r="%d"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (n, n, n) for n in range(3, 1_000_001)
    )
    editor.upload("list.xlsx", files.raw_xlsx(cells + blanks))
    assert editor.taken.found["sample"] == [["Alpha", "Bern"]]


def test_the_largest_file_is_a_setting(editor: Editor, settings: object) -> None:
    settings.IMPORT_MEGABYTES = 1  # type: ignore[attr-defined]
    page = editor.refused("list.csv", files.text([["Name", "Note"], ["a", "x" * 1_100_000]]))
    assert "larger than 1 MB" in page


def test_a_text_file_read_wrongly_is_read_as_a_person_says(editor: Editor) -> None:
    editor.upload("list.csv", files.text(LIST, "cp1250", ";"))
    editor.post(f"{editor.address}recognise/", {"encoding": "iso8859_5", "separator": ";"})
    assert "Łódź ósma" not in editor.page()
    editor.post(f"{editor.address}recognise/", {"encoding": "cp1250", "separator": ";"})
    assert "Łódź ósma" in editor.page()


def test_titles_above_and_headers_of_two_rows(editor: Editor) -> None:
    rows: files.Rows = [
        ["List of operations 2026"],
        [],
        ["Name", "Amounts", None, "Signed on"],
        [None, "EU", "Total", None],
        ["Alpha", 1.5, 3, "2026-03-01"],
        ["Beta", 2.5, 4, "2026-03-02"],
    ]
    page = editor.upload("list.xlsx", files.xlsx({"Cover": [["Office"]], "List": rows}))
    assert "sheet “List”" in page
    merged = files.xlsx({"List": rows}, merged=["B3:C3", "A3:A4", "D3:D4"])
    editor.upload("list.xlsx", merged)
    assert editor.taken.plan["names"] == ["Name", "Amounts / EU", "Amounts / Total", "Signed on"]
    assert "row 3 to 4" in editor.page()


def test_a_header_is_where_a_person_says(editor: Editor) -> None:
    rows = [["1", "2"], ["Name", "City"], ["Alpha", "Bern"]]
    editor.upload("list.csv", files.text(rows))
    editor.post(
        f"{editor.address}recognise/",
        {"header-first": "2", "header-last": "2", "encoding": "utf-8-sig", "separator": ","},
    )
    assert editor.taken.plan["names"] == ["Name", "City"]


def test_hidden_sheets_come_last_and_can_be_chosen(editor: Editor) -> None:
    rows = {"One": PLAIN, "Two": [["City", "Country"], ["Bern", "CH"], ["Wien", "AT"], ["Rom", "IT"]]}
    editor.upload("list.xlsx", files.xlsx(rows))
    assert editor.taken.plan["sheet"] == "Two"
    editor.post(f"{editor.address}recognise/", {"sheet": "One"})
    assert editor.taken.plan["names"] == ["Name", "Amount"]


def test_markup_and_formulas_are_shown_as_text(editor: Editor) -> None:
    name = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    rows = [
        ["slug", "name", "kind", "source"],
        ["a", name, "ai_factory", "example"],
        ["b", "=1+1", "ai_factory", "example"],
    ]
    editor.upload(f"{name}.csv", files.text(rows))
    editor.preview()
    body = editor.client.get(editor.address).content.decode()
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "&lt;script&gt;alert(1)" in body
    assert "=1+1" in body
    assert "2 new" in editor.page()
