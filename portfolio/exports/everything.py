"""Everything: the whole portfolio as a zipped bundle that describes itself, and loads again.

The same records make the same bytes: files have no date in the zip file.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any

from portfolio.exports.datapackage import NAME, Resource, data_package
from portfolio.jobs.bundle_format import FILES, File
from portfolio.jobs.bundles import dated, saved_rows, write_rows
from portfolio.queries.snapshot import reading

FILE_NAME = "portfolio.zip"
CONTENT_TYPE = "application/zip"
NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can say
READABLE = 0o644 << 16
NOTED_EVERY = 1_000
NEEDS_A_RIGHT = "It is confidential, or for some roles alone: the reader does not have the right to it."
NOT_ASKED_FOR = "It is confidential, and was not asked for."
REFERS_TO_THESE = "Its rows refer to others that are left out."

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Contents:
    """Which files somebody is given, and which not, with the reason; `permissions` are what that takes."""

    files: tuple[File, ...]
    left_out: tuple[tuple[File, str], ...]
    permissions: tuple[str, ...]
    as_of: date | None = None

    def count(self) -> int:
        """Return how many rows there are in all files; one query for each."""
        found = 0
        for file in self.files:
            rows = file.model._default_manager.order_by()
            found += (rows if self.as_of is None else rows.filter(dated(file, self.as_of))).count()
        return found


def contents_for(reader: Any, as_of: date | None, *, confidential: bool = True) -> Contents:
    """Return what somebody may have of everything, as on a day or, without one, all of it."""
    files: list[File] = []
    left_out: list[tuple[File, str]] = []
    permissions: dict[str, None] = {}
    for file in FILES:
        needed = rights_to(file)
        gone = {one.name for one, _ in left_out}
        if file.confidential and not confidential:
            left_out.append((file, NOT_ASKED_FOR))
        elif not reader.has_perms(needed):
            left_out.append((file, NEEDS_A_RIGHT))
        elif any(column.reference in gone for column in file.references):
            left_out.append((file, REFERS_TO_THESE))
        else:
            files.append(file)
            permissions |= dict.fromkeys(needed)
    return Contents(tuple(files), tuple(left_out), tuple(permissions), as_of)


def all_contents(as_of: date | None, *, confidential: bool) -> Contents:
    """Return all files, as who has the database itself may have them; the confidential ones if asked for."""
    files = tuple(file for file in FILES if confidential or not file.confidential)
    left_out = tuple((file, NOT_ASKED_FOR) for file in FILES if file not in files)
    return Contents(files, left_out, (), as_of)


def rights_to(file: File) -> list[str]:
    """Return the permissions that a reader of a file needs beyond reading."""
    needed = [file.permission] if file.permission else []
    if file.confidential:
        needed.append(f"{file.model._meta.app_label}.view_{file.model._meta.model_name}")
    return needed


def write_everything(
    out: IO[bytes],
    contents: Contents,
    wrote: Progress | None = None,
    announce: Callable[[str, int], None] | None = None,
) -> int:
    """Write the zipped bundle; return how many rows it has. The caller keeps a snapshot open.

    `wrote` is told now and then how many rows are written, `announce` each file with its rows.
    """
    rows, resources = 0, []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in contents.files:
            resource = _write_file(archive, file, contents.as_of, rows, wrote)
            if resource is None:
                continue
            resources.append(resource)
            rows += resource.rows
            if announce:
                announce(file.file_name, resource.rows)
        package = data_package(resources, contents.left_out, contents.as_of)
        text = json.dumps(package, ensure_ascii=False, indent=1)
        archive.writestr(_entry(NAME), f"{text}\n".encode())
    return rows


def save_everything(path: Path, contents: Contents, announce: Callable[[str, int], None] | None) -> None:
    """Write the zipped bundle as a file, whole or not at all; in a snapshot of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".saving-") as temporary:
        made = Path(temporary) / path.name
        with reading(), made.open("wb") as out:
            write_everything(out, contents, announce=announce)
        made.replace(path)


def _write_file(
    archive: zipfile.ZipFile, file: File, as_of: date | None, before: int, wrote: Progress | None
) -> Resource | None:
    """Write a file of the bundle; return what was written, None for an optional one without rows."""
    with closing(saved_rows(file, as_of)) as rows:
        first = next(rows, None)
        if first is None and file.optional:
            return None
        all_rows = rows if first is None else chain([first], rows)
        with archive.open(_entry(file.file_name), "w", force_zip64=True) as entry:
            measured = _Measured(entry)
            with io.TextIOWrapper(io.BufferedWriter(measured, 1 << 16), encoding="utf-8", newline="") as text:
                number = write_rows(file, _noted(all_rows, before, wrote), text)
    if wrote:
        wrote(before + number)
    return Resource(file, number, measured.size, measured.digest.hexdigest())


def _noted(rows: Any, before: int, wrote: Progress | None) -> Generator[list[str], None, None]:
    for number, row in enumerate(rows, start=1):
        if wrote and number % NOTED_EVERY == 0:
            wrote(before + number)
        yield row


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, NO_DATE)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, READABLE, 3
    return entry


class _Measured(io.RawIOBase):
    """Writes on to a file of a zip file, and measures what it writes."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target, self.digest, self.size = target, sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.target.write(piece)
        self.digest.update(piece)
        self.size += len(piece)
        return len(piece)
