"""Every list that the portfolio gives away, by the name of its address: stated once, for all doors."""

from collections.abc import Iterable

from portfolio.exports.lists.asking import Query, read_query
from portfolio.exports.lists.change_lists import CHANGE_LISTS
from portfolio.exports.lists.check_lists import CHECK_LISTS
from portfolio.exports.lists.columns import Asked, By, Column, ListRows, ListTable, Parameter
from portfolio.exports.lists.comparison_lists import COMPARISON_LISTS
from portfolio.exports.lists.fact_lists import FACT_LISTS
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.log_lists import LOG_LISTS
from portfolio.exports.lists.refusals import ParameterRefused
from portfolio.exports.lists.result_lists import RESULT_LISTS
from portfolio.exports.lists.selection import Selection, select

_ALL: tuple[ListTable | ListRows, ...] = (
    *FACT_LISTS,
    *RESULT_LISTS,
    *CHECK_LISTS,
    *CHANGE_LISTS,
    *LOG_LISTS,
    *COMPARISON_LISTS,
)
LISTS: dict[str, ListTable | ListRows] = {table.name: table for table in _ALL}

# The groups that lists belong to, with what each is called.
LIST_GROUPS = {
    "facts": "Facts",
    "results": "Results",
    "changes": "What changed between two days",
    "records": "Alerts, runs, publications and scenarios",
}


def join_lists(group: str, title: str, lists: Iterable[ListTable | ListRows]) -> None:
    """Add the lists of another app, as a group with a title; once, when it starts."""
    LIST_GROUPS[group] = title
    LISTS.update({table.name: table for table in lists})


__all__ = [
    "LISTS",
    "LIST_GROUPS",
    "Asked",
    "By",
    "Column",
    "Kind",
    "ListRows",
    "ListTable",
    "Parameter",
    "ParameterRefused",
    "Query",
    "Selection",
    "join_lists",
    "read_query",
    "select",
]
