"""Bringing a record back to a version of it: a new change through the write door, with its checks."""

from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction

from portfolio.jobs.facts import FactRefused, save_fact
from portfolio.jobs.locks import hold_facts
from portfolio.jobs.proposals import ProposalRefused, propose
from portfolio.jobs.review import Review, Stake
from portfolio.models import Proposal
from portfolio.queries.versions import fields_of, history_of, version_of


class RestoreRefused(Exception):
    """A version that a record cannot be brought back to; the text says why and what to do."""


def restore(
    model: type[models.Model], pk: int, version: int, person: User, seen: str, reason: str = ""
) -> date | Proposal | None:
    """Bring a record back to a version, whether it was changed or deleted since.

    `seen` is the version that it had when somebody was asked. Return the first date whose results that can
    change; or a proposal, for its `reason`, where a second person is needed. Raise RestoreRefused where it
    was changed meanwhile, or a rule or a reference is in the way.
    """
    with transaction.atomic():
        hold_facts(alone=True)
        record = as_of_version(model, pk, version)
        if version_of(record) != seen:
            raise RestoreRefused(
                "The record was changed meanwhile: look at it as it is now, and decide again."
            )
        checked(record)
        before, stake = stake_of(record)
        record._history_user = person
        try:
            if stake is not None:
                return propose(before, record, person, f"restored version {version}", reason, stake)
            return save_fact(record, f"restored version {version}")
        except (FactRefused, ProposalRefused) as refused:
            raise RestoreRefused(str(refused)) from refused


def stake_of(record: models.Model) -> tuple[Any, Stake | None]:
    """Return a record as it is now, None for a deleted one, and what bringing it back has at stake."""
    before = type(record)._default_manager.filter(pk=record.pk).first()
    return before, Review().stake(before, record)


def as_of_version(model: type[models.Model], pk: int, version: int) -> Any:
    """Return a record with what a version of it says; one that was deleted as it is to be recorded again."""
    entry = history_of(model)._default_manager.filter(id=pk, history_id=version).first()
    if entry is None:
        raise RestoreRefused(f"The record has no version {version}.")
    record = model._default_manager.filter(pk=pk).first() or model(pk=pk)
    for field in fields_of(model):
        setattr(record, field.attname, getattr(entry, field.attname))
    return record


def checked(record: models.Model) -> None:
    """Raise RestoreRefused where a record does not pass the checks that its form makes."""
    try:
        record.full_clean()
    except ValidationError as error:
        said = [
            f"{name}: {' '.join(map(str, sentences))}" if name != "__all__" else " ".join(map(str, sentences))
            for name, sentences in error.message_dict.items()
        ]
        raise RestoreRefused(" ".join(said)) from error
