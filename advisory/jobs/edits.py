"""Edits from the pages of advice: through the write door, never over what somebody changed meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction

from portfolio.jobs.facts import FactRefused, save_fact
from portfolio.jobs.locks import hold_facts
from portfolio.queries.versions import said, version_of

HOW = "pages of advice"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody changed meanwhile: what it said when the form was opened, and says now."""

    label: str
    then: str
    now: str


class EditedMeanwhile(Exception):
    """Somebody changed the record after the form was opened: who, when, what, and the version it has now."""

    def __init__(self, by: str, at: datetime | None, differences: Sequence[Difference], version: str) -> None:
        super().__init__("The record was changed meanwhile.")
        self.by, self.at, self.differences, self.version = by, at, list(differences), version


def _history(fact: models.Model) -> Any:
    return fact.history.order_by("-history_id")  # type: ignore[attr-defined]


def record(fact: models.Model, person: User) -> None:
    """Record a new fact; raise FactRefused with a sentence."""
    fact._history_user = person  # type: ignore[attr-defined]
    try:
        save_fact(fact, HOW)
    except IntegrityError as error:
        what = fact._meta.verbose_name
        raise FactRefused(f"Somebody else has recorded such a {what} meanwhile. Look at it first.") from error


def change(fact: models.Model, version: str, person: User, fields: Iterable[str]) -> None:
    """Record a changed fact, unless it is no longer the one that was seen: then raise EditedMeanwhile.

    `version` is the one that the form was opened with; `fields` are those that the form shows.
    """
    with transaction.atomic():
        lock_row(fact)
        if version_of(fact) != version:
            raise edited_meanwhile(fact, version, fields)
        record(fact, person)


def lock_row(fact: models.Model) -> None:
    """Make whoever changes the same fact wait until this transaction is done, and then find it changed."""
    hold_facts(alone=False)  # before the row: whoever writes facts takes these two in this order
    list(type(fact)._default_manager.select_for_update().filter(pk=fact.pk).values_list("pk"))


def edited_meanwhile(fact: models.Model, version: str, fields: Iterable[str]) -> EditedMeanwhile:
    """Return what was changed of a fact since a version of it."""
    newest = _history(fact).select_related("history_user").first()
    seen = _history(fact).filter(history_id=version).first() if version.isdecimal() else None
    if newest is None:
        return EditedMeanwhile("", None, [], "")
    by = newest.history_user.get_username() if newest.history_user else ""
    return EditedMeanwhile(
        by, newest.history_date, differences(fact, seen, newest, fields), str(newest.history_id)
    )


def differences(fact: models.Model, seen: Any, newest: Any, fields: Iterable[str]) -> list[Difference]:
    """Return the fields in which two states of a fact's history differ, as people read them."""
    found = []
    for name in fields:
        field = fact._meta.get_field(name)
        then = said(field, getattr(seen, name, None)) if seen is not None else "not known"
        now = said(field, getattr(newest, name, None))
        if then != now:
            found.append(Difference(str(getattr(field, "verbose_name", name)), then, now))
    return found


__all__ = [
    "Difference",
    "EditedMeanwhile",
    "change",
    "differences",
    "edited_meanwhile",
    "lock_row",
    "record",
    "version_of",
]
