"""Large files give way to people: while others are being answered, writing one waits, a little at a time.

A download would otherwise take whole processor cores, here and in the database, from pages that somebody
waits for. While it waits it reads nothing, so that the database, which sends ahead a few megabytes, waits as
well. How long it waits for each piece is bounded: it slows down, and never starves. With nobody else there it
does not wait at all.

Who is being answered is counted over all processes of a server, in memory that they share: each counts in a
byte of its own, which gunicorn.conf.py gives it before it begins.
"""

import mmap
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from threading import Lock

from django.conf import settings

PROCESSES = 256
AT_ONCE = 16  # pieces that any file begins with: what is small is never kept waiting
LOOKS_EVERY = 0.002
# For so long after somebody was answered, others may follow: each piece takes a pause then, and the database,
# which is the faster of the two, stands still as soon as nobody reads.
COMPANY_SECONDS, PAUSE_SECONDS = 1.0, 0.005

NOBODY = bytes(PROCESSES)
_shared = mmap.mmap(-1, PROCESSES)
_turn = Lock()
_waited_for: ContextVar[bool] = ContextVar("waited_for", default=False)
_own = _number = 0


def begin_process(place: int) -> None:
    """Let the process that is about to begin, and this one, count in a place that no other has."""
    global _own
    _own = place % PROCESSES
    end_process(place)


def end_process(place: int) -> None:
    """Forget whom a process that has ended was answering."""
    _shared[place % PROCESSES] = 0


@contextmanager
def being_answered() -> Iterator[None]:
    """Count who asks as somebody that large files give way to."""
    _count(1)
    token = _waited_for.set(True)
    try:
        yield
    finally:
        asks_for_much()
        _waited_for.reset(token)


def asks_for_much() -> None:
    """Let no file give way to who is being answered here: they have asked for a large file themselves."""
    if _waited_for.get():
        _waited_for.set(False)
        _count(-1)


def _count(change: int) -> None:
    global _number
    with _turn:
        _number += change
        _shared[_own] = min(_number, 255)


class Turns:
    """The pieces of one file that is being written, between which it gives way."""

    def __init__(self) -> None:
        self.pieces = 0
        self.longest = settings.EXPORTS_GIVE_WAY_MS / 1000
        self.alone_since = float("-inf")

    def give(self) -> None:
        """Wait while others are being answered, up to the bound; afterwards go on slowly for a moment."""
        self.pieces += 1
        if self.pieces <= AT_ONCE or not self.longest or _waited_for.get():
            return
        until = time.monotonic() + self.longest
        if _shared[:] != NOBODY:
            while _shared[:] != NOBODY and time.monotonic() < until:
                time.sleep(LOOKS_EVERY)
            self.alone_since = time.monotonic()
        elif time.monotonic() - self.alone_since < COMPANY_SECONDS:
            time.sleep(min(PAUSE_SECONDS, self.longest))


def giving_way(content: Generator[bytes, None, None]) -> Iterator[bytes]:
    """Yield the content of a file in turns with whoever else is being answered."""
    turns = Turns()
    with closing(content):
        for piece in content:
            yield piece
            turns.give()
