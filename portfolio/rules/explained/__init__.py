"""Every column of the four tables: its rules, what they say, and how its figures are made.

A test holds these tables against the rows of the rules, so that no column is left out.
"""

from collections.abc import Mapping

from portfolio.rules.explained.chips import CHIP_COMPARISON
from portfolio.rules.explained.envelopes import ENVELOPE_UTILISATION
from portfolio.rules.explained.parts import AS_OF
from portfolio.rules.explained.portfolio import METRIC, PORTFOLIO_SUMMARY
from portfolio.rules.explained.projects import PROJECT_COVERAGE
from portfolio.rules.explanations import ColumnRule

METRICS = "portfolio_summary"

# Of the portfolio, the columns are the metrics: each of its rows is made in its own way.
EXPLAINED: Mapping[str, Mapping[str, ColumnRule]] = {
    "project_coverage": PROJECT_COVERAGE,
    "envelope_utilisation": ENVELOPE_UTILISATION,
    "chip_comparison": CHIP_COMPARISON,
    METRICS: PORTFOLIO_SUMMARY,
}
VALUE = "value"
_OF_EVERY_METRIC = {"metric": METRIC, "as_of": AS_OF}


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table, in its order; raise KeyError for an unknown one."""
    return ("metric", VALUE, "as_of") if table == METRICS else tuple(EXPLAINED[table])


def column_rule(table: str, key: str, column: str) -> ColumnRule:
    """Return how a cell is made; raise KeyError for an unknown table or column, or an unknown metric."""
    if table != METRICS:
        return EXPLAINED[table][column]
    rule = EXPLAINED[table][key]
    return rule if column == VALUE else _OF_EVERY_METRIC[column]
