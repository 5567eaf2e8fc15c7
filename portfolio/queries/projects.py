"""Stages and needs of projects as of a day (rules 0 and 4)."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Case, F, Value, When, Window
from django.db.models.functions import RowNumber

from portfolio.models import CostEstimate, Project, ProjectStage
from portfolio.rules.project_coverage import Need
from portfolio.vocabulary import ProjectKind, Reason, Stage

STAGE_PLACE = Case(*(When(stage=stage, then=Value(place)) for place, stage in enumerate(Stage)))


def stages(as_of: date) -> dict[int, str]:
    """Return the stage of each project that has one, by project id (rule 0)."""
    newest = Window(
        RowNumber(),
        partition_by=F("project_id"),
        order_by=[F("reached_on").desc(), STAGE_PLACE.desc()],
    )
    rows = ProjectStage.objects.filter(reached_on__lte=as_of).annotate(n=newest).filter(n=1)
    return dict(rows.order_by().values_list("project_id", "stage"))


def needs(as_of: date) -> dict[int, Need]:
    """Return the need of each project that has a cost estimate, by project id (rule 4)."""
    newest = Window(RowNumber(), partition_by=F("project_id"), order_by=F("estimated_on").desc())
    rows = CostEstimate.objects.filter(estimated_on__lte=as_of).annotate(n=newest).filter(n=1)
    return {
        project_id: Need(euro) if euro is not None else Need(None, Reason.NO_EXCHANGE_RATE)
        for project_id, euro in rows.order_by().values_list("project_id", "amount_eur")
    }


def gigafactory_stages() -> Iterator[tuple[int, date, str]]:
    """Yield every stage of every gigafactory: project id, day and stage, day by day (rule 11)."""
    rows = (
        ProjectStage.objects.filter(project__kind=ProjectKind.AI_GIGAFACTORY)
        .annotate(place=STAGE_PLACE)
        .order_by("reached_on", "place")
    )
    return rows.values_list("project_id", "reached_on", "stage").iterator()


def projects_by_key() -> list[tuple[int, str, str]]:
    """Return id, slug and kind of every project, by slug in code point order."""
    return sorted(Project.objects.order_by().values_list("id", "slug", "kind"), key=lambda row: row[1])
