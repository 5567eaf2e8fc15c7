"""Long lists of terms that are kept by project, and brought up to date by the projects that changed.

What all terms of a list add up to, and which are the first, is read whole once for each result set. After an
edit only the terms of the projects that it touched are read again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from portfolio.queries.contribution_states import is_newest
from portfolio.queries.memories import forgotten_by
from portfolio.queries.parts import Known, State, touched
from portfolio.queries.results import data_version

MOST_LISTS = 32
# So many terms are kept in their order; beyond them the database is asked.
MOST_KEPT = 1_000
# Where edits have taken so many out that fewer are left, the list is read anew.
FEWEST_KEPT = 200
TURNS = 8

Numbers = tuple[int, ...]


class Placed(NamedTuple):
    """A term of a project, by its place in the order of its list; places are unique."""

    place: tuple[Any, ...]
    project: int
    row: Any


class Part(NamedTuple):
    """Terms of some projects: numbers to be added up by project, and the first MOST_KEPT terms in order."""

    numbers: Iterable[tuple[int, Numbers]]
    first: list[Placed]


Read = Callable[[list[int] | None], Part]


Changed = Callable[[Known, State], list[int] | None]


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list of a result set as it was computed at a moment; `until` None: `first` are all terms.

    Otherwise `first` are all terms up to the place `until`.
    """

    version: int
    computed_at: Any
    run: int
    numbers: dict[int, Numbers]
    total: Numbers
    first: list[Placed]
    until: tuple[Any, ...] | None


_held: OrderedDict[Hashable, HeldList] = OrderedDict()
_lock = Lock()
_turns = tuple(Lock() for _ in range(TURNS))
forgotten_by(_held.clear)


def held_list(results: State, name: Hashable, width: int, read: Read, changed: Changed = touched) -> HeldList:
    """Return a list of some results. `read` is given the projects (database ids) to read; None: all.

    `width` is how many numbers there are. What is read may differ only at the projects that `changed` gives:
    where their published row or the states of their contributions do.
    """
    key = (results.pk, name)
    with _turns[hash(key) % TURNS]:
        with _lock:
            held = _held.get(key)
        if held is not None and held.computed_at == results.computed_at:
            return held
        found = None
        # Who reads in a snapshot from before the latest edit has no use for what is known of it.
        if held is not None and held.version <= results.data_version:
            projects = changed(held, results)
            found = None if projects is None else _updated(held, results, set(projects), read(projects))
        if found is None or (found.until is not None and len(found.first) < FEWEST_KEPT):
            found = _updated(_empty(results, width), results, set(), read(None))
        if results.data_version == data_version() or is_newest(results):
            with _lock:
                known = _held.get(key)
                if known is None or known.version <= found.version:
                    _held[key] = found
                _held.move_to_end(key)
                while len(_held) > MOST_LISTS:
                    _held.popitem(last=False)
        return found


def _empty(results: State, width: int) -> HeldList:
    return HeldList(0, results.computed_at, 0, {}, (0,) * width, [], None)


def _updated(held: HeldList, results: State, gone: set[int], part: Part) -> HeldList:
    """Return a list with the terms of some projects replaced."""
    numbers, total = dict(held.numbers), list(held.total)
    for project in gone:
        for column, number in enumerate(numbers.pop(project, ())):
            total[column] -= number
    for project, added in part.numbers:
        numbers[project] = added
        for column, number in enumerate(added):
            total[column] += number
    until = held.until
    if len(part.first) >= MOST_KEPT:
        last = part.first[-1].place
        until = last if until is None else min(until, last)
    first = [term for term in held.first if term.project not in gone] + part.first
    first = sorted(term for term in first if until is None or term.place <= until)
    if len(first) > MOST_KEPT:
        first = first[:MOST_KEPT]
        until = first[-1].place
    known_by = (results.data_version, results.computed_at, results.recomputation_id)
    return HeldList(*known_by, numbers, tuple(total), first, until)
