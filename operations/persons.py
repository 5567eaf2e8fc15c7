"""What is kept of a person who has an account: all of it on paper, or gone, with the history intact.

An account is never removed: history refers to it. Erased, it is called former-user-NUMBER, can't sign in, and
has nothing left that says who it was. What people wrote into facts and publications is not touched; where the
name still stands in such text is reported, for a person to decide.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models, transaction

from portfolio.jobs import downloads
from portfolio.jobs.access_changes import note_change
from portfolio.models import AccessChange, Proposal
from portfolio.vocabulary import AccessChangeKind

SIGN_INS: tuple[type[models.Model], ...] = (AccessAttempt, AccessFailureLog, AccessLog)
# Where people stand by name, so that it can be read after an account went.
NAMED = (
    (AccessChange, "changed_by"),
    (AccessChange, "subject"),
    (Proposal, "proposed_by_name"),
    (Proposal, "decided_by_name"),
)
# What history and imports say of people in a sentence: "proposal 7 of ada, approved by ben"; names are cut.
LONGEST_IN_A_SENTENCE = 30
SECRET = frozenset({"password", "digest", "session_data", "session_key", "folded_name", "sealed_secret"})
TEXTS = (models.CharField, models.TextField)


class NotErased(Exception):
    """An account that has to stay as it is; its text says why."""


def references() -> list[tuple[type[models.Model], models.ForeignKey]]:
    """Return every reference to an account in the database, by model and field."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is User
    ]


def is_belonging(model: type[models.Model], field: models.ForeignKey) -> bool:
    """Whether rows are a person's own, and go with the person; others are history, and stay."""
    return field.remote_field.on_delete is models.CASCADE and model is not LogEntry


def export(person: User) -> dict[str, Any]:
    """Return all that is kept of a person, by kind, but for secrets, as JSON can say it."""
    found: dict[str, Any] = {
        "account": _row(person),
        "roles": sorted(person.groups.values_list("name", flat=True)),
        "sessions": [{"ends_at": session.expire_date} for session in _sessions(person)],
    }
    for model, field in references():
        rows = model._default_manager.filter(**{field.name: person}).order_by("pk")
        if rows.exists():
            found[f"{model._meta.label}, {field.name}"] = [_row(row) for row in rows.iterator()]
    for model in SIGN_INS:
        found[model._meta.label] = [_row(row) for row in _by_name(model, "username", person)]
    for named, column in NAMED:
        found[f"{named._meta.label}, {column}"] = [_row(row) for row in _by_name(named, column, person)]
    uses = apps.get_model("portfolio", "ApiTokenUse")._default_manager.filter(token__owner=person)
    found["portfolio.ApiTokenUse"] = [_row(row) for row in uses]
    return found


def erase(person: User) -> dict[str, int]:
    """Take out of the database who a person is; return how many rows of each kind went or were changed.

    Raise NotErased for the last administrator who could do this.
    """
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    if person.is_superuser and person.is_active and not others.exists():
        raise NotErased("This is the only superuser who can sign in. Make another one first.")
    done: dict[str, int] = {}
    with transaction.atomic():
        transaction.on_commit(downloads.remove_what_nobody_has)  # the files of downloads that go below
        for model, field in references():
            if is_belonging(model, field):
                rows = model._default_manager.filter(**{field.name: person})
                done[f"{model._meta.label} removed"] = rows.count()
                rows.delete()
        for model in SIGN_INS:
            rows = _by_name(model, "username", person)
            done[f"{model._meta.label} removed"] = rows.count()
            rows.delete()
        for session in _sessions(person):
            session.delete()
        done |= _rename(person, pseudonym(person))
        _empty(person)
        note_change(AccessChangeKind.ACCOUNT_CHANGED, person.username, None, None, "personal data erased")
    return {what: count for what, count in done.items() if count}


def pseudonym(person: User) -> str:
    """Return what an erased account is called."""
    return f"former-user-{person.pk}"


def mentions(words: Iterable[str]) -> dict[str, int]:
    """Return in how many rows of which columns any of some words still stands, as a word of its own."""
    found: dict[str, int] = {}
    for word in filter(None, words):
        whole = re.compile(rf"(?<![\w.@+-]){re.escape(word)}(?![\w@+-])", re.IGNORECASE)
        for model, field in _texts():
            values = model._default_manager.filter(**{f"{field.name}__icontains": word}).values_list(
                field.name
            )
            count = sum(bool(whole.search(value)) for (value,) in values.iterator())
            if count:
                where = f"{model._meta.db_table}.{field.column}"
                found[where] = found.get(where, 0) + count
    return found


def _texts() -> Iterator[tuple[type[models.Model], Any]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, TEXTS) and not field.is_relation and not field.choices:
                yield model, field


def _by_name(model: type[models.Model], column: str, person: User) -> models.QuerySet:
    return model._default_manager.filter(**{column: person.get_username()}).order_by("pk")


def _rename(person: User, instead: str) -> dict[str, int]:
    """Put a pseudonym in the place of a name: in columns of names, in details, and in sentences."""
    name = person.get_username()
    done = {}
    about = AccessChange.objects.filter(changed_by=name) | AccessChange.objects.filter(subject=name)
    about.update(address="")
    for named, column in NAMED:
        changed = _by_name(named, column, person).update(**{column: instead})
        done[f"{named._meta.label}.{column} renamed"] = changed
    word = re.compile(rf"(?<![\w.@+-]){re.escape(name)}(?![\w@+-])")
    done["portfolio.AccessChange.detail renamed"] = _replace(
        AccessChange, "detail", name, lambda text: word.sub(instead, text)
    )
    cut = re.escape(name[:LONGEST_IN_A_SENTENCE])
    sentence = re.compile(rf"\b(of|approved by) {cut}(?=,|$)|^{re.escape(name)}(?= rejected it: )")
    for model, field in _texts():
        if field.name == "history_change_reason" or model._meta.label == "portfolio.SpreadsheetImport":
            said = f"{model._meta.label}.{field.name} renamed"
            done[said] = _replace(
                model,
                field.name,
                name[:LONGEST_IN_A_SENTENCE],
                lambda text: sentence.sub(
                    lambda match: f"{match[1]} {instead}" if match[1] else instead, text
                ),
            )
    return done


def _replace(model: type[models.Model], column: str, part: str, replaced: Callable[[str], str]) -> int:
    changed = 0
    rows = model._default_manager.filter(**{f"{column}__contains": part}).values_list("pk", column)
    for pk, text in list(rows):
        if (new := replaced(text)) != text:
            longest = model._meta.get_field(column).max_length  # type: ignore[union-attr]
            model._default_manager.filter(pk=pk).update(**{column: new[:longest]})
            changed += 1
    return changed


def _empty(person: User) -> None:
    person.username = pseudonym(person)
    person.first_name = person.last_name = person.email = ""
    person.last_login = None
    person.is_active = person.is_staff = person.is_superuser = False
    person.set_unusable_password()
    person.save()
    person.groups.clear()
    person.user_permissions.clear()


def _sessions(person: User) -> list[Session]:
    """Return the sessions of a person, found by opening each: they are kept closed."""
    wanted = str(person.pk)
    return [
        session
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == wanted
    ]


def _row(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in SECRET
    }
