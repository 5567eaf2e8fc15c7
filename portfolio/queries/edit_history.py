"""The history of all records together: which kinds somebody may see, and the changes that a search finds.

Each kind keeps its history in a table of its own. What is searched is found in one statement over all of
them, newest first; a page goes on from the last change of the one before: deep ones cost what the first does.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from portfolio.models import Contribution, ContributionEvent, Project
from portfolio.queries.versions import fields_of, history_of, previous
from portfolio.vocabulary import Door

KEYS = ("slug", "reference", "key", "currency", "kind")
MOST_COUNTED = 10_000
FEW = (
    "SELECT * FROM (WITH picked(kind_name, history_id, history_date) AS MATERIALIZED ({{sql}})"
    " SELECT * FROM picked ORDER BY history_date DESC, history_id DESC LIMIT {most})"
)
Person = User | AnonymousUser

# How a reason begins that a door leaves in the history. What no other door leaves comes from a command.
EXACT = {Door.ADMIN: "admin", Door.SELECTED: "admin, selected records", Door.ADVICE: "pages of advice"}
BEGINS = {
    Door.IMPORT: "import ",
    Door.UNDO: "undo of import ",
    Door.RESTORED: "restored ",
    Door.PROPOSAL: "proposal ",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that has a history."""

    model: type[models.Model]

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def page(self) -> str:
        """The name of the admin's page of a record's history."""
        return f"admin:{self.model._meta.app_label}_{self.name}_history"

    @property
    def history(self) -> type[models.Model]:
        return history_of(self.model)

    @property
    def key(self) -> str:
        """The column that people know a record by; empty where it is known by what it belongs to."""
        own = {field.name for field in self.model._meta.concrete_fields}
        return next((name for name in KEYS if name in own), "")

    @property
    def owners(self) -> list[Any]:
        """The references that are part of what identifies a record."""
        unique = {
            name
            for constraint in self.model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
            for name in constraint.fields
        }
        return [field for field in fields_of(self.model) if field.is_relation and field.name in unique]


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return every kind of record that has a history, by name."""
    found = [
        Kind(model) for model in apps.get_models() if hasattr(model._meta, "simple_history_manager_attribute")
    ]
    return tuple(sorted(found, key=lambda kind: kind.name))


def kinds_for(person: Person) -> list[Kind]:
    """Return the kinds of record that somebody may see."""
    return [
        kind
        for kind in all_kinds()
        if person.has_perm(f"{kind.model._meta.app_label}.view_{kind.model._meta.model_name}")
    ]


class Place(NamedTuple):
    """A change in the order of the list: its kind and its version."""

    kind: str
    version: int


@dataclass(frozen=True, slots=True)
class Search:
    """What changes are asked for; an empty part asks for any. `project` is a database id."""

    person: str = ""
    since: date | None = None
    until: date | None = None
    kind: str = ""
    key: str = ""
    field: str = ""
    door: str = ""
    project: int | None = None


def door_of(reason: str | None) -> Door:
    """Return the door that a change came through, by the reason that it left in the history."""
    said = reason or ""
    for door, exactly in EXACT.items():
        if said == exactly:
            return door
    for door, start in BEGINS.items():
        if said.startswith(start):
            return door
    return Door.COMMAND


def _through(door: str) -> Q:
    if door in EXACT:
        return Q(history_change_reason=EXACT[Door(door)])
    if door in BEGINS:
        return Q(history_change_reason__startswith=BEGINS[Door(door)])
    others = Q(history_change_reason__in=list(EXACT.values()))
    for start in BEGINS.values():
        others |= Q(history_change_reason__startswith=start)
    return Q(history_change_reason=None) | ~others


def _day_begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _found(kind: Kind, search: Search) -> QuerySet[Any]:
    """Return the changes of a kind that a search asks for."""
    rows = kind.history._default_manager.order_by()
    if search.person:
        rows = rows.filter(history_user__username__iexact=search.person)
    if search.since:
        rows = rows.filter(history_date__gte=_day_begins(search.since))
    if search.until:
        rows = rows.filter(history_date__lt=_day_begins(search.until + timedelta(1)))
    if search.door:
        rows = rows.filter(_through(search.door))
    if search.key:
        rows = rows.filter(_keyed(kind, search.key))
    if search.project is not None:
        rows = rows.filter(_of_project(kind, search.project))
    if search.field:
        rows = _that_change(rows, kind, search.field)
    return rows


def _of_project(kind: Kind, project: int) -> Q:
    """Return the condition of the changes of a project itself, or of what belongs to it."""
    if kind.model is Project:
        return Q(id=project)
    if kind.model is ContributionEvent:
        owning = history_of(Contribution)._default_manager.filter(project_id=project)
        return Q(contribution_id__in=owning.order_by().values("id"))
    return Q(project_id=project)


def _has_project(kind: Kind) -> bool:
    own = {field.name for field in fields_of(kind.model)}
    return kind.model in (Project, ContributionEvent) or "project" in own


def _keyed(kind: Kind, key: str) -> Q:
    """Return the condition of the records whose key, or that of what they belong to, has a text in it."""
    found = _own_key(kind, key)
    for field in kind.owners:
        owner = Kind(field.remote_field.model)
        if owner.key and hasattr(owner.model._meta, "simple_history_manager_attribute"):
            owning = owner.history._default_manager.filter(**{f"{owner.key}__icontains": key})
            found |= Q(**{f"{field.attname}__in": owning.order_by().values("id")})
    return found


def _own_key(kind: Kind, key: str) -> Q:
    """Return the condition of a key that has a text in it; words of a closed list are looked through here."""
    field: Any = kind.model._meta.get_field(kind.key) if kind.key else None
    if field is None or not field.choices:
        return Q(**{f"{kind.key}__icontains": key}) if kind.key else Q(pk__in=[])
    words = [word for word, _ in field.flatchoices if key.casefold() in str(word).casefold()]
    return Q(**{f"{kind.key}__in": words})


def _that_change(rows: QuerySet[Any], kind: Kind, name: str) -> QuerySet[Any]:
    """Return the changes that gave a field another value, or its first or last one."""
    field = next(field for field in fields_of(kind.model) if field.name == name)
    before = kind.history._default_manager.filter(history_id=OuterRef("previous"))
    told = rows.annotate(previous=previous(kind.model))
    told = told.annotate(before=Subquery(before.order_by().values(field.attname)[:1]))
    same = Case(
        When(history_type__in="+-", then=Value(0)),
        When(**{field.attname: F("before")}, then=Value(1)),
        When(**{f"{field.attname}__isnull": True}, before__isnull=True, then=Value(1)),
        default=Value(0),
    )
    changed: QuerySet[Any] = told.annotate(same=same).filter(same=0)
    return changed


def searched(kinds: Iterable[Kind], search: Search) -> list[Kind]:
    """Return the kinds of which a search asks for changes."""
    return [
        kind
        for kind in kinds
        if search.kind in ("", kind.name)
        and (search.project is None or _has_project(kind))
        and (not search.field or any(field.name == search.field for field in fields_of(kind.model)))
    ]


def changes(
    kinds: list[Kind], search: Search, after: Place | None, most: int, *, few: bool = False
) -> list[Place]:
    """Return the changes that a search finds, newest first, from after one of them on, at most so many.

    Where `few` are found, all of them are, and put in order: in the order of their dates, the database would
    go through all others until it has them.
    """
    asked = searched(kinds, search)
    at = _date_of(kinds, after)
    if after is not None and at is None:
        return []
    parts: list[str] = []
    params: list[Any] = []
    for kind in asked:
        rows = _found(kind, search)
        if after is not None and at is not None:
            rows = rows.filter(_beyond(kind, after, at))
        rows = rows.annotate(kind_name=Value(kind.name, models.CharField()))
        rows = rows.values_list("kind_name", "history_id", "history_date")
        if few:
            _add(parts, params, FEW.format(most=most), kind, rows)
        else:
            picked = rows.order_by("-history_date", "-history_id")[:most]
            _add(parts, params, "SELECT * FROM ({sql})", kind, picked)
    if not parts:
        return []
    return _run(parts, params, most)


def _add(parts: list[str], params: list[Any], select: str, kind: Kind, rows: QuerySet[Any]) -> None:
    """Add the statement of a kind to those of the others, unless nothing of it can be asked for."""
    with suppress(EmptyResultSet):
        sql, values = rows.query.sql_with_params()
        parts.append(f"{select.replace('{sql}', sql)} AS {kind.name}_part")
        params.extend(values)


def _run(parts: list[str], params: list[Any], most: int) -> list[Place]:
    union = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind_name, history_id FROM ({union}) AS found"
            f" ORDER BY history_date DESC, kind_name, history_id DESC LIMIT {most}",
            params,
        )
        return [Place(str(kind), int(version)) for kind, version in cursor.fetchall()]


def _date_of(kinds: list[Kind], place: Place | None) -> Subquery | None:
    """Return when a change was made, as the database has it: what bundles wrote is other text in SQLite."""
    kind = next((kind for kind in kinds if place and kind.name == place.kind), None)
    if kind is None or place is None:
        return None
    return Subquery(kind.history._default_manager.filter(history_id=place.version).values("history_date")[:1])


def _beyond(kind: Kind, after: Place, at: Subquery) -> Q:
    if kind.name > after.kind:
        return Q(history_date__lte=at)
    older = Q(history_date__lt=at)
    if kind.name == after.kind:
        older |= Q(history_date=at, history_id__lt=after.version)
    return older


def counted(kinds: list[Kind], search: Search) -> int:
    """Return how many changes a search finds; one more than MOST_COUNTED for any number beyond it."""
    parts: list[str] = []
    params: list[Any] = []
    for kind in searched(kinds, search):
        rows = _found(kind, search).values_list("history_id")[: MOST_COUNTED + 1]
        _add(parts, params, "SELECT 1 FROM ({sql})", kind, rows)
    if not parts:
        return 0
    limited = f"{' UNION ALL '.join(parts)} LIMIT {MOST_COUNTED + 1}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({limited}) AS found", params)
        return int(cursor.fetchone()[0])


def everything(kinds: list[Kind], search: Search, at_once: int) -> Iterator[list[Place]]:
    """Yield all changes that a search finds, newest first, some at once."""
    after: Place | None = None
    while True:
        found = changes(kinds, search, after, at_once)
        if found:
            yield found
        if len(found) < at_once:
            return
        after = found[-1]
