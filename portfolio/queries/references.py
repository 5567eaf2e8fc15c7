"""Which records refer to one, so that it cannot be deleted: how many of each kind, and the first of them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_permission_codename
from django.db import models

MOST_NAMED = 10
MAY_NOT_SEE = "records that you may not see"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Records of a kind that refer by a field to what is to be deleted: how many, and the first of them."""

    model: type[models.Model]
    field: str
    count: int
    first: list[Any]

    @property
    def kind(self) -> str:
        meta = self.model._meta
        return str(meta.verbose_name if self.count == 1 else meta.verbose_name_plural)

    @property
    def more(self) -> int:
        return self.count - len(self.first)

    def __str__(self) -> str:
        named = ", ".join(f"“{record}”" for record in self.first)
        more = f" and {self.more:,} more" if self.more else ""
        return f"{self.model._meta.verbose_name} {named}{more}"


def obstacles(model: type[models.Model], ids: Collection[Any]) -> list[Obstacle]:
    """Return what refers to records of a model and keeps them from being deleted.

    Two queries a kind of record that could, however many there are. Records that go themselves are none.
    """
    found = []
    for other, field in _protecting(model):
        rows = other._default_manager.filter(**{f"{field}__in": ids})
        if other is model:
            rows = rows.exclude(pk__in=ids)
        count = rows.count()
        if count:
            found.append(Obstacle(other, field, count, list(rows.select_related()[:MOST_NAMED])))
    return found


def _protecting(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel) and relation.on_delete is models.PROTECT:
            yield relation.related_model, relation.field.name


def told_to(person: Any, standing: Collection[Obstacle]) -> str:
    """Return what stands in the way as somebody may read it: of a kind that they may not see, only that."""
    seen, hidden = seen_by(person, standing)
    return "; ".join([*map(str, seen), *([MAY_NOT_SEE] if hidden else [])])


def seen_by(person: Any, standing: Collection[Obstacle]) -> tuple[list[Obstacle], bool]:
    """Return the obstacles of kinds that somebody may see, and whether there are others."""
    seen = [one for one in standing if _may_see(person, one.model)]
    return seen, len(seen) < len(standing)


def _may_see(person: Any, model: type[models.Model]) -> bool:
    meta = model._meta
    return bool(person.has_perm(f"{meta.app_label}.{get_permission_codename('view', meta)}"))
