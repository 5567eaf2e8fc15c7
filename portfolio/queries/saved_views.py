"""Reads of saved views: those of a person, and one that an address names."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portfolio.models import SavedView

MAY_SAVE_VIEWS = "portfolio.add_savedview"


def views_of(person: Any) -> QuerySet[SavedView]:
    """Return the views of somebody who is signed in, by name."""
    return SavedView.objects.filter(owner=person).order_by("folded_name", "pk")


def view_of(text: str) -> SavedView | None:
    """Return the view with a key, whosever it is, with its owner; None where there is none."""
    try:
        key = UUID(text)
    except ValueError:
        return None
    return SavedView.objects.select_related("owner").filter(key=key).first()
