"""A bundle in a zip file: unpacked into a folder, with whatever could do harm refused before.

Only CSV files are unpacked, each under its own name, so that no name in a zip file can lead anywhere else.
What a zip file says of its sizes is held to: what would unpack to more than may be is refused unread.
"""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.conf import settings

from portfolio.jobs.bundle_reading import Fault
from portfolio.jobs.bundles import BundleRefused

MEGABYTE = 1_000_000
MOST_ENTRIES = 1_000
PIECE = 1 << 20
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give the folder that a zipped bundle is unpacked into for as long as it is needed.

    Its CSV files stand at the top, or all in one folder; others are left. Raise BundleRefused.
    """
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                for entry in _bundled(archive, path):
                    _unpack(archive, entry, Path(folder))
        except UNREADABLE as error:
            raise _refused(path, f"it cannot be read as a zip file ({error})", "a zip file") from error
        yield Path(folder)


def _bundled(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """Return the CSV files of an archive that are the bundle's; raise BundleRefused for a harmful one."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise _refused(path, f"it has {len(entries):,} files", f"at most {MOST_ENTRIES:,}")
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in entry.filename:
            raise _refused(path, f"“{entry.filename}” leads out of the zip file", "plain names of files")
    tables = [entry for entry in entries if _is_table(PurePosixPath(entry.filename))]
    at_top = [entry for entry in tables if "/" not in entry.filename]
    folders = {entry.filename.split("/")[0] for entry in tables}
    if not at_top and len(folders) == 1:
        at_top = [entry for entry in tables if entry.filename.count("/") == 1]
    _check_sizes(at_top, path)
    return at_top


def _is_table(name: PurePosixPath) -> bool:
    """Whether a file may be one of a bundle; what macOS adds to zip files is not."""
    return name.suffix.lower() == ".csv" and not name.name.startswith(".") and name.parts[0] != "__MACOSX"


def _check_sizes(entries: list[zipfile.ZipInfo], path: Path) -> None:
    names = [PurePosixPath(entry.filename).name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise _refused(path, f"“{name}” stands twice in it", "each file once")
    most = settings.BUNDLE_MEGABYTES
    total = sum(entry.file_size for entry in entries)
    if total > most * MEGABYTE:
        wrong = f"it unpacks to {total / MEGABYTE:,.0f} MB"
        raise _refused(path, wrong, f"at most {most:,} MB (the setting BUNDLE_MEGABYTES)")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _refused(path, "it is encrypted", "a zip file without a password")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    left = entry.file_size
    target = folder / PurePosixPath(entry.filename).name
    with archive.open(entry) as packed, target.open("wb") as out:
        while piece := packed.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile(f"{entry.filename} is larger than it says")
            out.write(piece)


def _refused(path: Path, wrong: str, accepted: str) -> BundleRefused:
    return BundleRefused([Fault(path.name, 1, "zip file", wrong, accepted)])
