"""What a list is asked for, looked up, as an answer over HTTP."""

from collections.abc import Mapping
from typing import TypeVar

from django.http import HttpResponseBase

from portfolio.exports.answering import Answer
from portfolio.exports.answering import answered as made_of
from portfolio.exports.lists import ListRows, ListTable, Query
from portfolio.tasks import PREPARATION

T = TypeVar("T", bound=HttpResponseBase)


def answered(
    table: ListTable | ListRows,
    query: Query,
    path: Mapping[str, str],
    answer: Answer[T],
    seen: frozenset[str] = frozenset(),
) -> T:
    """Return what `answer` makes of what is asked; of a series, with how many month ends are outdated.

    Raise NoResults, BeingComputed or a refusal.
    """
    found = made_of(table, query, path, answer, seen, PREPARATION)
    response = found.answer
    if found.outdated_months is not None:
        response.headers["Month-Ends-Outdated"] = str(found.outdated_months)
    return response
