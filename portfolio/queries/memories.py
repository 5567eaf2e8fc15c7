"""What this process keeps of the database: each memory says here how it is forgotten.

Keys of memories tell states of one database apart. Where another takes its place under a running process
(a test's, or one restored from a copy), everything has to be forgotten.
"""

from collections.abc import Callable

from portfolio.models import ResultSet

Forget = Callable[[], object]
Read = Callable[[ResultSet], object]

_memories: list[Forget] = []
_ahead: list[Read] = []


def forgotten_by(forget: Forget) -> None:
    """Note how one memory is forgotten."""
    _memories.append(forget)


def forget_everything() -> None:
    """Forget whatever this process keeps of the database."""
    for forget in _memories:
        forget()


def to_be_read_ahead(read: Read) -> None:
    """Note what of some results takes long once, so that a process reads it before anybody waits for it."""
    _ahead.append(read)


def read_ahead(results: ResultSet) -> None:
    """Read what of the newest results takes long once."""
    for read in _ahead:
        read(results)
