"""Reads behind the pages of proposals: which wait, which concern a record, and what they would change."""

from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from portfolio.models import Proposal, ReviewThreshold
from portfolio.queries.snapshot import once_a_snapshot
from portfolio.vocabulary import ProposalStatus

MOST_SHOWN = 20


@once_a_snapshot
def open_count() -> int:
    """Return how many proposals wait for a second person."""
    return Proposal.objects.filter(status=ProposalStatus.OPEN).count()


def proposals(status: str) -> QuerySet[Proposal]:
    """Return proposals of a status, or all, the newest first."""
    found = Proposal.objects.select_related("taken").order_by("-id")
    return found.filter(status=status) if status in ProposalStatus.values else found


def open_about(record: models.Model) -> list[Proposal]:
    """Return the proposals that wait and concern a record, or a row of its form."""
    label = record._meta.label_lower
    own, rows = Q(model=label, fact=record.pk), Q(owner_model=label, owner=record.pk)
    found = Proposal.objects.filter(status=ProposalStatus.OPEN).filter(own | rows)
    return list(found.order_by("-id")[:MOST_SHOWN])


def needs_second_person() -> bool:
    """Whether there is a threshold above which edits wait for a second person."""
    return ReviewThreshold.objects.filter(value_eur__gt=0).exists()


def proposal_of(pk: int) -> Proposal | None:
    """Return a proposal with the import that it may be about."""
    return Proposal.objects.select_related("taken").filter(pk=pk).first()


def values_of(field: Any, texts: dict[str, Any]) -> Any:
    """Return the stored value that the texts of a proposal have for a field; None for none."""
    text = texts.get(field.name)
    target = field.target_field if field.is_relation else field
    return None if text is None else target.to_python(text)
