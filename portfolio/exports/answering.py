"""What a list is asked for, looked up: computed where it is missing, and read in one snapshot."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from portfolio.exports.lists import Asked, ListRows, ListTable, Query
from portfolio.exports.lists.refusals import NoResults, Outdated
from portfolio.jobs.past_dates import BeingComputed, results_of
from portfolio.models import ResultSet
from portfolio.queries.results import data_version, published_set
from portfolio.queries.series import Months, series_sets
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import today

ATTEMPTS = 3
T = TypeVar("T")

Answer = Callable[[Asked, ExitStack], T]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What may have to be computed before a list is read, which whoever queues work decides on."""

    begin_day: Callable[[], None]
    bring_series_up_to_date: Callable[[], Months]


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What was made of a list; and of a series, how many of its month ends are outdated."""

    answer: T
    outdated_months: int | None


def answered(
    table: ListTable | ListRows,
    query: Query,
    path: Mapping[str, str],
    answer: Answer[T],
    seen: frozenset[str],
    preparation: Preparation,
) -> Answered[T]:
    """Return what `answer` makes of what is asked, given a stack that keeps a snapshot open.

    An answer that goes on reading takes the stack over (`pop_all`). What was computed for it may be gone
    before the snapshot begins: then it is computed again. `seen` is what the reader sees (`List.sees`). Raise
    NoResults, BeingComputed or a refusal.
    """
    given = {**path, **query.parameters}
    asked = Asked(query.as_of or today(), query.as_of is not None, parameters=given, seen=seen)
    if table.of_results or table.prepare:
        preparation.begin_day()
    for _ in range(ATTEMPTS):
        months = preparation.bring_series_up_to_date() if table.series else None
        found = _with_results(asked) if table.of_results else asked
        if table.prepare:
            found = table.prepare(found)
        with ExitStack() as stack:
            stack.enter_context(reading())
            try:
                made = answer(_still_there(table, found), stack)
            except Outdated:
                continue
        outdated = None if months is None else len(months.until(found.as_of).outdated)
        return Answered(made, outdated)
    raise BeingComputed(f"The results as of {asked.as_of} are being computed. Ask again in a few seconds.")


def version_of(asked: Asked) -> int:
    """Return the version of the facts that rows are made of."""
    if asked.data_version is not None:
        return asked.data_version
    return asked.results.data_version if asked.results else data_version()


def _with_results(asked: Asked) -> Asked:
    """Return what is asked with the results of its day; without one, of the newest."""
    newest = published_set()
    if newest is None:
        raise NoResults
    if not asked.dated or asked.as_of == newest.as_of or asked.as_of >= today():
        return replace(asked, as_of=newest.as_of, results=newest)
    return replace(asked, results=results_of(asked.as_of))


def _still_there(table: ListTable | ListRows, asked: Asked) -> Asked:
    """Return what is asked with results and month ends as they are in this snapshot; raise Outdated."""
    if asked.results is None:
        return asked
    results = ResultSet.objects.filter(pk=asked.results.pk).first()
    if results is None:
        raise Outdated
    sets = tuple(series_sets(results.as_of)) if table.series else ()
    return replace(asked, results=results, sets=sets)
