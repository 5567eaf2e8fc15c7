"""What recorded changes say: who made each, through which door, and old and new value of every field."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from portfolio.models.fields import ScaledDecimalField, plain
from portfolio.queries.edit_history import KEYS, Kind, Place, door_of
from portfolio.queries.together import read_together
from portfolio.queries.versions import EMPTY, Made, differing, fields_of, history_of, made, previous, said
from portfolio.vocabulary import Door

WORDS = {"+": "Added", "~": "Changed", "-": "Removed"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after a change: as people read it, and as it is stored."""

    name: str
    label: str
    old: str
    new: str
    old_stored: str
    new_stored: str


@dataclass(slots=True)
class RecordedChange:
    """A change of a record, or a version of it compared with another."""

    kind: Kind
    entry: Any
    title: str
    key: str
    made: Made
    door: Door
    fields: list[FieldChange] = field(default_factory=list)

    @property
    def version(self) -> int:
        return int(self.entry.history_id)

    @property
    def record(self) -> int:
        return int(self.entry.id)

    @property
    def word(self) -> str:
        if self.entry.history_type == "~" and not self.fields:
            return "saved without a change"
        return WORDS[self.entry.history_type].lower()

    @property
    def place(self) -> Place:
        return Place(self.kind.name, self.version)


class Labels:
    """What the records that others refer to are called, read once a kind, whether or not they are there."""

    def __init__(self) -> None:
        self._asked: dict[type[models.Model], set[int]] = defaultdict(set)
        self._live: dict[type[models.Model], dict[int, Any]] = {}
        self._gone: dict[type[models.Model], dict[int, str]] = {}

    def ask(self, model: type[models.Model], entries: Iterable[Any]) -> None:
        """Note whom versions of a kind refer to."""
        references = [one for one in fields_of(model) if one.is_relation]
        for entry in entries:
            for one in references:
                pk = getattr(entry, one.attname)
                if pk is not None:
                    self._asked[one.remote_field.model].add(pk)

    def read(self) -> "Labels":
        """Read what was asked for, in one query, and one more where some are gone."""
        asked = self._asked
        reads = (model._default_manager.filter(pk__in=ids).order_by() for model, ids in asked.items())
        for model, found in zip(asked, read_together(*reads), strict=True):
            self._live[model] = {record.pk: record for record in found}
        gone = {model: ids - self._live[model].keys() for model, ids in asked.items()}
        kept = [model for model, ids in gone.items() if ids and hasattr(model, "history")]
        entries: Any = (history_of(model)._default_manager.filter(id__in=gone[model]) for model in kept)
        told = read_together(*(rows.order_by("history_id") for rows in entries))
        for model, rows in zip(kept, told, strict=True):
            self._gone[model] = {row.id: _key_in(row) for row in rows}
        return self

    def live(self, model: type[models.Model], pk: Any) -> Any:
        return self._live.get(model, {}).get(pk)

    def text(self, model: type[models.Model], pk: Any) -> str:
        found = self.live(model, pk)
        if found is not None:
            return str(found)
        return self._gone.get(model, {}).get(pk) or f"number {pk}, which is gone"

    def key(self, model: type[models.Model], pk: Any) -> str:
        found = self.live(model, pk)
        if found is not None:
            return _key_in(found) or str(found)
        return self._gone.get(model, {}).get(pk) or f"number {pk}"


def _key_in(record: Any) -> str:
    return next((str(getattr(record, name)) for name in KEYS[:3] if hasattr(record, name)), "")


def described(changes: Iterable[Place], kinds: Iterable[Kind]) -> list[RecordedChange]:
    """Return what some changes say, in their order; a few queries, whatever kinds are among them."""
    places = list(changes)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place in places:
        by_kind[place.kind].append(place.version)
    found: dict[Place, tuple[Kind, Any, Any]] = {}
    labels = Labels()
    for kind, entry, before in _with_previous([kind for kind in kinds if kind.name in by_kind], by_kind):
        found[Place(kind.name, entry.history_id)] = (kind, entry, before)
        labels.ask(kind.model, [entry] if before is None else [entry, before])
    labels.read()
    return [change_of(*found[place], labels) for place in places if place in found]


