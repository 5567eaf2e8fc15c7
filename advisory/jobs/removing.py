"""Deleting from the pages of advice: through the write door, and never what somebody changed meanwhile."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import models, transaction

from advisory.jobs.assessing import refuse_if_edited
from advisory.jobs.edits import HOW, edited_meanwhile, lock_row, version_of
from advisory.models import ReadinessAssessment
from portfolio.jobs.facts import FactRefused, delete_fact
from portfolio.queries.references import obstacles, told_to


def remove(fact: models.Model, version: str, person: User, fields: Iterable[str]) -> None:
    """Delete a fact; raise EditedMeanwhile where it is not the `version` seen, FactRefused with a sentence.

    What refers to it stays in the way. Of kinds that the person may not see the sentence names none.
    """
    with transaction.atomic():
        lock_row(fact)
        if version_of(fact) != version:
            raise edited_meanwhile(fact, version, fields)
        _delete(fact, person)


def remove_assessment(assessment: ReadinessAssessment, version: str, person: User) -> None:
    """Delete an assessment with its scores, all or nothing; raise as `remove` does."""
    with transaction.atomic():
        refuse_if_edited(assessment, version)
        for score in assessment.scores.order_by("criterion__key"):
            _delete(score, person)
        _delete(assessment, person)


def _delete(fact: models.Model, person: User) -> None:
    fact._history_user = person  # type: ignore[attr-defined]
    try:
        delete_fact(fact, HOW)
    except FactRefused as error:
        standing = obstacles(type(fact), [fact.pk])
        if not standing:
            raise
        refused = f"It cannot be deleted: {told_to(person, standing)} refer to it. Remove those first."
        raise FactRefused(refused) from error
