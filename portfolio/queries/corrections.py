"""What was entered, changed or deleted of facts that a past day's results rest on, by whom, when and how.

A change counts where the fact, seen as of that day, differs: dates after it are not seen. So news, such as
the date of an installation after that day, is no correction of its results.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from portfolio.models import Project, ResultSet
from portfolio.queries.correction_entries import KINDS, SIGNS, Correction, correction, entries_of, told
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.settled_corrections import (
    FIRST_KEPT,
    Found,
    Numbers,
    Settled,
    in_order,
    settled_part,
    settled_until,
)
from portfolio.queries.streaming import streamed
from portfolio.queries.tracked_facts import BY_NAME, TRACKED, Keys, Row, Tracked
from portfolio.rules.dates import BRUSSELS, quick_dates

# Changes and deletions first, then what was entered one by one: a bundle may enter a million facts at once.
BUNDLE = "load_portfolio"
_PLACE = f"CASE WHEN kind <> '+' THEN 0 WHEN how = '{BUNDLE}' THEN 2 ELSE 1 END"
_ORDER = f"{_PLACE}, happened DESC, name, history_id DESC"


def end_of_day(day: date) -> datetime:
    """Return the moment at which a day ends in Brussels."""
    return datetime.combine(day + timedelta(1), time(), BRUSSELS)


@dataclass(frozen=True, slots=True)
class Group:
    """How many corrections of one kind of fact there are, of one kind, from one person by one door."""

    fact: str
    kind: str
    how: str
    by: str
    number: int


@dataclass(frozen=True)
class Corrections:
    """Corrections, read when asked for: a slice at a time, counted in groups, or streamed whole."""

    since: datetime
    until: datetime | None
    dated_until: date | None
    project: Project | None = None

    @cached_property
    def groups(self) -> list[Group]:
        """Return how many there are of each kind, by door and person, the most first."""
        settled, later = self._parts
        numbers = later.counted() + (settled.numbers if settled else Counter())
        groups = [Group(*key, number) for key, number in numbers.items()]
        return sorted(groups, key=lambda one: (-one.number, one.fact, SIGNS[one.kind], one.how, one.by))

    @cached_property
    def _parts(self) -> "tuple[Settled | None, Corrections]":
        """What is known of those that are settled (None: none is), and those that are not."""
        moment = settled_until(timezone.now())
        if moment <= self.since or (self.until is not None and self.until <= moment):
            return None, self
        asked, later = (self.since, self.dated_until, self.project), self._between(moment, self.until)

        def read(since: datetime, until: datetime) -> tuple[Numbers, list[Found]]:
            earlier = self._between(since, until)
            _look_for_kinds(earlier, later)
            return earlier.read()

        settled = settled_part(asked, self.since, moment, read)
        if settled.until == moment:
            return settled, later
        if self.until is not None and self.until <= settled.until:  # others have gone on meanwhile
            return None, self
        return settled, self._between(settled.until, self.until)

    def _between(self, since: datetime, until: datetime | None) -> "Corrections":
        return replace(self, since=since, until=until)

    def read(self) -> tuple[Numbers, list[Found]]:
        """Return how many there are by group, and the first that no bundle entered."""
        return self.counted(), self.found(0, FIRST_KEPT, by_bundle=False)

    def first(self, most: int) -> tuple[list[Correction], int]:
        """Return the first ones that no bundle entered, FIRST_KEPT at most, and how many there are of all."""
        settled, later = self._parts
        found = later.found(0, min(most, FIRST_KEPT), by_bundle=False)
        found = in_order([*found, *(settled.first if settled else ())])
        return entries_of(found[: min(most, FIRST_KEPT)]), self.count()

    def counted(self) -> Numbers:
        """Return how many there are by fact, kind, door and person, read anew."""
        sql, params = self._union()
        if not sql:
            return Counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT u.name, u.kind, u.how, COALESCE(p.username, ''), COUNT(*) FROM"
                f" ({sql}) AS u LEFT JOIN auth_user AS p ON p.id = u.by_id"
                " GROUP BY u.name, u.kind, u.how, p.username",
                params,
            )
            rows = cursor.fetchall()
        numbers = Numbers()
        for name, kind, how, by, number in rows:
            numbers[name, KINDS[kind], how or "", by] += int(number)
        return numbers

    def count(self) -> int:
        """Return how many there are."""
        return sum(group.number for group in self.groups)

    def __getitem__(self, part: slice) -> list[Correction]:
        """Return some of them: changed and deleted facts first, then entered ones, the newest first."""
        return entries_of(self.found(part.start or 0, part.stop))

    def found(self, start: int, stop: int | None, *, by_bundle: bool = True) -> list[Found]:
        """Return where some of them stand; without those that bundles entered, if so asked."""
        sql, params = self._union()
        if not sql:
            return []
        everything = -1 if connection.vendor == "sqlite" else None
        limit = everything if stop is None else max(stop - start, 0)
        which = "" if by_bundle else f"WHERE {_PLACE} < 2"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT name, history_id, previous, {_PLACE}, happened FROM ({sql}) AS u {which}"
                f" ORDER BY {_ORDER} LIMIT %s OFFSET %s",
                [*params, limit, start],
            )
            return list(cursor.fetchall())

    def __iter__(self) -> Iterator[Correction]:
        """Yield all of them, fact by fact, each in their order; one query a kind of fact and of key."""
        keys = Keys()
        for tracked in TRACKED:
            yield from self._of(tracked, keys)

    def _of(self, tracked: Tracked, keys: Keys) -> Iterator[Correction]:
        history = tracked.history._default_manager
        changed = history.filter(self._happened()).order_by().values("id")
        rows = history.filter(id__in=changed).order_by("id", "history_id")
        if self.project is not None and tracked.project:
            rows = rows.filter(self._of_project(tracked))
        before: Row | None = None
        with streamed(rows, tracked.plain_columns) as stored:
            for values in stored:
                row = keys.fill(tracked, dict(zip(tracked.plain_columns, values, strict=True)))
                old = before if before is not None and before["id"] == row["id"] else None
                before = row
                if self._is_within(row["history_date"]) and self._counts(tracked, old, row):
                    yield correction(tracked, old, row)

    def _is_within(self, moment: datetime) -> bool:
        return moment >= self.since and (self.until is None or moment < self.until)

    def _happened(self) -> Q:
        later = Q(history_date__gte=self.since)
        return later if self.until is None else later & Q(history_date__lt=self.until)

    def _of_project(self, tracked: Tracked) -> Q:
        project, history = self.project, tracked.history._default_manager.order_by()
        if project is None:
            return Q()
        if tracked.project == "contribution":
            known = BY_NAME["contributions"].history._default_manager.filter(project_id=project.pk)
            owned = history.filter(contribution_id__in=known.order_by().values("id"))
        else:
            owned = history.filter(**{_column(tracked.project): project.pk})
        return Q(id__in=owned.values("id"))

    def _counts(self, tracked: Tracked, old: Row | None, row: Row) -> bool:
        """Whether the fact, seen as of the day, is another than before."""
        if row["history_type"] != "~":
            return self._seen(tracked, row) is not None
        return self._seen(tracked, old) != self._seen(tracked, row)

    def _seen(self, tracked: Tracked, row: Row | None) -> Row | None:
        if row is None:
            return None
        day = self.dated_until
        if day is None:
            return told(tracked, row)
        if tracked.begins and not any(row[name] is not None and row[name] <= day for name in tracked.begins):
            return None
        later = {name: None for name in tracked.dates if row[name] is not None and row[name] > day}
        return told(tracked, row) | later

    def _union(self) -> tuple[str, list[Any]]:
        parts, params = [], list[Any]()
        for tracked in self._present:
            sql, some = self._select(tracked)
            parts.append(sql)
            params.extend(some)
        return " UNION ALL ".join(parts), params

    @cached_property
    def _present(self) -> list[Tracked]:
        """The kinds of fact with an entry of this time: the others would only make a statement longer."""
        [found] = _kinds(self)
        return found

    def _select(self, tracked: Tracked) -> tuple[str, list[Any]]:
        """Return the SELECT of one kind of fact: h is an entry of its history, p the one before it.

        Entries that add or remove a fact need no look at the one before.
        """
        table = tracked.history._meta.db_table
        condition, params = self._asked(tracked)
        whole, whole_params, differs, differs_params = self._differs(tracked)
        told = (
            "h.history_type AS kind, h.history_date AS happened, h.history_change_reason AS how,"
            " h.history_user_id AS by_id"
        )
        newest = (
            f"SELECT MAX(x.history_id) FROM {table} AS x WHERE x.id = h.id AND x.history_id < h.history_id"
        )
        return (
            f"SELECT '{tracked.name}' AS name, h.history_id AS history_id, h.previous AS previous, {told}"
            f" FROM (SELECT h.*, ({newest}) AS previous FROM {table} AS h"
            f" WHERE h.history_type = '~' AND {condition}) AS h"
            f" LEFT JOIN {table} AS p ON p.history_id = h.previous WHERE {differs}"
            f" UNION ALL SELECT '{tracked.name}', h.history_id, CAST(NULL AS bigint), {told}"
            f" FROM {table} AS h WHERE h.history_type <> '~' AND {condition} AND {whole}",
            [*params, *differs_params, *params, *whole_params],
        )

    def _asked(self, tracked: Tracked) -> tuple[str, list[Any]]:
        """Return the condition of an entry h of the time and the project that are asked for."""
        table = tracked.history._meta.db_table
        conditions, params = ["h.history_date >= %s"], [_moment(self.since)]
        if self.until is not None:
            conditions.append("h.history_date < %s")
            params.append(_moment(self.until))
        if self.project is not None and tracked.project:
            owner = f"o.{_column(tracked.project)} = %s"
            if tracked.project == "contribution":
                whose = BY_NAME["contributions"].history._meta.db_table
                owner = f"o.contribution_id IN (SELECT c.id FROM {whose} AS c WHERE c.project_id = %s)"
            conditions.append(f"h.id IN (SELECT o.id FROM {table} AS o WHERE {owner})")
            params.append(self.project.pk)
        return " AND ".join(conditions), params

    def _differs(self, tracked: Tracked) -> tuple[str, list[Any], str, list[Any]]:
        """Return when an entry h counts that adds or removes a fact, and when one that changes it does.

        The latter does where the fact, seen as of the day, is another than p says.
        """
        day = None if self.dated_until is None else connection.ops.adapt_datefield_value(self.dated_until)
        params: list[Any] = []

        def exists(alias: str) -> str:
            if day is None or not tracked.begins:
                return "TRUE"
            params.extend([day] * len(tracked.begins))
            return (
                "(" + " OR ".join(f"COALESCE({alias}.{name} <= %s, FALSE)" for name in tracked.begins) + ")"
            )

        def seen(alias: str, column: str) -> str:
            if day is None or column not in tracked.dates:
                return f"{alias}.{column}"
            params.append(day)
            return f"CASE WHEN {alias}.{column} <= %s THEN {alias}.{column} END"

        whole = exists("h")
        whole_params, params = params, []
        either = f"({exists('h')} OR {exists('p')})"
        columns = [str(field.column) for field in tracked.columns]
        differing = " OR ".join(f"{seen('h', name)} IS DISTINCT FROM {seen('p', name)}" for name in columns)
        return whole, whole_params, f"{either} AND ({differing})", params


def _kinds(*asked: Corrections) -> list[list[Tracked]]:
    """Return the kinds of fact with an entry of each of some times, of any project; one query."""
    parts, params = [], list[Any]()
    for place, one in enumerate(asked):
        for tracked in TRACKED:
            condition, some = replace(one, project=None)._asked(tracked)
            entries = f"SELECT 1 FROM {tracked.history._meta.db_table} AS h WHERE {condition}"
            parts.append(f"SELECT {place}, '{tracked.name}' WHERE EXISTS ({entries})")
            params.extend(some)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        found = set(cursor.fetchall())
    return [[tracked for tracked in TRACKED if (place, tracked.name) in found] for place in range(len(asked))]


def _look_for_kinds(*asked: Corrections) -> None:
    """Have the kinds of fact of several times known by one query."""
    for one, kinds in zip(asked, _kinds(*asked), strict=True):
        one.__dict__["_present"] = kinds


def corrections(
    since: datetime, until: datetime | None, dated_until: date | None, project: Project | None = None
) -> Corrections:
    """Return what was entered, changed or deleted from one moment on and before another (None: until now).

    Only of facts that count by a day: dated then or earlier, or without a date (None: of all). With
    `project`, of the facts of that project and of those that belong to none, such as rates.
    """
    return Corrections(since, until, dated_until, project)


def _read_lately(results: ResultSet) -> None:
    """Read the corrections that the page of changes counts where no days are asked for."""
    since = quick_dates(results.as_of)[1][1]
    corrections(end_of_day(since), None, since).count()


to_be_read_ahead(_read_lately)


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _column(project: str) -> str:
    return project if project == "id" else f"{project}_id"
