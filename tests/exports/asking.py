"""Asking for files as a client does, and reading them as people's tools do."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

from django.test import Client
from openpyxl import Workbook, load_workbook

API = "/api/v1/"


def file(client: Client, address: str) -> bytes:
    """Return a whole file; the address is a path below the API's root."""
    response = client.get(API + address)
    assert response.status_code == 200, response.content
    return bytes(response.getvalue())


def csv_rows(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV file, with or without a byte order mark."""
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def lines(content: bytes) -> list[dict[str, Any]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in content.decode().split("\n")[:-1]]


def workbook(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def sheet_rows(book: Workbook) -> list[dict[str, Any]]:
    """Return the rows of the first sheet by the names in its header."""
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def about(book: Workbook) -> dict[str, Any]:
    """Return what the sheet About says, by its first column."""
    return {str(row[0]): row[1] for row in book["About"].iter_rows(values_only=True) if row[0]}
