"""Reads of API tokens: whose a token is, and what its owner sees of it."""

from datetime import datetime
from hmac import compare_digest

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from portfolio.models import ApiToken, ApiTokenUse
from portfolio.rules.api_tokens import take_apart

MAY_HAVE_TOKENS = "portfolio.add_apitoken"
BACKEND = "portfolio.queries.second_factors.Accounts"
USES_SHOWN = 20
NO_DIGEST = "0" * 64


def token_behind(text: str, now: datetime | None = None) -> ApiToken | None:
    """Return the token that a text is, with its owner, in one query; None where it does not count.

    It counts while it is neither revoked nor expired, and its owner is active and may have tokens.
    """
    parts = take_apart(text)
    if parts is None:
        return None
    owners = User.objects.with_perm(MAY_HAVE_TOKENS, backend=BACKEND)
    found = (
        ApiToken.objects.select_related("owner")
        .filter(prefix=parts.prefix, revoked_at=None, expires_at__gt=now or timezone.now())
        .filter(owner__in=owners)
        .first()
    )
    # Compared in constant time, also with what is not there: how long it takes says nothing of a digest.
    same = compare_digest(found.digest if found else NO_DIGEST, parts.digest)
    return found if same else None


def tokens_of(owner: User) -> QuerySet[ApiToken]:
    """Return the tokens of a person, the newest first, each with its latest uses as `history`."""
    uses = ApiTokenUse.objects.order_by("-last_used_at", "-id")[:USES_SHOWN]
    return (
        ApiToken.objects.filter(owner=owner)
        .select_related("owner", "revoked_by")
        .prefetch_related(Prefetch("uses", uses, to_attr="history"))
        .order_by("-created_at", "-id")
    )
