"""What is noted of changes of who may do what. Nothing here is ever changed afterwards."""

from django.contrib.auth.models import Group, User
from django.utils import timezone

from portfolio.models import AccessChange
from portfolio.queries.accounts import Standing, permissions_of, standing_of
from portfolio.vocabulary import AccessChangeKind

LONGEST_NAME = 150


def note_change(
    kind: AccessChangeKind, subject: str, by: User | None, address: str | None, detail: str = ""
) -> None:
    """Note a change of an account, a role or a token: by whom (None: a command), and from where."""
    AccessChange.objects.create(
        changed_at=timezone.now(),
        changed_by=by.get_username()[:LONGEST_NAME] if by else "",
        address=address or "",
        kind=kind,
        subject=subject[:LONGEST_NAME],
        detail=detail,
    )


def note_account(person: User, before: Standing | None, by: User | None, address: str | None) -> None:
    """Note what is different about an account, if anything is; `before` is None for a new one."""
    after = standing_of(person)
    if before is None:
        note_change(AccessChangeKind.ACCOUNT_ADDED, person.username, by, address, _listed(after))
    elif before != after:
        detail = "; ".join(
            f"{what}: {before[what] or 'none'} → {after[what] or 'none'}"
            for what in after
            if before[what] != after[what]
        )
        note_change(AccessChangeKind.ACCOUNT_CHANGED, before["user name"], by, address, detail)


def note_role(role: Group, before: set[str] | None, by: User, address: str | None) -> None:
    """Note which permissions a role has more and less, if any; `before` is None for a new role."""
    after = permissions_of(role)
    if before is None:
        note_change(AccessChangeKind.ROLE_ADDED, role.name, by, address, ", ".join(sorted(after)))
    elif before != after:
        parts = [("given", after - before), ("taken", before - after)]
        detail = "; ".join(f"{verb}: {', '.join(sorted(names))}" for verb, names in parts if names)
        note_change(AccessChangeKind.ROLE_CHANGED, role.name, by, address, detail)


def _listed(standing: Standing) -> str:
    return "; ".join(f"{what}: {value or 'none'}" for what, value in standing.items() if what != "user name")
