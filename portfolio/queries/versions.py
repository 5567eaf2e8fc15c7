"""Versions of a record, as its history keeps them: which one it has, what they say, and who made them."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from portfolio.models.fields import ScaledDecimalField, plain

EMPTY = "empty"
ABOUT = ("history_id", "history_date", "history_change_reason", "history_type", "history_user")


class Made(NamedTuple):
    """Who made a version, when, and how; the name is empty where nobody was signed in."""

    by: str
    at: datetime | None
    how: str

    @property
    def who(self) -> str:
        return self.by or "a command"


NOBODY = Made("", None, "")


def history_of(model: type[models.Model]) -> type[models.Model]:
    """Return the model of the history of a model of facts."""
    return _history_of(model)


@cache
def _history_of(model: Any) -> type[models.Model]:
    found: type[models.Model] = model.history.model  # each look at `history` makes a class of a manager
    return found


def version_of(fact: models.Model) -> str:
    """Return what identifies the state of a recorded fact: it moves with every change of it."""
    rows = history_of(type(fact))._default_manager.filter(id=fact.pk).order_by()
    newest = rows.aggregate(newest=Max("history_id"))["newest"]
    return "" if newest is None else str(newest)


def state_of_kind(model: type[models.Model]) -> tuple[int, int]:
    """Return what differs once any record of a kind has changed: how many versions there are, and the newest.

    The newest alone would not do: of two edits at once, the one that is committed last may have the older.
    """
    rows = history_of(model)._default_manager.order_by()
    found = rows.aggregate(number=Count("history_id"), newest=Max("history_id"))
    return found["number"], found["newest"] or 0


def versions(facts: QuerySet[Any]) -> dict[str, str]:
    """Return the version of each of some facts, by database id, in one query."""
    rows = history_of(facts.model)._default_manager.filter(id=OuterRef("pk"))
    numbered = facts.order_by("pk").annotate(version=_newest(rows))
    return {str(pk): str(version or "") for pk, version in numbered.values_list("pk", "version")}


def previous(model: type[models.Model]) -> Subquery:
    """Return the expression that gives each entry of a history the number of the one before it."""
    return _newest(
        history_of(model)._default_manager.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    )


def _newest(rows: QuerySet[Any]) -> Subquery:
    """Return the newest of some entries of one record; PostgreSQL would look for a LIMIT by another index."""
    return Subquery(rows.order_by().values("id").annotate(newest=Max("history_id")).values("newest"))


def entries(model: type[models.Model], pk: Any, since: str = "") -> list[Any]:
    """Return the history of a record, oldest first, from a version on; all of it where that is not known."""
    rows = history_of(model)._default_manager.filter(id=pk).select_related("history_user")
    if since.isdecimal() and len(since) < 19:
        rows = rows.filter(history_id__gte=int(since))
    return list(rows.order_by("history_id"))


def made(entry: Any) -> Made:
    """Return who made an entry of a history."""
    if entry is None:
        return NOBODY
    user = entry.history_user
    return Made(user.get_username() if user else "", entry.history_date, entry.history_change_reason or "")


def fields_of(model: type[models.Model]) -> list[Any]:
    """Return the fields that people fill in, as the history of a model has them."""
    return list(_fields_of(model))


@cache
def _fields_of(model: type[models.Model]) -> tuple[Any, ...]:
    kept = {field.name for field in history_of(model)._meta.concrete_fields}
    fields = model._meta.concrete_fields
    return tuple(field for field in fields if field.name in kept and not field.primary_key)


def differing(one: Any, other: Any, fields: Iterable[Any]) -> list[Any]:
    """Return the fields in which two states of a record differ."""
    return [field for field in fields if getattr(one, field.attname) != getattr(other, field.attname)]


def last_change(history: list[Any], field: Any) -> Made:
    """Return who last changed a field in a history, oldest entry first."""
    for before, after in zip(reversed(history[:-1]), reversed(history), strict=False):
        if getattr(before, field.attname) != getattr(after, field.attname):
            return made(after)
    return made(history[-1] if history else None)


def said_of(record: Any, field: Any) -> str:
    """Return what a record, or a version of one, says in a field, as people read it."""
    if isinstance(field, models.ForeignKey):
        key = getattr(record, field.attname)
        if key is None:
            return EMPTY
        try:
            return str(getattr(record, field.name))
        except ObjectDoesNotExist:
            return f"a record that is gone (number {key})"
    return said(field, getattr(record, field.attname))


def said(field: Any, value: Any) -> str:
    """Return a value of a field, not a reference, as people read it."""
    if value is None or value == "":
        return EMPTY
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, ScaledDecimalField) and isinstance(value, Decimal):
        return f"{value:,.{field.places}f}" if field.places == 2 else plain(value)
    return plain(value) if isinstance(value, Decimal) else str(value)
