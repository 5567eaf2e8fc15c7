"""Pages that were drawn: sent again for as long as their entity tag holds, whoever's browser lost them.

The entity tag names the reader, so nobody gets what was drawn for somebody else. What protects a form is made
anew for each answer.
"""

import re
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token

from portfolio.queries.memories import forgotten_by

FASTEST = 1
# As Django draws {% csrf_token %}. Nothing that is recorded can look so: its quotation marks are escaped.
TOKEN = re.compile(rb'(?<=<input type="hidden" name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}(?=">)')
OF_ANY_ANSWER = frozenset(vars(HttpResponse()))


@dataclass(frozen=True)
class Kept:
    """A page as its view answered, before any middleware: its pieces stand between tokens of its forms."""

    pieces: tuple[bytes, ...]
    headers: dict[str, str]
    said_beside: dict[str, Any]  # attributes that tell middleware what to do, such as who may frame it

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))


class _Pages:
    """The pages this process keeps, those asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        forgotten_by(self.clear)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    def get(self, tag: str) -> Kept | None:
        with self._lock:
            kept = self._kept.get(tag)
            if kept is not None:
                self._kept.move_to_end(tag)
            return kept

    def add(self, tag: str, page: Kept) -> None:
        with self._lock:
            before = self._kept.pop(tag, None)
            self._size += page.size - (before.size if before else 0)
            self._kept[tag] = page
            while self._size > settings.KEPT_PAGES_MB * 1_000_000:
                _, dropped = self._kept.popitem(last=False)
                self._size -= dropped.size


_pages = _Pages()


def keep(tag: str, response: HttpResponse) -> None:
    """Keep a page just drawn under its entity tag; not one that sets a cookie or is sent in pieces."""
    if not settings.KEPT_PAGES_MB or response.status_code != 200 or response.streaming or response.cookies:
        return
    beside = {name: value for name, value in vars(response).items() if name not in OF_ANY_ANSWER}
    pieces = tuple(zlib.compress(piece, FASTEST) for piece in TOKEN.split(response.content))
    _pages.add(tag, Kept(pieces, dict(response.headers), beside))


def kept_page(tag: str, request: HttpRequest) -> HttpResponse | None:
    """Return the page that was drawn under an entity tag; None where this process has none."""
    kept = _pages.get(tag)
    if kept is None:
        return None
    token = get_token(request).encode() if len(kept.pieces) > 1 else b""
    response = HttpResponse(token.join(zlib.decompress(piece) for piece in kept.pieces), headers=kept.headers)
    for name, value in kept.said_beside.items():
        setattr(response, name, value)
    return response
