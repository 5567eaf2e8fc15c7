"""Sums behind results that are kept by project, and brought up to date by the projects that changed.

A sum over all contributions is read whole once for each result set. After an edit only the parts of the
projects that it touched are read again, so its cost does not grow with the portfolio.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from django.db.models import Count, Min, Q

from portfolio.models import FactChange, Recomputation, ResultSet
from portfolio.queries.contribution_states import is_newest
from portfolio.queries.memories import forgotten_by
from portfolio.queries.results import data_version
from portfolio.vocabulary import Trigger

MOST_SETS = 4
MOST_TOUCHED = 200

Numbers = tuple[int, ...]
Key = tuple[str, ...]
Row = tuple[int, Key, Numbers]


@dataclass(slots=True)
class _Held:
    """The parts of one result set as it was computed at a moment, and what they add up to."""

    version: int
    computed_at: datetime
    run: int
    parts: dict[int, dict[Key, Numbers]] = field(default_factory=dict)
    total: dict[Key, Numbers] = field(default_factory=dict)


class SumsByProject:
    """Sums of what `read` gives: rows of a project, a key, and numbers to be added up by key.

    `read` is given the results and the projects (database ids) to read; None: all. What it reads may differ
    only where the published row of the project or the states of its contributions do.
    """

    def __init__(self, read: Callable[[ResultSet, list[int] | None], Iterable[Row]]) -> None:
        self._read = read
        self._held: OrderedDict[int, _Held] = OrderedDict()
        self._lock = Lock()
        forgotten_by(self._held.clear)

    def of(self, results: ResultSet) -> dict[Key, Numbers]:
        """Return the sums behind some results by key."""
        with self._lock:
            held = self._held.get(results.pk)
        if held is None or held.computed_at != results.computed_at:
            projects = None if held is None else _touched(held, results)
            before = held if projects is not None else None
            held = _added(before, results, projects or [], self._read(results, projects))
            self._keep(results, held)
        return held.total

    def _keep(self, results: ResultSet, held: _Held) -> None:
        """Keep what was read, unless it may be of later facts than the results: derived, not stored."""
        if results.data_version != data_version() and not is_newest(results):
            return
        with self._lock:
            self._held[results.pk] = held
            self._held.move_to_end(results.pk)
            while len(self._held) > MOST_SETS:
                self._held.popitem(last=False)


def _added(held: _Held | None, results: ResultSet, gone: Iterable[int], rows: Iterable[Row]) -> _Held:
    """Return parts without those of some projects, and with others; what was held stays as it is."""
    found = _Held(results.data_version, results.computed_at, results.recomputation_id)
    if held is not None:
        found.parts, found.total = dict(held.parts), dict(held.total)
    for project in gone:
        for key, numbers in found.parts.pop(project, {}).items():
            found.total[key] = tuple(a - b for a, b in zip(found.total[key], numbers, strict=True))
    for project, key, numbers in rows:
        found.parts.setdefault(project, {})[key] = numbers
        before = found.total.get(key)
        found.total[key] = numbers if before is None else tuple(map(sum, zip(before, numbers, strict=True)))
    return found


def _touched(held: _Held, results: ResultSet) -> list[int] | None:
    """Return the projects whose part may have changed since; None: possibly all."""
    since = Q(version__gt=held.version, version__lte=results.data_version)
    noted = FactChange.objects.aggregate(
        oldest=Min("version"), between=Count("version", distinct=True, filter=since)
    )
    # Old notes go first: where an older one is there, or one of every version, none is missing.
    older = noted["oldest"] is not None and noted["oldest"] <= held.version
    if not older and noted["between"] != results.data_version - held.version:
        return None
    runs = Recomputation.objects.filter(pk__gt=held.run, pk__lte=results.recomputation_id)
    if runs.exclude(trigger=Trigger.EDIT).exists():
        return None
    changes = FactChange.objects.filter(since, Q(since=None) | Q(since__lte=results.as_of))
    found = set(changes.order_by().values_list("project_id", flat=True).distinct()[: MOST_TOUCHED + 1])
    if None in found or len(found) > MOST_TOUCHED:
        return None
    return sorted(project for project in found if project is not None)