def _with_previous(kinds: list[Kind], ids: dict[str, list[int]]) -> Iterator[tuple[Kind, Any, Any]]:
    """Yield entries of histories with those before them (None: there is none)."""
    entries = read_together(
        *(
            _entries(kind, ids[kind.name])
            .select_related("history_user")
            .annotate(before=previous(kind.model))
            for kind in kinds
        )
    )
    before = [[entry.before for entry in found if entry.before is not None] for found in entries]
    earlier = read_together(*map(_entries, kinds, before))
    for kind, found, rows in zip(kinds, entries, earlier, strict=True):
        by_id = {row.history_id: row for row in rows}
        for entry in found:
            yield kind, entry, by_id.get(entry.before)


def _entries(kind: Kind, ids: list[int]) -> models.QuerySet[Any]:
    return kind.history._default_manager.filter(history_id__in=ids).order_by()


def change_of(kind: Kind, entry: Any, before: Any, labels: Labels) -> RecordedChange:
    """Return what an entry of a history says, beside the one before it."""
    change = RecordedChange(
        kind,
        entry,
        title_of(kind, entry, labels),
        key_of(kind, entry, labels),
        made(entry),
        door_of(entry.history_change_reason),
    )
    if entry.history_type == "+" or before is None:
        change.fields = compared(kind, None, entry, labels)
    elif entry.history_type == "-":
        change.fields = compared(kind, entry, None, labels)
    else:
        change.fields = compared(kind, before, entry, labels)
    return change


def compared(kind: Kind, old: Any, new: Any, labels: Labels) -> list[FieldChange]:
    """Return the fields in which two versions differ; beside none, all that say something."""
    fields = fields_of(kind.model)
    if old is not None and new is not None:
        fields = differing(old, new, fields)
    changes = [
        FieldChange(
            one.name,
            str(one.verbose_name),
            _read(one, old, labels),
            _read(one, new, labels),
            _stored(one, old, labels),
            _stored(one, new, labels),
        )
        for one in fields
    ]
    return [one for one in changes if one.old_stored or one.new_stored]


def _read(one: Any, version: Any, labels: Labels) -> str:
    if version is None:
        return ""
    value = getattr(version, one.attname)
    if one.is_relation:
        return EMPTY if value is None else labels.text(one.remote_field.model, value)
    return said(one, value)


def _stored(one: Any, version: Any, labels: Labels) -> str:
    value = None if version is None else getattr(version, one.attname)
    if value is None:
        return ""
    if one.is_relation:
        return labels.key(one.remote_field.model, value)
    if isinstance(one, ScaledDecimalField) and isinstance(value, Decimal):
        return format(value, f".{one.places}f")
    return plain(value) if isinstance(value, Decimal) else str(value)


def title_of(kind: Kind, entry: Any, labels: Labels) -> str:
    """Return how people know the record that an entry is about."""
    record = kind.model(**{one.attname: getattr(entry, one.attname) for one in fields_of(kind.model)})
    for one in fields_of(kind.model):
        live = labels.live(one.remote_field.model, getattr(entry, one.attname)) if one.is_relation else None
        if live is not None:
            setattr(record, one.name, live)
    try:
        return str(record)
    except ObjectDoesNotExist:
        return f"number {entry.id}"


def key_of(kind: Kind, entry: Any, labels: Labels) -> str:
    """Return the key of the record that an entry is about, with those of what it belongs to before it."""
    owners = [
        labels.key(one.remote_field.model, getattr(entry, one.attname))
        for one in kind.owners
        if getattr(entry, one.attname) is not None
    ]
    own = [str(getattr(entry, kind.key))] if kind.key else []
    return ", ".join([*owners, *own])
