"""What lists of projects are narrowed and ordered by beside the columns of their results."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf

from portfolio.models import Alert
from portfolio.queries.alert_list import end_of
from portfolio.queries.alert_readers import visible
from portfolio.queries.ordering import by_code_point
from portfolio.vocabulary import FundingState, Stage

NO_STAGE = "none"


def funding_state() -> Case:
    """Return whether a project has a gap, is fully funded, or has no known need."""
    return Case(
        When(gap_eur=None, then=Value(FundingState.NEED_UNKNOWN.value)),
        When(gap_eur__gt=0, then=Value(FundingState.GAP.value)),
        default=Value(FundingState.FULLY_FUNDED.value),
        output_field=CharField(),
    )


def stage_or_none() -> Case:
    """Return the stage of a project, and a word where it has none."""
    return Case(When(stage="", then=Value(NO_STAGE)), default=F("stage"), output_field=CharField())


def stage_place() -> Case:
    """Return the place of a project's stage in the order of rule 0; nothing where it has none."""
    places = [When(stage=stage.value, then=Value(place)) for place, stage in enumerate(Stage)]
    return Case(*places, output_field=IntegerField())


def text_or_none(path: str) -> NullIf:
    """Return a text as it is ordered by code points; nothing where it is empty."""
    return NullIf(by_code_point(path), Value(""), output_field=TextField())


def _alerts(as_of: date) -> QuerySet[Alert]:
    """Return the alerts of projects that were not resolved at the end of a day, or are not now.

    Those that need a right are left out for everybody: a list is the same for all to whom it is sent.
    """
    end = end_of(as_of)
    rows = Alert.objects.filter(visible(frozenset()), project__isnull=False).order_by()
    if end is None:
        return rows.filter(resolved_at=None)
    return rows.filter(Q(resolved_at=None) | Q(resolved_at__gte=end), first_seen_at__lt=end)


def has_alerts(as_of: date) -> Q:
    """Return the condition of the projects with an alert that is not resolved."""
    return Q(project__in=_alerts(as_of).values("project"))


def alerted_projects(as_of: date, projects: Collection[int] | None) -> set[int | None]:
    """Return which of some projects (database ids), or of all, have an alert that is not resolved."""
    rows = _alerts(as_of)
    if projects is not None:
        rows = rows.filter(project__in=projects)
    return set(rows.values_list("project_id", flat=True).distinct())


def open_alerts(as_of: date) -> Any:
    """Return how many alerts of a project are not resolved."""
    found = _alerts(as_of).filter(project=OuterRef("project_id")).values("project")
    number = found.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), Value(0), output_field=IntegerField())
