"""Sums behind results that are kept by project, and brought up to date by the projects that changed.

What stands behind a sum over all contributions is read whole once for each result set. After an edit only
the parts of the projects that it touched are read again, so its cost does not grow with the portfolio.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import add, sub
from threading import Lock
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Min

from portfolio.models import FactChange, Recomputation
from portfolio.queries.contribution_states import is_newest
from portfolio.queries.memories import forgotten_by
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import in_this_snapshot
from portfolio.vocabulary import Trigger

MOST_SETS = 12
MOST_TOUCHED = 200
MOST_NOTES = 5 * MOST_TOUCHED  # of changes; an edit makes one a project
# Who reads in a snapshot from before the latest edits goes on from what was held before them.
MOST_STATES = 6
MOST_RANKINGS = 8
TURNS = 8

Numbers = tuple[int, ...]
Key = tuple[Any, ...]
Row = tuple[int, Key, Numbers]


class State(Protocol):
    """What stands behind parts: results, or whatever else notes of changes tell of. `computed_at` moves."""

    @property
    def pk(self) -> Any: ...

    @property
    def as_of(self) -> date: ...

    @property
    def data_version(self) -> int: ...

    @property
    def computed_at(self) -> Any: ...

    @property
    def recomputation_id(self) -> int: ...


S = TypeVar("S", bound=State)


class Ranking(NamedTuple):
    """Which keys of a project count, and which of their numbers; rankings of one name rank alike."""

    name: Any
    counts: Callable[[Key], bool]
    column: int


@dataclass(slots=True)
class Parts:
    """The parts of one result set as it was computed at a moment, and what they add up to.

    A part is packed, since there may be rows by the hundred thousand: for each row the place of its key among
    `keys`, which only grow, and its numbers. Rows of one project and key may be several.
    """

    version: int
    computed_at: Any
    run: int
    beside: Hashable
    keys: dict[Key, int]
    total: dict[Key, Numbers] = field(default_factory=dict)
    packed: "dict[int, array[int]]" = field(default_factory=dict)
    rankings: dict[Any, tuple[Ranking, dict[int, int]]] = field(default_factory=dict)

    def of_project(self, project: int) -> dict[Key, Numbers]:
        """Return the sums of a project (database id) by key."""
        found: dict[Key, Numbers] = {}
        for key, numbers in self._unpacked(self.packed.get(project, _NOTHING)):
            before = found.get(key)
            found[key] = numbers if before is None else tuple(map(add, before, numbers))
        return found

    def of_projects(self, projects: Iterable[int]) -> dict[Key, Numbers]:
        """Return the sums of some projects (database ids) by key."""
        width, rows = self._width(), dict[int, list["array[int]"]]()
        for project in projects:
            packed = self.packed.get(project, _NOTHING)
            for start in range(0, len(packed), width):
                rows.setdefault(packed[start], []).append(packed[start + 1 : start + width])
        keys = list(self.keys)
        return {keys[place]: tuple(map(sum, zip(*some, strict=True))) for place, some in rows.items()}

    def ranked(self, ranking: Ranking) -> dict[int, int]:
        """Return what a ranking counts of each project that has a key which counts."""
        known = self.rankings.get(ranking.name)
        if known is None:
            known = (ranking, dict(self._counted(ranking, self.packed)))
            while len(self.rankings) >= MOST_RANKINGS:
                self.rankings.pop(next(iter(self.rankings)), None)
            self.rankings[ranking.name] = known
        return known[1]

    def replace(self, gone: Iterable[int], rows: Iterable[Row]) -> None:
        """Replace the parts of some projects by rows."""
        touched, total = set(gone), {key: list(numbers) for key, numbers in self.total.items()}
        for project in touched:
            for key, numbers in self._unpacked(self.packed.pop(project, _NOTHING)):
                total[key] = list(map(sub, total[key], numbers))
        for project, key, numbers in rows:
            packed = self.packed.get(project)
            if packed is None:
                packed = self.packed[project] = array("q")
            packed.append(self.keys.setdefault(key, len(self.keys)))
            packed.extend(numbers)
            sums = total.get(key)
            if sums is None:
                total[key] = list(numbers)
            else:
                for column, number in enumerate(numbers):
                    sums[column] += number
        self.total = {key: tuple(sums) for key, sums in total.items()}
        for ranking, counted in self.rankings.values():
            for project in touched:
                counted.pop(project, None)
            counted.update(self._counted(ranking, touched))

    def _unpacked(self, packed: "array[int]") -> Iterator[tuple[Key, Numbers]]:
        keys = list(self.keys)
        width = self._width()
        for start in range(0, len(packed), width):
            yield keys[packed[start]], tuple(packed[start + 1 : start + width])

    def _counted(self, ranking: Ranking, projects: Iterable[int]) -> Iterator[tuple[int, int]]:
        counts = {place for key, place in list(self.keys.items()) if ranking.counts(key)}
        width = self._width()
        for project in projects:
            packed = self.packed.get(project, _NOTHING)
            places, numbers = packed[::width], packed[1 + ranking.column :: width]
            some = [number for place, number in zip(places, numbers, strict=True) if place in counts]
            if some:
                yield project, sum(some)

    def _width(self) -> int:
        return 1 + len(next(iter(self.total.values()), ()))


_NOTHING: "array[int]" = array("q")


class SumsByProject(Generic[S]):
    """Sums of what `read` gives: rows of a project, a key, and numbers to be added up by key.

    `read` is given the results and the projects (database ids) to read; None: all. What it reads may differ
    only where the published row of the project or the states of its contributions do. It is made once at a
    time for the same results: who comes meanwhile waits for it. Those of the `most` last asked for are kept.
    """

    def __init__(
        self, read: Callable[[S, list[int] | None], Iterable[Row]], *, most: int = MOST_SETS
    ) -> None:
        self._read = read
        self._most = most
        self._held: OrderedDict[Hashable, tuple[Parts, ...]] = OrderedDict()
        self._turns = tuple(Lock() for _ in range(TURNS))
        self._lock = Lock()
        forgotten_by(self._held.clear)

    def of(self, results: S, beside: Hashable = None) -> dict[Key, Numbers]:
        """Return the sums behind some results by key; zeros where there was something before an edit."""
        return self.parts(results, beside).total

    def parts(self, results: S, beside: Hashable = None) -> Parts:
        """Return the parts behind some results; `beside` tells states of what else they depend on apart."""
        with self._turns[hash(results.pk) % TURNS]:
            held = self._known(results, beside)
            if held is not None and held.computed_at == results.computed_at:
                return held
            projects = None if held is None else touched(held, results)
            found = _begun(held if projects is not None else None, results, beside)
            found.replace(projects or [], self._read(results, projects))
            self._keep(results, found)
            return found

    def _known(self, results: S, beside: Hashable) -> Parts | None:
        """Return what was held last of these results as they were in this snapshot, or before it."""
        with self._lock:
            held = self._held.get(results.pk, ())
        earlier = [
            parts
            for parts in held
            if parts.computed_at <= results.computed_at
            and parts.version <= results.data_version
            and parts.beside == beside
        ]
        return earlier[-1] if earlier else None

    def _keep(self, results: S, found: Parts) -> None:
        """Keep what was read, unless it may be of later facts than the results: derived, not stored."""
        if results.data_version != data_version() and not is_newest(results):
            return
        with self._lock:
            held = sorted((*self._held.get(results.pk, ()), found), key=lambda parts: parts.computed_at)
            self._held[results.pk] = tuple(held[-MOST_STATES:])
            self._held.move_to_end(results.pk)
            while len(self._held) > self._most:
                self._held.popitem(last=False)


def _begun(held: Parts | None, results: State, beside: Hashable) -> Parts:
    """Return parts to be brought up to date, for which what was held stays as it is."""
    known_by = (results.data_version, results.computed_at, results.recomputation_id, beside)
    if held is None:
        return Parts(*known_by, {})
    rankings = {name: (ranking, dict(counted)) for name, (ranking, counted) in list(held.rankings.items())}
    return Parts(*known_by, held.keys, held.total, dict(held.packed), rankings)


class Known(Protocol):
    """What was read of a result set: as of which data version, and after which run."""

    @property
    def version(self) -> int: ...

    @property
    def run(self) -> int: ...


def touched(held: Known, results: State) -> list[int] | None:
    """Return the projects whose part may have changed since; None: possibly all."""
    if held.run != results.recomputation_id:
        runs = Recomputation.objects.filter(
            as_of=results.as_of, pk__gt=held.run, pk__lte=results.recomputation_id
        )
        if runs.exclude(trigger=Trigger.EDIT, message="").exists():  # a message tells what was not done
            return None
    asked = (touched, held.version, results.data_version, results.as_of)
    return in_this_snapshot(asked, lambda: _changed(held.version, results.data_version, results.as_of))


def touched_rows(held: Known, results: State) -> list[int] | None:
    """Return the projects whose published rows of any table may have changed since; None: possibly all.

    A stage of one project decides about the ratios of all. Then everything was computed, of more projects
    than changes name.
    """
    projects = touched(held, results)
    if projects is not None and held.run != results.recomputation_id:
        runs = Recomputation.objects.filter(
            as_of=results.as_of, pk__gt=held.run, pk__lte=results.recomputation_id
        )
        if runs.filter(projects__gt=len(projects)).exists():
            return None
    return projects


def first_day_changed(version: int, newer: int) -> date | None:
    """Return the first day whose facts changes between two data versions bear on; None: possibly any."""
    notes = _notes(version, newer)
    days = [] if notes is None else [first for _, first in notes if first is not None]
    return min(days, default=date.max) if notes is not None and len(days) == len(notes) else None


def _changed(version: int, newer: int, as_of: date) -> list[int] | None:
    """Return the projects that changes between two data versions bear on, on a day; None: possibly all."""
    notes = _notes(version, newer)
    if notes is None:
        return None
    found = {project for project, first in notes if first is None or first <= as_of}
    if None in found or len(found) > MOST_TOUCHED:
        return None
    return sorted(project for project in found if project is not None)


def _notes(version: int, newer: int) -> list[tuple[int | None, date | None]] | None:
    """Return project and first day of all changes between two data versions; None: not all are known."""
    return in_this_snapshot((_notes, version, newer), lambda: _read_notes(version, newer))


def _read_notes(version: int, newer: int) -> list[tuple[int | None, date | None]] | None:
    if version == newer:
        return []
    since = FactChange.objects.filter(version__gt=version, version__lte=newer).order_by()
    notes = list(since.values_list("version", "project_id", "since")[: MOST_NOTES + 1])
    if len(notes) > MOST_NOTES:
        return None
    # Old notes go first: where there is one of every version, or an older one, none is missing.
    if len({note[0] for note in notes}) != newer - version:
        oldest = FactChange.objects.aggregate(oldest=Min("version"))["oldest"]
        if oldest is None or oldest > version:
            return None
    return [(project, first) for _, project, first in notes]
