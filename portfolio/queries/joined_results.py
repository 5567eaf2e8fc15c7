"""Results of other apps that stand and fall with those of the portfolio: published and verified with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.models import ResultSet

Rows = Mapping[str, Mapping[str, Any]]
Compared = Iterator[tuple[str, Rows, Rows]]


@dataclass(frozen=True, slots=True)
class JoinedResults:
    """The results of another app, for each result set.

    `publish` brings those of some projects (database ids; None: of all) up to date, inside the run that
    publishes the portfolio's, and returns how many rows changed; for a few projects it must not cost more the
    larger the portfolio is. `compare` computes all of a result set aside, from the facts, and yields the name
    of each table with its rows as expected and as stored: by key, and by column.
    """

    publish: Callable[[ResultSet, set[int] | None], int]
    compare: Callable[[ResultSet], Compared]


_joined: list[JoinedResults] = []


def join_results(results: JoinedResults) -> None:
    """Let the results of another app be published and verified with the portfolio's; once, when it starts."""
    if results not in _joined:
        _joined.append(results)


def publish_joined(results: ResultSet, projects: set[int] | None) -> int:
    """Publish what other apps add to a result set; return how many of their rows changed."""
    return sum(joined.publish(results, projects) for joined in _joined)


def joined_tables(results: ResultSet) -> Compared:
    """Yield the tables of other apps, as expected and as stored."""
    for joined in _joined:
        yield from joined.compare(results)
