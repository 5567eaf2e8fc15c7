"""Who may see which alerts: those about records that need a right are for who has it, everywhere."""

from typing import Any

from django.db.models import Q

_rights: dict[str, str] = {}


def reserve_alerts(subject: str, permission: str) -> None:
    """Show alerts about a kind of record to who has a permission only; once, when an app starts."""
    _rights[subject] = permission


def seen_by(person: Any) -> frozenset[str]:
    """Return the kinds of records, among those that need a right, whose alerts somebody may see."""
    return frozenset(subject for subject, permission in _rights.items() if person.has_perm(permission))


def visible(seen: frozenset[str]) -> Q:
    """Return the condition of the alerts that may be shown to who sees these kinds of records."""
    hidden = _rights.keys() - seen
    return ~Q(subject__in=sorted(hidden)) if hidden else Q()
