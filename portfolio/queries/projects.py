"""Stages and needs of projects as of a day (rules 0 and 4)."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

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
    return dict(stage_rows(as_of, projects))


def stage_rows(as_of: date, projects: Collection[int] | None = None) -> QuerySet[Any]:
    """Return the read of `stages`, in pairs."""
    newest = Window(
        RowNumber(),
        partition_by=F("project_id"),
        order_by=[F("reached_on").desc(), STAGE_PLACE.desc()],
    )
    dated = _of(ProjectStage.objects.filter(reached_on__lte=as_of), projects)
    return dated.annotate(n=newest).filter(n=1).order_by().values_list("project_id", "stage")


def needs(as_of: date, projects: Collection[int] | None = None) -> dict[int, Need]:
    """Return the need of each project that has a cost estimate, by id (rule 4); of some, or of all."""
    return {project: need_of_row(euro) for project, euro in need_rows(as_of, projects)}


def need_of_row(euro: Decimal | None) -> Need:
    """Return the need that an estimate of some euro value gives; None: no rate is known."""
    return Need(None, Reason.NO_EXCHANGE_RATE) if euro is None else Need(euro)


def need_rows(as_of: date, projects: Collection[int] | None = None) -> QuerySet[Any]:
    """Return the read of `needs`: projects with the euro value of their newest estimate."""
    newest = Window(RowNumber(), partition_by=F("project_id"), order_by=F("estimated_on").desc())
    dated = _of(CostEstimate.objects.filter(estimated_on__lte=as_of), projects)
    return dated.annotate(n=newest).filter(n=1).order_by().values_list("project_id", "amount_eur")


def projects_by_key() -> list[tuple[int, str, str]]:
    """Return id, slug and kind of every project, by slug in code point order."""
    return sorted(Project.objects.order_by().values_list("id", "slug", "kind"), key=lambda row: row[1])
