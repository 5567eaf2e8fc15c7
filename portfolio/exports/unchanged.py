"""Entity tags: what differs once an answer could differ, and so lets readers keep what they have."""

import time
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
        for folder in ("portfolio", "advisory", "templates", "investai", "static", "locale")
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".css", ".js", ".po")
    )
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


class _Seen:
    """The newest state of the records that this process has seen, and the second after which it first was."""

    newest = ("", 0)  # one value, so that threads never see a part of it


def last_modified(state: str) -> int | None:
    """Return the second since which a state is known to hold (Unix time); None while it is too new to tell.

    `state` is the fingerprint of the records, just read. Two changes may fall into one second, so a second is
    told only once it has passed with the state unchanged: an answer of that second is of this state.
    """
    now, told = time.time(), f"{today()} {state}"
    seen, second = _Seen.newest
    if told != seen:
        second = int(now) + 1
        _Seen.newest = (told, second)
    return second if now >= second + 1 else None


def entity_tag(address: str, reader: str, state: str = "") -> str:
    """Return the entity tag of what an address answers a reader today.

    `state` is the fingerprint of the records, where it is at hand; reading it takes one query.
    """
    parts = "\n".join((code_version(), address, str(today()), reader, state or fingerprint()))
    return f'W/"{sha256(parts.encode()).hexdigest()[:32]}"'
