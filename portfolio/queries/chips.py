"""Chip deployments as of a day, and the published claims they are held against (rules 9 and 10)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce

from portfolio.models import ChipDeployment, ChipModel, PublishedFigure
from portfolio.rules.chip_comparison import ChipClaims, CountedChips, ProjectChips
from portfolio.vocabulary import REFERENCE_CHIP, DeploymentStatus, FigureKey

# The bounds of the numbers that a sum adds up, by project id and status.
Bounds = dict[int, dict[str, set[str]]]

FURTHEST_FIRST = tuple(reversed(DeploymentStatus))


def existing(as_of: date) -> Q:
    """Return the condition of a deployment that exists as of a day: of some status, and not retired."""
    reached = Q()
    for status in FURTHEST_FIRST:
        reached |= Q(**{f"{status}_on__lte": as_of})
    return reached & (Q(retired_on=None) | Q(retired_on__gt=as_of))


def status_as_of(as_of: date) -> Case:
    """Return the expression for a deployment's furthest status as of a day; dates may be out of order."""
    return Case(*(When(**{f"{status}_on__lte": as_of}, then=Value(str(status))) for status in FURTHEST_FIRST))


def project_chips(as_of: date, projects: Collection[int] | None = None) -> dict[int, ProjectChips]:
    """Return the chips of each project that has deployments, by project id, summed by status and model.

    Of some projects (database ids), or of all.
    """
    return project_chips_of(project_chip_rows(as_of, projects))


def project_chip_rows(as_of: date, projects: Collection[int] | None = None) -> QuerySet[Any]:
    """Return the read of `project_chips`."""
    deployments = ChipDeployment.objects.filter(existing(as_of))
    if projects is not None:
        deployments = deployments.filter(project__in=projects)
    # A sum of whole numbers is none on PostgreSQL until it is said so.
    total = Cast(Coalesce(Sum("chips"), 0), BigIntegerField())
    return (
        deployments.annotate(status=status_as_of(as_of))
        .order_by()
        .values_list("project_id", "status", "chip_model__bf16_dense_tflops")
        .annotate(known=Count("chips"), deployments=Count("id"), total=total)
    )


def project_chips_of(rows: Iterable[Any]) -> dict[int, ProjectChips]:
    """Return the chips of each project from the rows of `project_chip_rows`."""
    found: dict[int, ProjectChips] = defaultdict(ProjectChips)
    for project_id, status, tflops, known, number, total in rows:
        chips = found[project_id]
        if known:
            chips.counted.append(CountedChips(status, total, tflops))
        if known < number:
            chips.count_unknown = True
    return found


def chip_bounds(as_of: date, projects: Collection[int]) -> Bounds:
    """Return which bounds the numbers have that the rows of some projects add up, by project and status."""
    return bounds_of(bound_rows(as_of, projects))


def bound_rows(as_of: date, projects: Collection[int]) -> QuerySet[Any]:
    """Return the read of `chip_bounds`: project, status and bound."""
    rows = ChipDeployment.objects.filter(existing(as_of), project__in=projects, chips__isnull=False)
    rows = rows.annotate(status=status_as_of(as_of)).order_by()
    return rows.values_list("project_id", "status", "bound").distinct()


def bounds_of(rows: Iterable[tuple[int, str, str]]) -> Bounds:
    """Return what `bound_rows` gives, by project and status."""
    found: Bounds = {}
    for project_id, status, bound in rows:
        found.setdefault(project_id, {}).setdefault(status, set()).add(bound)
    return found


def reference_tflops() -> Decimal | None:
    """Return the dense BF16 speed of the chip that equivalents are counted in; None where unknown."""
    return reference_rows().first()


def reference_rows() -> QuerySet[Any]:
    """Return the read of `reference_tflops`, one row at most."""
    models = ChipModel.objects.filter(slug=REFERENCE_CHIP).order_by()
    return models.values_list("bf16_dense_tflops", flat=True)


def figure_values() -> dict[str, Decimal | None]:
    """Return the values of the published figures that rules read, by key; absent ones are absent."""
    return dict(figure_value_rows())


def figure_value_rows() -> QuerySet[Any]:
    """Return the read of `figure_values`, in pairs."""
    return PublishedFigure.objects.filter(key__in=FigureKey.values).order_by().values_list("key", "value")


def claims(figures: dict[str, Decimal | None]) -> ChipClaims:
    """Return the published claims about chips from `figure_values`."""
    return ChipClaims(
        chips_per_gigafactory=figures.get(FigureKey.CHIPS_PER_GIGAFACTORY),
        chips_vs_existing=figures.get(FigureKey.CHIPS_VS_EXISTING),
    )
