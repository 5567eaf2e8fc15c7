"""Reads of many facts with a small answer: made once for each state of facts and results."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, Generic, TypeVar

from portfolio.models import ResultSet
from portfolio.queries.memories import forgotten_by
from portfolio.queries.results import data_version, published_set

T = TypeVar("T")
MOST = 32


class Memory(Generic[T]):
    """What reads said by key, the MOST asked for last; who asks for what is being read waits for it.

    After an edit many ask for the same at once: read by each of them, it would cost as often.
    """

    def __init__(self) -> None:
        self._said: OrderedDict[Hashable, T] = OrderedDict()
        self._turns: dict[Hashable, Lock] = {}
        self._lock = Lock()
        forgotten_by(self._said.clear)

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what is known under a key; read it where nothing is."""
        with self._lock:
            if key in self._said:
                self._said.move_to_end(key)
                return self._said[key]
            turn = self._turns.setdefault(key, Lock())
        with turn:
            with self._lock:
                if key in self._said:
                    return self._said[key]
            try:
                said = read()
                with self._lock:
                    self._said[key] = said
                    while len(self._said) > MOST:
                        self._said.popitem(last=False)
            finally:
                with self._lock:
                    self._turns.pop(key, None)
        return said


def remembered(read: Callable[..., T]) -> Callable[..., T]:
    """Return a read of the facts behind some results that this process makes once, until either changes.

    What else it is given has to be hashable.
    """
    memory: Memory[T] = Memory()

    @wraps(read)
    def made(results: ResultSet, *args: Hashable) -> T:
        key = (results.pk, results.computed_at, data_version(), args)
        return memory.get(key, lambda: read(results, *args))

    return made


def state_of_records() -> tuple[Any, ...]:
    """Return what differs once facts or the newest results have changed, as a key for what is remembered."""
    newest = published_set()
    return (data_version(), newest.computed_at if newest else None)
