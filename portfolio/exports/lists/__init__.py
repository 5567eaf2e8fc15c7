"""Every list that the portfolio gives away, by the name of its address: stated once, for all doors."""

from portfolio.exports.lists.asking import Query, read_query
from portfolio.exports.lists.columns import Asked, By, Column, ListRows, ListTable, Parameter
from portfolio.exports.lists.fact_lists import FACT_LISTS
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.refusals import ParameterRefused
from portfolio.exports.lists.selection import Selection, select

LISTS: dict[str, ListTable | ListRows] = {table.name: table for table in FACT_LISTS}

__all__ = [
    "LISTS",
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
    "read_query",
    "select",
]
