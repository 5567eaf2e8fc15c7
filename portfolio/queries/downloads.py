"""Reads behind downloads that are prepared: whose somebody may see."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portfolio.models import Download

MAY_MAKE = "portfolio.add_download"
MAY_OVERSEE = "portfolio.oversee_download"


def downloads_of(person: Any) -> QuerySet[Download]:
    """Return the downloads of a person, the newest first."""
    return Download.objects.filter(owner=person).order_by("-created_at", "-id")


def downloads_of_others(person: Any) -> QuerySet[Download]:
    """Return the downloads of everybody else with their owners, the newest first: for who oversees them."""
    return Download.objects.exclude(owner=person).select_related("owner").order_by("-created_at", "-id")


def download_for(person: Any, key: UUID) -> Download | None:
    """Return a download that somebody may see: one of their own, or any if they oversee them."""
    seen = Download.objects.all() if person.has_perm(MAY_OVERSEE) else downloads_of(person)
    return seen.select_related("owner").filter(key=key).first()
