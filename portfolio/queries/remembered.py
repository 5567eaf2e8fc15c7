"""Reads of many facts with a small answer: made once for each state of facts and results."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from portfolio.models import ResultSet
from portfolio.queries.results import data_version

T = TypeVar("T")
MOST = 64


def remembered(read: Callable[[ResultSet], T]) -> Callable[[ResultSet], T]:
    """Return a read of the facts behind some results that this process makes once, until either changes."""

    @lru_cache(maxsize=MOST)
    def once(pk: int, computed_at: Any, facts: int) -> T:
        return read(ResultSet.objects.get(pk=pk))

    @wraps(read)
    def made(results: ResultSet) -> T:
        return once(results.pk, results.computed_at, data_version())

    return made
