"""What an account and a role may do, in words that can be compared."""

from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet

Standing = dict[str, str]


def standing_of(person: User) -> Standing:
    """Return what decides what an account may do, and how it is called; an unsaved one has no roles."""
    roles = person.groups.order_by("name").values_list("name", flat=True) if person.pk else ()
    single = person.user_permissions.all() if person.pk else Permission.objects.none()
    return {
        "user name": person.username,
        "active": "yes" if person.is_active else "no",
        "staff status": "yes" if person.is_staff else "no",
        "superuser": "yes" if person.is_superuser else "no",
        "roles": ", ".join(roles),
        "single permissions": ", ".join(_names(single)),
    }


def permissions_of(role: Group) -> set[str]:
    """Return the permissions of a role, as app.codename."""
    return set(_names(role.permissions.all())) if role.pk else set()


def kept_password(pk: int) -> str:
    """Return what is kept of a password, to see whether it was changed; empty without an account."""
    return User.objects.filter(pk=pk).values_list("password", flat=True).first() or ""


def _names(permissions: QuerySet[Permission]) -> list[str]:
    rows = permissions.order_by("content_type__app_label", "codename")
    return [f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")]
