"""How many rows a list has: counted once for each state of the records."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from portfolio.exports.lists.pages import SHOWN_ONLY
from portfolio.exports.lists.selection import Selection
from portfolio.queries.memories import forgotten_by

MOST = 1_024
_counted: OrderedDict[Any, int] = OrderedDict()
_turn = Lock()
forgotten_by(_counted.clear)


def count_of(selection: Selection, state: str) -> int:
    """Return how many rows are kept. `state` differs once anything that lists are made of has changed."""
    asked = selection.asked
    key = (
        state,
        selection.table.name,
        tuple(item for item in selection.query.given.items() if item[0] not in {*SHOWN_ONLY, "ordering"}),
        tuple(sorted((name, str(value)) for name, value in asked.parameters.items())),
        (asked.as_of, asked.dated, asked.results and asked.results.pk, asked.sets, asked.seen),
    )
    with _turn:
        known = _counted.get(key)
    if known is None:
        known = selection.count()
        with _turn:
            _counted[key] = known
            while len(_counted) > MOST:
                _counted.popitem(last=False)
    return known
