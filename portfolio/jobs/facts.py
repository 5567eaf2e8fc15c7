"""The one door through which single facts are written and deleted.

It derives euro values, keeps the places of gigafactories, and leaves a request to recompute what the fact
touches, all in one transaction. Bundles have their own set-based writer with the same duties.
"""

from django.db import models, transaction
from django.db.models import ProtectedError

from portfolio.jobs.exchange_rates import Rates, TooLarge, refresh_euro_values
from portfolio.jobs.places import FactRefused, check_places, lock_limit
from portfolio.jobs.requests import request_recompute
from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Financier,
    Milestone,
    Project,
    ProjectStage,
    PublishedFigure,
)
from portfolio.vocabulary import FigureKey

__all__ = ["FactRefused", "delete_fact", "save_fact"]


def save_fact(fact: models.Model, how: str) -> None:
    """Record a fact, new or changed; `how` goes into its history. Raise FactRefused with a sentence."""
    with transaction.atomic():
        figure = lock_limit() if _may_take_places(fact) else None
        touched = _touched_projects(fact)
        before = _recorded(fact)
        if before is not None:
            touched = _both(touched, _touched_projects(before))
        _refuse_what_rules_refuse(fact)
        _derive(fact)
        fact._change_reason = how  # type: ignore[attr-defined]
        fact.save()
        if touched is not None and isinstance(fact, Project):
            touched = {fact.pk}
        _after_write(fact, before, figure)
        request_recompute(touched, f"{fact._meta.verbose_name} {fact}")


def delete_fact(fact: models.Model, how: str) -> None:
    """Remove a fact; raise FactRefused where others refer to it or a rule stands in the way."""
    with transaction.atomic():
        figure = lock_limit() if _may_take_places(fact) else None
        touched = _touched_projects(fact)
        described = f"{fact._meta.verbose_name} {fact}"
        fact._change_reason = how  # type: ignore[attr-defined]
        try:
            fact.delete()
        except ProtectedError as error:
            others = sorted({f"{other._meta.verbose_name} “{other}”" for other in error.protected_objects})
            shown = ", ".join(others[:10]) + (f" and {len(others) - 10} more" if len(others) > 10 else "")
            raise FactRefused(
                f"{described} cannot be deleted: {shown} refer to it. Remove those first."
            ) from error
        if isinstance(fact, ExchangeRate):
            refresh_euro_values([fact.currency])
        if figure is not None:
            check_places(lock_limit())
        if isinstance(fact, Project):
            touched = None
        request_recompute(touched, f"deleted {described}")


def _may_take_places(fact: models.Model) -> bool:
    return isinstance(fact, ProjectStage | Project) or (
        isinstance(fact, PublishedFigure) and fact.key == FigureKey.GIGAFACTORY_LIMIT
    )


def _recorded(fact: models.Model) -> models.Model | None:
    return None if fact._state.adding else type(fact)._default_manager.filter(pk=fact.pk).first()


def _both(one: set[int] | None, other: set[int] | None) -> set[int] | None:
    return None if one is None or other is None else one | other


def _touched_projects(fact: models.Model) -> set[int] | None:
    """Return the projects whose own figures a fact can change; None where it may be any of them."""
    if isinstance(fact, ProjectStage | CostEstimate | Contribution | Milestone):
        return {fact.project_id}
    if isinstance(fact, ContributionEvent):
        return {fact.contribution.project_id}
    if isinstance(fact, Project) and not fact._state.adding:
        return {fact.pk}
    if isinstance(fact, Financier) and not fact._state.adding:
        return set(fact.contributions.order_by().values_list("project_id", flat=True).distinct())
    if isinstance(fact, Envelope | ExchangeRate | PublishedFigure | ChipDeployment):
        return None
    return set() if isinstance(fact, Financier) else None


def _refuse_what_rules_refuse(fact: models.Model) -> None:
    if isinstance(fact, Envelope):
        seen = {fact.pk}
        parent = fact.parent
        while parent is not None:
            if parent.pk in seen:
                raise FactRefused(
                    f"“{fact}” cannot be contained in “{fact.parent}”: the envelopes would contain each other"
                    " in a circle. Choose an envelope outside it, or none."
                )
            seen.add(parent.pk)
            parent = parent.parent
    if isinstance(fact, PublishedFigure) and fact.key == FigureKey.GIGAFACTORY_LIMIT:
        limit = fact.value
        if limit is not None and (limit != limit.to_integral_value() or limit < 0):
            raise FactRefused(
                f"“{limit}” is not a number of gigafactories. Use a whole number, zero or more."
            )


def _derive(fact: models.Model) -> None:
    try:
        if isinstance(fact, ContributionEvent):
            currency = fact.contribution.currency
            value = Rates([currency]).euro_value(fact.amount, currency, fact.occurred_on)
            fact.amount_eur, fact.rate_on = value
        elif isinstance(fact, CostEstimate):
            value = Rates([fact.currency]).euro_value(fact.amount, fact.currency, fact.estimated_on)
            fact.amount_eur, fact.rate_on = value
    except TooLarge as error:
        raise FactRefused(f"{error}.") from error


def _currency_changed(fact: Contribution, before: models.Model | None) -> bool:
    return isinstance(before, Contribution) and fact.currency != before.currency


def _after_write(fact: models.Model, before: models.Model | None, figure: PublishedFigure | None) -> None:
    try:
        if isinstance(fact, ExchangeRate):
            currencies = {fact.currency}
            if isinstance(before, ExchangeRate):
                currencies.add(before.currency)
            refresh_euro_values(currencies)
        elif isinstance(fact, Contribution) and _currency_changed(fact, before):
            refresh_euro_values(contribution=fact.pk)
    except TooLarge as error:
        raise FactRefused(f"{error}.") from error
    if isinstance(fact, PublishedFigure) and _may_take_places(fact):
        figure = lock_limit()
    if figure is not None:
        check_places(figure)
