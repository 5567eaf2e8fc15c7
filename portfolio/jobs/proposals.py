"""Proposing a change that needs a second person, and closing what was proposed."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from portfolio.jobs.review import Stake
from portfolio.models import Contribution, Project, Proposal, SpreadsheetImport
from portfolio.queries.versions import fields_of, version_of
from portfolio.vocabulary import ProposalStatus, ProposedAction

LONGEST_NAME, LONGEST_HOW, NAMED = 150, 100, 30


class ProposalRefused(Exception):
    """What cannot be done with a proposal; the text says why and what to do."""


def propose(
    before: models.Model | None, after: models.Model | None, person: User, how: str, reason: str, stake: Stake
) -> Proposal:
    """Store a change instead of making it; `before` is None for a new record, `after` for a deletion."""
    record: Any = after if after is not None else before
    if not reason.strip():
        raise ProposalRefused("Say why: whoever approves it has to know.")
    action = ProposedAction.CHANGE
    if before is None or after is None:
        action = ProposedAction.ADD if before is None else ProposedAction.DELETE
    old, new = texts_of(before), texts_of(after)
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    owner = owner_of(record)
    return Proposal.objects.create(
        action=action,
        model=record._meta.label_lower,
        fact=None if before is None else before.pk,
        owner_model=owner._meta.label_lower if owner is not None else "",
        owner=owner.pk if owner is not None else None,
        title=_title(record, owner),
        old={name: old[name] for name in differing if name in old},
        new={name: new[name] for name in differing if name in new},
        version="" if before is None else version_of(before),
        value_eur=stake.value_eur,
        threshold_eur=stake.threshold_eur,
        how=how[:LONGEST_HOW],
        reason=reason.strip(),
        proposed_by=person,
        proposed_by_name=person.get_username()[:LONGEST_NAME],
    )


def propose_import(taken: SpreadsheetImport, rows: int, stake: Stake) -> Proposal:
    """Store that an import waits for a second person, since so many of its rows need one."""
    person = taken.applied_by
    return Proposal.objects.create(
        action=ProposedAction.IMPORT,
        taken=taken,
        title=f"{taken.file_name}: {rows:,} row{'s' * (rows != 1)} above the threshold",
        value_eur=stake.value_eur,
        threshold_eur=stake.threshold_eur,
        how=f"import {taken.pk}",
        reason=taken.reason or f"Import of {taken.file_name}",
        proposed_by=person,
        proposed_by_name=person.get_username()[:LONGEST_NAME] if person else "",
    )


def set_aside(taken: SpreadsheetImport, sentence: str) -> None:
    """Note of an approved proposal that its import was not applied after all."""
    approved = taken.proposals.filter(status=ProposalStatus.APPROVED)
    approved.update(status=ProposalStatus.WITHDRAWN, decision=sentence)


def close(proposal: Proposal, status: ProposalStatus, person: User | None, decision: str) -> None:
    """Note how a proposal ended, by whom and why."""
    proposal.status, proposal.decision = status, decision
    proposal.decided_by, proposal.decided_at = person, timezone.now()
    proposal.decided_by_name = person.get_username()[:LONGEST_NAME] if person else ""
    proposal.save()


def texts_of(record: Any) -> dict[str, str | None]:
    """Return what a record says in the fields that people fill in, as texts that can be stored."""
    if record is None:
        return {}
    return {
        field.name: None if getattr(record, field.attname) is None else field.value_to_string(record)
        for field in fields_of(type(record))
    }


def put_texts(record: Any, texts: dict[str, str | None]) -> Any:
    """Give a record what texts say that `texts_of` made; return it."""
    for name, text in texts.items():
        field = record._meta.get_field(name)
        target = field.target_field if field.is_relation else field
        setattr(record, field.attname, None if text is None else target.to_python(text))
    return record


def model_of(proposal: Proposal) -> type[models.Model]:
    """Return the kind of record that a proposal is about."""
    return apps.get_model(proposal.model)


def owner_of(record: Any) -> Any:
    """Return the contribution or the project whose form has a record as a row; None where there is none."""
    for name, model in (("contribution", Contribution), ("project", Project)):
        field = next((one for one in fields_of(type(record)) if one.name == name), None)
        if field is not None and not isinstance(record, Contribution):
            return model._default_manager.filter(pk=getattr(record, field.attname)).first()
    return None


def both_names(proposal: Proposal, person: User) -> str:
    """Return what history says of a change that was proposed and approved."""
    by, approver = proposal.proposed_by_name[:NAMED], person.get_username()[:NAMED]
    return f"proposal {proposal.pk} of {by}, approved by {approver}"[:LONGEST_HOW]


def _title(record: Any, owner: Any) -> str:
    told = f"{record._meta.verbose_name} {record}"
    return f"{told} of {owner}" if owner is not None else told
