"""Facts of other apps: what the write door has to know of them. Joined when those apps start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models


@dataclass(frozen=True, slots=True)
class FactKind:
    """What the write door asks about the facts of a model.

    `touched` returns the projects (database ids) whose figures one can change: none, or None for any.
    `since` returns the first day whose results it can change, None for any. `refuse` raises FactRefused.
    """

    touched: Callable[[Any], set[int] | None]
    since: Callable[[Any], date | None]
    refuse: Callable[[Any], None]


_kinds: dict[type[models.Model], FactKind] = {}


def join_facts(model: type[models.Model], kind: FactKind) -> None:
    """Let the write door take the facts of another app's model."""
    _kinds[model] = kind


def kind_of(fact: models.Model) -> FactKind | None:
    """Return what another app says of a fact; None where it is one of the portfolio."""
    return _kinds.get(type(fact))
