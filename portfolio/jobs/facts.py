"""The one door through which single facts are written and deleted.

It derives euro values, keeps the places of gigafactories, and leaves a request to recompute what the fact
touches, all in one transaction. Bundles have their own set-based writer with the same duties.
"""

from collections.abc import Iterable
from datetime import date

from django.db import models, transaction
from django.db.models import ProtectedError

from portfolio.jobs.exchange_rates import Rates, TooLarge, refresh_euro_values
from portfolio.jobs.fact_kinds import kind_of
from portfolio.jobs.locks import hold_facts
from portfolio.jobs.places import FactRefused, check_places, lock_limit
from portfolio.jobs.requests import request_recompute
from portfolio.models import (
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
from portfolio.queries.references import obstacles
from portfolio.rules.dates import today
from portfolio.vocabulary import FigureKey

__all__ = ["FactRefused", "delete_fact", "save_fact"]


def save_fact(fact: models.Model, how: str) -> date | None:
    """Record a fact, new or changed; `how` goes into its history. Raise FactRefused with a sentence.

    Return the first date whose results it can change; None where no day dates it.
    """
    with transaction.atomic():
        hold_facts(alone=_bears_on_other_facts(fact))
        figure = lock_limit() if _may_take_places(fact) else None
        before = _recorded(fact)
        touched = touched_projects(fact)
        if before is not None:
            touched = _both(touched, touched_projects(before))
        if isinstance(before, Project) and isinstance(fact, Project) and fact.kind != before.kind:
            touched = None
        _refuse_what_rules_refuse(fact)
        _derive(fact)
        fact._change_reason = how  # type: ignore[attr-defined]
        fact.save()
        _after_write(fact, before, figure)
        since = earliest([fact] if before is None else [fact, before])
        request_recompute(touched, _told(fact), since)
    return since


def delete_fact(fact: models.Model, how: str) -> date | None:
    """Remove a fact; raise FactRefused where others refer to it or a rule stands in the way.

    Return the first date whose results that can change; None where no day dates it.
    """
    pk = fact.pk
    try:
        with transaction.atomic():
            _delete(fact, how)
    except FactRefused:
        fact.pk = pk  # the row is still there, and Django has taken the key off the object
        raise
    return earliest([fact])


def _told(fact: models.Model) -> str:
    """Return what the list of waiting changes, which all readers see, says of a fact."""
    kind = str(fact._meta.verbose_name)
    return kind if kind_of(fact) else f"{kind} {fact}"


def _delete(fact: models.Model, how: str) -> None:
    hold_facts(alone=_bears_on_other_facts(fact))
    figure = lock_limit() if _may_take_places(fact) else None
    touched = touched_projects(fact)
    described, told = f"{fact._meta.verbose_name} {fact}", _told(fact)
    _refuse_while_referred_to(fact, described)
    fact._change_reason = how  # type: ignore[attr-defined]
    try:
        fact.delete()
    except ProtectedError:  # somebody has just come to refer to it
        _refuse_while_referred_to(fact, described)
        raise
    if isinstance(fact, ExchangeRate):
        _refresh_euro_values([fact.currency])
    if figure is not None:
        check_places(lock_limit())
    if isinstance(fact, Project):
        touched = None
    request_recompute(touched, f"deleted {told}", earliest([fact]))


def _refuse_while_referred_to(fact: models.Model, described: str) -> None:
    if standing := obstacles(type(fact), [fact.pk]):
        shown = "; ".join(map(str, standing))
        raise FactRefused(f"{described} cannot be deleted: {shown} refer to it. Remove those first.")


def earliest(facts: Iterable[models.Model]) -> date | None:
    """Return the first date whose results these states of a fact can bear on; None where it may be any."""
    days: list[date] = []
    for fact in facts:
        kind = kind_of(fact)
        if kind is not None:
            since = kind.since(fact)
            if since is None:
                return None
            days.append(since)
        elif isinstance(fact, ContributionEvent):
            days.append(fact.occurred_on)
        elif isinstance(fact, CostEstimate):
            days.append(fact.estimated_on)
        elif isinstance(fact, ProjectStage):
            days.append(fact.reached_on)
        elif isinstance(fact, ExchangeRate):
            days.append(fact.date)
        else:
            return None
    return min(days)


def _bears_on_other_facts(fact: models.Model) -> bool:
    """Whether other edits must wait: they and this one decide together what may stand or is derived."""
    return (
        isinstance(fact, ExchangeRate | Envelope)
        or (isinstance(fact, Contribution) and not fact._state.adding)
        or (isinstance(fact, PublishedFigure) and _may_take_places(fact))
    )


def _may_take_places(fact: models.Model) -> bool:
    return isinstance(fact, ProjectStage | Project) or (
        isinstance(fact, PublishedFigure) and fact.key == FigureKey.GIGAFACTORY_LIMIT
    )


def _recorded(fact: models.Model) -> models.Model | None:
    return None if fact._state.adding else type(fact)._default_manager.filter(pk=fact.pk).first()


def _both(one: set[int] | None, other: set[int] | None) -> set[int] | None:
    return None if one is None or other is None else one | other


def touched_projects(fact: models.Model) -> set[int] | None:
    """Return the projects whose own figures a fact can change; None where it may be any of them."""
    kind = kind_of(fact)
    if kind is not None:
        return kind.touched(fact)
    if isinstance(fact, ProjectStage | CostEstimate | Contribution | Milestone):
        return {fact.project_id}
    if isinstance(fact, ContributionEvent):
        return set(Contribution.objects.filter(pk=fact.contribution_id).values_list("project_id", flat=True))
    if isinstance(fact, Project) and not fact._state.adding:
        return {fact.pk}
    if isinstance(fact, Financier) and not fact._state.adding:
        return set(fact.contributions.order_by().values_list("project_id", flat=True).distinct())
    return set() if isinstance(fact, Financier) else None


def _refuse_what_rules_refuse(fact: models.Model) -> None:
    kind = kind_of(fact)
    if kind is not None:
        kind.refuse(fact)
    if isinstance(fact, Envelope) and not fact._state.adding:
        parents = dict(Envelope.objects.values_list("pk", "parent"))
        above = fact.parent_id
        while above is not None and above != fact.pk:
            above = parents.pop(above, None)
        if above is not None:
            raise FactRefused(
                f"“{fact}” cannot be contained in “{fact.parent}”: the envelopes would contain each other"
                " in a circle. Choose an envelope outside it, or none."
            )
    if isinstance(fact, PublishedFigure) and fact.key == FigureKey.GIGAFACTORY_LIMIT:
        limit = fact.value
        if limit is not None and (limit != limit.to_integral_value() or limit < 0):
            raise FactRefused(
                f"“{limit}” is not a number of gigafactories. Use a whole number, zero or more."
            )
    if isinstance(fact, ExchangeRate):
        _refuse_rate(fact)


def _refuse_rate(rate: ExchangeRate) -> None:
    """Raise FactRefused for a rate that the ECB cannot have published, or that stands already."""
    latest = today()
    if rate.date > latest:
        raise FactRefused(
            f"The rate of {rate.currency} for {rate.date} is in the future: today in Brussels is {latest}."
            " Record a rate once the European Central Bank has published it."
        )
    if rate.per_euro <= 0:
        raise FactRefused(
            f"The rate of {rate.currency} for {rate.date}, {rate.per_euro}, is zero or below."
            " Give units of the currency for one euro."
        )
    other = ExchangeRate.objects.filter(currency=rate.currency, date=rate.date).exclude(pk=rate.pk).first()
    if other is not None:
        raise FactRefused(f"{rate.doubled} It is {other.per_euro} for one euro.")


def _derive(fact: models.Model) -> None:
    if isinstance(fact, ContributionEvent):
        currency = Contribution.objects.values_list("currency", flat=True).get(pk=fact.contribution_id)
        on = fact.occurred_on
    elif isinstance(fact, CostEstimate):
        currency, on = fact.currency, fact.estimated_on
    else:
        return
    try:
        fact.amount_eur, fact.rate_on = Rates([currency]).euro_value(fact.amount, currency, on)
    except TooLarge as error:
        raise FactRefused(f"{error}.") from error


def _refresh_euro_values(currencies: Iterable[str] | None = None, contribution: int | None = None) -> None:
    try:
        refresh_euro_values(currencies, contribution)
    except TooLarge as error:
        raise FactRefused(f"{error}.") from error


def _after_write(fact: models.Model, before: models.Model | None, figure: PublishedFigure | None) -> None:
    if isinstance(fact, ExchangeRate):
        currencies = {fact.currency}
        if isinstance(before, ExchangeRate):
            currencies.add(before.currency)
        _refresh_euro_values(currencies)
    elif (
        isinstance(fact, Contribution)
        and isinstance(before, Contribution)
        and fact.currency != before.currency
    ):
        _refresh_euro_values(contribution=fact.pk)
    if isinstance(fact, PublishedFigure) and _may_take_places(fact):
        figure = lock_limit()
    if figure is not None:
        check_places(figure)
