"""What this process keeps of the database: each memory says here how it is forgotten.

Keys of memories tell states of one database apart. Where another takes its place under a running process
(a test's, or one restored from a copy), everything has to be forgotten.
"""

from collections.abc import Callable

Forget = Callable[[], object]

_memories: list[Forget] = []


def forgotten_by(forget: Forget) -> None:
    """Note how one memory is forgotten."""
    _memories.append(forget)


def forget_everything() -> None:
    """Forget whatever this process keeps of the database."""
    for forget in _memories:
        forget()
