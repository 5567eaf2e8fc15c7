"""Stages and needs of projects as of a day (rules 0 and 4)."""

from collections.abc import Collection
from datetime import date
from typing import TypeVar

from django.db.models import Case, F, Model, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from portfolio.models import CostEstimate, Project, ProjectStage
from portfolio.rules.project_coverage import Need
from portfolio.vocabulary import Reason, Stage

Row = TypeVar("Row", bound=Model)

STAGE_PLACE = Case(*(When(stage=stage, then=Value(place)) for place, stage in enumerate(Stage)))


def _of(rows: QuerySet[Row], projects: Collection[int] | None) -> QuerySet[Row]:
    return rows if projects is None else rows.filter(project__in=projects)


def stages(as_of: date, projects: Collection[int] | None = None) -> dict[int, str]:
    """Return the stage of each project that has one, by project id (rule 0); of some projects, or of all."""
    newest = Window(
        RowNumber(),
        partition_by=F("project_id"),
        order_by=[F("reached_on").desc(), STAGE_PLACE.desc()],
    )
    dated = _of(ProjectStage.objects.filter(reached_on__lte=as_of), projects)
    rows = dated.annotate(n=newest).filter(n=1)
    return dict(rows.order_by().values_list("project_id", "stage"))


def needs(as_of: date, projects: Collection[int] | None = None) -> dict[int, Need]:
    """Return the need of each project that has a cost estimate, by id (rule 4); of some, or of all."""
    newest = Window(RowNumber(), partition_by=F("project_id"), order_by=F("estimated_on").desc())
    dated = _of(CostEstimate.objects.filter(estimated_on__lte=as_of), projects)
    rows = dated.annotate(n=newest).filter(n=1)
    return {
        project_id: Need(euro) if euro is not None else Need(None, Reason.NO_EXCHANGE_RATE)
        for project_id, euro in rows.order_by().values_list("project_id", "amount_eur")
    }


def projects_by_key() -> list[tuple[int, str, str]]:
    """Return id, slug and kind of every project, by slug in code point order."""
    return sorted(Project.objects.order_by().values_list("id", "slug", "kind"), key=lambda row: row[1])
