"""Approving, rejecting and withdrawing what was proposed: only an approved change is made."""

from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.jobs.locks import hold_facts
from portfolio.jobs.proposals import ProposalRefused, both_names, close, model_of, put_texts
from portfolio.jobs.restoring import RestoreRefused, checked
from portfolio.jobs.spreadsheets.imports import apply_approved, back_to_preview
from portfolio.models import Proposal
from portfolio.queries.versions import version_of
from portfolio.vocabulary import ProposalStatus, ProposedAction

DECIDES = "portfolio.decide_proposal"
VERBS = {ProposedAction.ADD: "add", ProposedAction.CHANGE: "change", ProposedAction.DELETE: "delete"}


def may_decide(proposal: Proposal, person: Any) -> bool:
    """Whether somebody may approve or reject a proposal: who may make the change, and did not propose it."""
    if not person.has_perm(DECIDES) or proposal.proposed_by_id == person.pk:
        return False
    if proposal.action == ProposedAction.IMPORT:
        taken = proposal.taken
        uploaded = taken is not None and taken.created_by_id == person.pk
        return not uploaded and bool(person.has_perm("portfolio.add_contribution"))
    app, _, name = proposal.model.partition(".")
    return bool(person.has_perm(f"{app}.{VERBS[ProposedAction(proposal.action)]}_{name}"))


def approve(pk: int, person: User, reason: str, seen: str) -> Proposal:
    """Make a proposed change; `seen` is the version of the record that the approver was shown.

    Raise ProposalRefused where the record was changed since, or the write door or a check refuses it.
    """
    with transaction.atomic():
        hold_facts(alone=True)
        proposal = _held(pk, person, reason)
        if proposal.action == ProposedAction.IMPORT:
            if proposal.taken is None:
                raise ProposalRefused("The import was discarded: reject the proposal.")
            apply_approved(proposal.taken, person)
        else:
            _make(proposal, person, seen)
        close(proposal, ProposalStatus.APPROVED, person, reason.strip())
    return proposal


def reject(pk: int, person: User, reason: str) -> Proposal:
    """Leave the record as it is; an import can be previewed and asked for again."""
    with transaction.atomic():
        proposal = _held(pk, person, reason)
        if proposal.taken is not None:
            back_to_preview(proposal.taken, f"{person.get_username()} rejected it: {reason.strip()}")
        close(proposal, ProposalStatus.REJECTED, person, reason.strip())
    return proposal


def withdraw(pk: int, person: User) -> Proposal:
    """Take back what oneself proposed."""
    with transaction.atomic():
        proposal = _open(pk)
        if proposal.proposed_by_id != person.pk:
            raise ProposalRefused("Only who proposed it can withdraw it.")
        if proposal.taken is not None:
            back_to_preview(proposal.taken, "The proposal was withdrawn.")
        close(proposal, ProposalStatus.WITHDRAWN, person, "")
    return proposal


def current(proposal: Proposal) -> Any:
    """Return the record that a proposal is about as it is now; None for a new or a deleted one."""
    if not proposal.model or proposal.fact is None:
        return None
    return model_of(proposal)._default_manager.filter(pk=proposal.fact).first()


def seen_version(proposal: Proposal) -> str:
    """Return the version that the record of a proposal has now; empty for a new one, or an import."""
    if not proposal.model or proposal.fact is None:
        return ""
    return version_of(model_of(proposal)(pk=proposal.fact))


def _held(pk: int, person: User, reason: str) -> Proposal:
    proposal = _open(pk)
    if proposal.proposed_by_id == person.pk:
        raise ProposalRefused("You proposed it: somebody else has to decide.")
    if not may_decide(proposal, person):
        raise ProposalRefused("Your role may not make this change, so it cannot decide about it.")
    if not reason.strip():
        raise ProposalRefused("Give a reason: it is kept with the decision.")
    return proposal


def _open(pk: int) -> Proposal:
    proposal = Proposal.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if proposal is None:
        raise ProposalRefused(f"There is no proposal {pk}.")
    if proposal.status != ProposalStatus.OPEN:
        by = proposal.decided_by_name or "somebody"
        raise ProposalRefused(f"It was {proposal.get_status_display().lower()} by {by} already.")
    return proposal


def _make(proposal: Proposal, person: User, seen: str) -> None:
    if seen_version(proposal) != seen:
        raise ProposalRefused("The record was changed meanwhile: look at it as it is now, and decide again.")
    record = current(proposal)
    if record is None and proposal.action != ProposedAction.ADD:
        raise ProposalRefused("The record was deleted meanwhile: reject the proposal.")
    how = both_names(proposal, person)
    try:
        if proposal.action == ProposedAction.DELETE:
            record._history_user = person
            delete_fact(record, how)
            return
        changed: models.Model = put_texts(record or model_of(proposal)(), proposal.new)
        checked(changed)
        changed._history_user = person  # type: ignore[attr-defined]
        save_fact(changed, how)
    except (FactRefused, RestoreRefused) as refused:
        raise ProposalRefused(str(refused)) from refused
