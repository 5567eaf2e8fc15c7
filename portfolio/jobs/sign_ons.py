"""Accounts of people who sign in at the provider of single sign-on: made, and kept to what it says."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from portfolio.jobs.access_changes import note_account
from portfolio.models import SignOnIdentity
from portfolio.queries.accounts import standing_of

LONGEST_SUBJECT, LONGEST_NAME = 255, 150
IN_THE_ADMIN = {"Editor", "Administrator"}  # roles that work there, and so need staff status


class SignOnRefused(Exception):
    """Why somebody whom the provider knows is not let in; its text is a sentence for them."""


def roles_of(claimed: Any, mapping: Mapping[str, str]) -> set[str]:
    """Return the roles that the values of a claim stand for; values that nobody mapped give nothing."""
    values = [claimed] if isinstance(claimed, str) else claimed if isinstance(claimed, list) else []
    return {mapping[value] for value in values if isinstance(value, str) and value in mapping}


def account_of(issuer: str, subject: str, name: str, roles: set[str], address: str | None) -> User:
    """Return the account of an identity, with exactly these roles; make it at the first sign-on.

    An account that was made here before is never taken over by its name, and nobody becomes a superuser.
    Raise SignOnRefused with a sentence.
    """
    if not subject or len(subject) > LONGEST_SUBJECT or "\0" in subject:
        raise SignOnRefused("The provider does not say who you are.")
    with transaction.atomic():
        known = SignOnIdentity.objects.select_for_update().filter(issuer=issuer, subject=subject).first()
        if known is not None:
            person = known.owner
            before = standing_of(person)
        elif roles:
            person, before = _made(issuer, subject, name), None
        if known is not None or roles:
            _keep_roles(person, roles)
            note_account(person, before, person, address)
    if not roles:
        raise SignOnRefused("You have no role here. Whoever runs the provider can give you one.")
    if not person.is_active:
        raise SignOnRefused("Your account here is closed. An administrator can open it again.")
    return person


def _made(issuer: str, subject: str, name: str) -> User:
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        name = ""
    if not name or len(name) > LONGEST_NAME:
        raise SignOnRefused("The provider tells no user name that can be used here.")
    if User.objects.filter(username__iexact=name).exists():
        raise SignOnRefused(
            "There is an account of your name here that does not belong to this sign-on. "
            "An administrator has to rename or remove it first."
        )
    person = User.objects.create_user(name)
    SignOnIdentity.objects.create(owner=person, issuer=issuer, subject=subject)
    return person


def _keep_roles(person: User, roles: set[str]) -> None:
    person.groups.set(Group.objects.filter(name__in=roles))
    staff = bool(roles & IN_THE_ADMIN)
    if person.is_staff != staff:
        person.is_staff = staff
        person.save(update_fields=["is_staff"])
