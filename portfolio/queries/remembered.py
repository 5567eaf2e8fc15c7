"""Reads of many facts with a small answer: made once for each state of facts and results."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from portfolio.models import ResultSet
from portfolio.queries.memories import forgotten_by
from portfolio.queries.results import data_version, published_set

T = TypeVar("T")
MOST = 32


def remembered(read: Callable[..., T]) -> Callable[..., T]:
    """Return a read of the facts behind some results that this process makes once, until either changes.

    What else it is given has to be hashable.
    """

    @lru_cache(maxsize=MOST)
    def once(pk: int, computed_at: Any, facts: int, *args: Hashable) -> T:
        return read(ResultSet.objects.get(pk=pk), *args)

    forgotten_by(once.cache_clear)

    @wraps(read)
    def made(results: ResultSet, *args: Hashable) -> T:
        return once(results.pk, results.computed_at, data_version(), *args)

    return made


def remembered_of_results(read: Callable[..., T]) -> Callable[..., T]:
    """Return a read of the states behind some results that this process makes once, until those change.

    Results of a past date outlive edits that do not bear on them, and so does what is read here: states,
    ids and sums, but no names, which may change without any result.
    """

    @lru_cache(maxsize=MOST)
    def once(pk: int, computed_at: Any, facts: int | None, *args: Hashable) -> T:
        return read(ResultSet.objects.get(pk=pk), *args)

    forgotten_by(once.cache_clear)

    @wraps(read)
    def made(results: ResultSet, *args: Hashable) -> T:
        facts = data_version()
        behind = None if results.data_version == facts else facts
        return once(results.pk, results.computed_at, behind, *args)

    return made


def state_of_records() -> tuple[Any, ...]:
    """Return what differs once facts or the newest results have changed, as a key for what is remembered."""
    newest = published_set()
    return (data_version(), newest.computed_at if newest else None)
