"""API tokens are made, revoked and seen to be used here and nowhere else. They are no facts."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portfolio.jobs.access_changes import note_change
from portfolio.models import ApiToken, ApiTokenUse
from portfolio.rules.api_tokens import new_token
from portfolio.rules.dates import BRUSSELS, DateRefused, parse_date, today
from portfolio.vocabulary import AccessChangeKind, TokenScope

logger = logging.getLogger(__name__)

LONGEST_NAME = 100
MOST_TOKENS = 20
USE_NOTED_AFTER = timedelta(minutes=1)
MOST_WAITED_MS = 200  # a reader does not wait longer than this for a note of the use to be written


class TokenRefused(Exception):
    """A token that cannot be made; `faults` says why, by field, under "token" what concerns no single one."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


def last_day(made_on: date) -> date:
    """Return the last day on which a token made on a day may work: a year has passed when it ends."""
    try:
        return made_on.replace(year=made_on.year + 1) - timedelta(1)
    except ValueError:  # the 29th of February
        return date(made_on.year + 1, 2, 28)


def make_token(
    owner: User, name: str, scope: str, expires_on: str, address: str | None = None
) -> tuple[ApiToken, str]:
    """Return a new token and its text, which is nowhere else; it works until `expires_on` has passed.

    Raise TokenRefused with the faults.
    """
    now = timezone.now()
    name = " ".join(name.split())
    faults: dict[str, str] = {}
    if fault := _fault_of_name(name, owner):
        faults["name"] = fault
    if scope not in TokenScope.values:
        faults["scope"] = f"Scope is “{scope}”. Accepted: {', '.join(TokenScope.values)}."
    try:
        expires_at = _end_of(parse_date(expires_on.strip()), today(now))
    except DateRefused as refused:
        faults["expires_on"] = str(refused)
    if usable(owner, now).count() >= MOST_TOKENS:
        faults["token"] = f"You have {MOST_TOKENS} tokens that work, and may have no more. Revoke one first."
    if faults:
        raise TokenRefused(faults)
    text, parts = new_token()
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                owner=owner,
                name=name,
                prefix=parts.prefix,
                digest=parts.digest,
                scope=scope,
                created_at=now,
                expires_at=expires_at,
            )
            detail = f"{token}, scope {scope}, until {expires_at:%Y-%m-%d %H:%M %Z}"
            note_change(AccessChangeKind.TOKEN_MADE, owner.get_username(), owner, address, detail)
    except IntegrityError as error:  # somebody was quicker with the same name
        raise TokenRefused({"name": _taken(name)}) from error
    return token, text


def usable(owner: User, now: datetime) -> QuerySet[ApiToken]:
    """Return the tokens of a person that are neither revoked nor expired."""
    return ApiToken.objects.filter(owner=owner, revoked_at=None, expires_at__gt=now)


def revoke_token(token: ApiToken, by: User, address: str | None = None) -> bool:
    """Let a token work no more, for good; return whether it was not revoked before."""
    with transaction.atomic():
        revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=timezone.now(), revoked_by=by
        )
        if revoked:
            owner = token.owner.get_username()
            note_change(AccessChangeKind.TOKEN_REVOKED, owner, by, address, str(token))
    return revoked > 0


def note_use(token: ApiToken, address: str | None) -> None:
    """Note that a token was used, once a minute at most. A note that cannot be written soon is left out."""
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_AFTER:
        return
    try:
        with _without_waiting():
            due = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_AFTER)
            if ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now):
                ApiTokenUse.objects.bulk_create(
                    [
                        ApiTokenUse(
                            token=token,
                            used_on=today(now),
                            address=address or "",
                            first_used_at=now,
                            last_used_at=now,
                        )
                    ],
                    update_conflicts=True,
                    unique_fields=["token", "used_on", "address"],
                    update_fields=["last_used_at"],
                )
    except DatabaseError as error:
        logger.warning("The use of an API token was not noted: %s", type(error).__name__)


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Give up soon where somebody else writes: on SQLite a bundle may be loading for minutes."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {MOST_WAITED_MS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def _fault_of_name(name: str, owner: User) -> str:
    if not name:
        return "Name is empty. It is needed: what the token is for, or where it is kept."
    if len(name) > LONGEST_NAME:
        return f"Name has {len(name)} characters. Accepted: {LONGEST_NAME} at most."
    if not name.isprintable():
        return "Name has characters that cannot be seen. Accepted: letters, digits, signs and spaces."
    return _taken(name) if ApiToken.objects.filter(owner=owner, name=name, revoked_at=None).exists() else ""


def _taken(name: str) -> str:
    return f"You have a token called “{name}” already. Take another name, or revoke that one first."


def _end_of(day: date, made_on: date) -> datetime:
    latest = last_day(made_on)
    if not made_on <= day <= latest:
        raise DateRefused(f"{day} is not a day from {made_on} to {latest}. A token works for a year at most.")
    following = day + timedelta(1)
    return datetime(following.year, following.month, following.day, tzinfo=BRUSSELS)
