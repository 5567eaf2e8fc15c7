"""Settings of downloads that are prepared, and of bundles in zip files, from the environment."""

from pathlib import Path
from typing import TypedDict

from investai.environment import VAR, read, read_number


class Downloads(TypedDict):
    """Where prepared files are, how long they are kept, and how many and how much of one person."""

    folder: Path
    hours: int
    unfinished: int
    kept: int
    megabytes: float


DOWNLOADS: Downloads = {
    # Web and worker processes share it: on several machines, a volume that all of them have.
    "folder": Path(read("DOWNLOADS_FOLDER") or VAR / "downloads"),
    "hours": read_number("DOWNLOADS_HOURS", default=24, least=1, most=24 * 365),
    "unfinished": read_number("DOWNLOADS_UNFINISHED", default=3, least=1, most=100),
    "kept": read_number("DOWNLOADS_KEPT", default=20, least=1, most=1_000),
    "megabytes": read_number("DOWNLOADS_MEGABYTES", default=2_000, least=1, most=1_000_000),
}
# What a zipped bundle may unpack to: one that says more is refused unread.
BUNDLE_MEGABYTES = read_number("BUNDLE_MEGABYTES", default=4_000, least=1, most=1_000_000)
