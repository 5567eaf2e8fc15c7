"""Removing many facts of a kind at once: as the write door removes one, with history in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from portfolio.jobs.bundle_format import FILES
from portfolio.jobs.bundle_writing import Author, remove_rows
from portfolio.jobs.exchange_rates import refresh_euro_values
from portfolio.jobs.facts import FactRefused, delete_fact, earliest, touched_projects
from portfolio.jobs.locks import hold_facts
from portfolio.jobs.places import check_places, lock_limit
from portfolio.jobs.requests import request_recompute
from portfolio.models import (
    Contribution,
    ContributionEvent,
    ExchangeRate,
    Project,
    ProjectStage,
    PublishedFigure,
)
from portfolio.queries.references import obstacles

TAKES_PLACES = (ProjectStage, Project, PublishedFigure)


def delete_facts(facts: Sequence[models.Model], person: User, how: str) -> date | None:
    """Remove facts of one kind, all or none; raise FactRefused where a reference or a rule is in the way.

    Return the first date whose results that can change; None where no day dates one of them.
    """
    if not facts:
        return None
    model: Any = type(facts[0])
    file = next((file for file in FILES if file.model is model), None)
    with transaction.atomic():
        hold_facts(alone=True)
        if file is None:
            days = [delete_fact(fact, how) for fact in facts]
            return None if None in days else min(day for day in days if day is not None)
        ids = [fact.pk for fact in facts]
        if standing := obstacles(model, ids):
            shown = "; ".join(map(str, standing))
            raise FactRefused(f"Nothing was deleted: {shown} refer to what is selected. Remove those first.")
        figure = lock_limit() if model in TAKES_PLACES else None
        touched, since = _touched(facts), earliest(facts)
        remove_rows(file, ", ".join(str(int(pk)) for pk in ids), Author(how, person.pk))
        if model is ExchangeRate:
            refresh_euro_values({fact.currency for fact in facts if isinstance(fact, ExchangeRate)})
        if figure is not None:
            check_places(lock_limit())
        request_recompute(touched, f"deleted {len(ids)} {model._meta.verbose_name_plural}", since)
    return since


def _touched(facts: Sequence[models.Model]) -> set[int] | None:
    """Return the projects whose figures the facts bear on; None where it may be any."""
    if isinstance(facts[0], ContributionEvent):
        contributions = {fact.contribution_id for fact in facts if isinstance(fact, ContributionEvent)}
        found = Contribution.objects.filter(pk__in=contributions).order_by()
        return set(found.values_list("project_id", flat=True))
    if isinstance(facts[0], Project):
        return None
    found_projects: set[int] = set()
    for fact in facts:
        touched = touched_projects(fact)
        if touched is None:
            return None
        found_projects |= touched
    return found_projects
