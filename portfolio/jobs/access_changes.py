"""What is noted of changes of who may do what. Nothing here is ever changed afterwards."""

from django.contrib.auth.models import User
from django.utils import timezone

from portfolio.models import AccessChange
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
