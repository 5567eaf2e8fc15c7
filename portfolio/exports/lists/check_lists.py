"""Published figures held against the records: one row a figure, and one a part of what some are about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from portfolio import vocabulary
from portfolio.exports.lists.columns import Asked, Column, ListRows
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.shared_columns import (
    OWN_UNIT,
    UNKNOWN,
    day,
    flag,
    number,
    ratio,
    ref,
    text,
    whole,
    word,
)
from portfolio.queries.published_checks import CheckedFigure, published_checks
from portfolio.rules.published_figures import FigureCheck

NO_READING = "no other source gives another value"

_KEY = ref("key", "published-figures", "The published figure.")
_MEASURE = text("measure", "What in the records measures it.", empty="nothing does")
_VALUE = number("value", "The published value.", OWN_UNIT, empty=UNKNOWN)
_UNIT = text("unit", "The unit of the value.")
_CLAIM = word("claim", vocabulary.Bound, "How it was published: exact, about, at least, at most.")
_MEASURED = (
    Column("measured", Kind.CELL, "What the records say.", empty=UNKNOWN),
    word(
        "measured_bound",
        (*map(str, vocabulary.Bound), "none"),
        "Whether what is measured is exact, or a bound; none: neither.",
        empty="nothing is measured",
    ),
    Column("difference", Kind.CELL, "Measured less published.", empty="one of the two is not known"),
    ratio("ratio", "Measured over published; four decimals.", empty="one of the two is not known, or zero"),
    word("verdict", vocabulary.Verdict, "What the records make of it."),
    text("reason", "The verdict in words.", empty=""),
)

CHECK_COLUMNS = (
    _KEY,
    ref("programme", "programmes", "The programme that published it."),
    text("statement", "The figure in words."),
    _VALUE,
    _UNIT,
    day("as_of", "The day that the figure is of.", empty=UNKNOWN),
    _CLAIM,
    _MEASURE,
    *_MEASURED,
    flag("published_later", "Whether it was published after the day shown."),
    whole("readings", "How many other sources speak of it.", "sources"),
    whole("conflicting", "How many of them give another value.", "sources"),
    ref("newest_conflicting_source", "sources", "The newest of these.", empty=NO_READING),
    number("newest_conflicting_value", "The value that it gives.", OWN_UNIT, empty=NO_READING),
    day("newest_conflicting_on", "The day on which it was published.", empty=f"{NO_READING}, or {UNKNOWN}"),
    flag(
        "newest_conflicting_is_newer",
        "Whether it was published after the figure's own source.",
        empty=NO_READING,
    ),
)
PART_COLUMNS = (
    _KEY,
    whole("part", "The number of the part within the figure."),
    _MEASURE,
    _VALUE,
    _UNIT,
    _CLAIM,
    *_MEASURED,
)


def _figure_row(checked: CheckedFigure) -> Iterator[dict[str, Any]]:
    figure, newest = checked.figure, checked.newest_conflicting
    yield _cells(checked.check) | {
        "programme": figure.programme.slug,
        "statement": figure.statement,
        "as_of": figure.as_of,
        "published_later": checked.published_later,
        "readings": len(checked.readings),
        "conflicting": len(checked.conflicting),
        "newest_conflicting_source": newest.reading.source.key if newest else None,
        "newest_conflicting_value": newest.reading.value if newest else None,
        "newest_conflicting_on": newest.reading.source.published_on if newest else None,
        "newest_conflicting_is_newer": newest.newer if newest else None,
    }


def _part_rows(checked: CheckedFigure) -> Iterator[dict[str, Any]]:
    for number_, part in enumerate(checked.parts, start=1):
        yield _cells(part) | {"part": number_}


def _cells(check: FigureCheck) -> dict[str, Any]:
    return {
        "key": check.key,
        "value": check.published,
        "unit": check.unit,
        "claim": str(check.claim),
        "measure": check.measure,
        "measured": check.measured,
        "measured_bound": None if check.measured is None else check.bound or "none",
        "difference": check.difference,
        "ratio": check.ratio,
        "verdict": str(check.verdict),
        "reason": check.reason,
    }


def _rows(
    of_figure: Callable[[CheckedFigure], Iterable[dict[str, Any]]],
) -> Callable[[Asked], Iterator[Mapping[str, Any]]]:
    def rows(asked: Asked) -> Iterator[Mapping[str, Any]]:
        if asked.results is None:
            raise TypeError("checks are of results")
        figures = published_checks(asked.results).figures
        for figure in sorted(figures, key=lambda checked: checked.figure.key):
            yield from of_figure(figure)

    return rows


CHECK_LISTS = (
    ListRows(
        name="published-figure-checks",
        title="Published figures against records",
        meaning="Every published figure beside what the records say as of a day, with a verdict.",
        columns=CHECK_COLUMNS,
        key=("key",),
        rows=_rows(_figure_row),
        of_results=True,
        group="results",
    ),
    ListRows(
        name="published-figure-parts",
        title="Parts of published figures",
        meaning="What stands behind figures that are about several things, each part with its own check.",
        columns=PART_COLUMNS,
        key=("key", "part"),
        rows=_rows(_part_rows),
        of_results=True,
        group="results",
    ),
)
