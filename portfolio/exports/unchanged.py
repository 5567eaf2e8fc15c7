"""Entity tags: what differs once an answer could differ, and so lets readers keep what they have."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from portfolio.queries.fingerprint import fingerprint
from portfolio.rules.dates import today


@cache
def code_version() -> str:
    """Return what identifies the code and templates of this installation: answers change with them too."""
    paths = (
        path
        for folder in ("portfolio", "advisory", "templates", "investai", "static")
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".css", ".js")
    )
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def entity_tag(address: str, reader: str, state: str = "") -> str:
    """Return the entity tag of what an address answers a reader today.

    `state` is the fingerprint of the records, where it is at hand; reading it takes one query.
    """
    parts = "\n".join((code_version(), address, str(today()), reader, state or fingerprint()))
    return f'W/"{sha256(parts.encode()).hexdigest()[:32]}"'
