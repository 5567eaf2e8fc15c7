"""Files that mean harm by their name, their type or what is in them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portfolio.models import SpreadsheetImport
from tests.attacks.walking import ON_ONE_DATABASE

pytestmark = [pytest.mark.django_db, ON_ONE_DATABASE]

NAMES = (
    "../../evil-upload.csv",
    "..\\..\\evil-upload.csv",
    "/tmp/evil-upload.csv",
    "evil-upload.csv\0.html",
    "<xss onload=a>evil-upload.csv",
    "evil-upload.csv;rm -rf",
    "x" * 300 + ".csv",
    "\u202evsc.evil-upload",
    ".htaccess",
)


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "x")
    return made.getvalue()


HARM: dict[str, bytes] = {
    "page.html": b"<html><script>alert(1)</script></html>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "program.exe": b"MZ\x90\x00\x03" + bytes(200),
    "elf.csv": b"\x7fELF\x02\x01\x01" + bytes(200),
    "entities.xlsx": b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    "slip.xlsx": zipped("../../evil-upload.csv"),
    "page.xlsx": zipped("index.html"),
    "broken.xlsx": b"PK\x03\x04" + b"\xff" * 200,
    "broken.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
    "nothing.csv": b"",
    "binary.csv": bytes(range(256)) * 4,
}


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_hostile_uploads_are_refused_or_inert(world: dict[str, Client]) -> None:
    """None is an error or is served as what it is; none of its names becomes a file."""
    emil, wrong = world["emil"], []
    files = [*HARM.items(), *((name, b"Reference,Project\nN-1,giga-a\n") for name in NAMES)]
    for name, content in files:
        response = upload(emil, name, content)
        page = response.content.decode()
        if (
            response.status_code not in (200, 400)
            or "<xss" in page
            or "<script>alert" in page
            or "root:" in page
        ):
            wrong.append((name[:40], response.status_code))
        if response["Content-Type"] != "text/html; charset=utf-8":
            wrong.append((name[:40], response["Content-Type"]))
    assert wrong == []
    kept = list(SpreadsheetImport.objects.values_list("file_name", flat=True))
    assert [name for name in kept if "/" in name or "\0" in name or len(name) > 255] == []
    for folder in (Path("/tmp"), Path(settings.BASE_DIR), Path(settings.BASE_DIR) / "var"):
        assert not list(folder.glob("*evil-upload*"))
    body = emil.post("/imports/", b"not a form at all", content_type="multipart/form-data; boundary=x")
    assert body.status_code == 400
