"""Chips of selected projects weighed by speed, as of the day of a result set."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q, Sum

from portfolio.models import ChipDeployment, ProjectCoverage, ResultSet
from portfolio.queries.chips import existing, reference_tflops, status_as_of
from portfolio.rules.existing_claim import MILLIONTHS, Speeds
from portfolio.vocabulary import SELECTED_STAGES, DeploymentStatus, ProjectKind

PRESENT = (DeploymentStatus.INSTALLED, DeploymentStatus.OPERATIONAL)


class _Systems(NamedTuple):
    """Systems of one project and one speed: their number, how many have known chips, and these chips."""

    tflops: Decimal | None
    systems: int
    known: int
    chips: int


def reference_speed() -> int | None:
    """Return the speed of the reference chip, in millionths of a TFLOP/s; None where unknown."""
    speed = reference_tflops()
    return int(speed * MILLIONTHS) if speed else None


def selected_speeds(results: ResultSet) -> dict[str, Speeds]:
    """Return the weighed chips of selected projects by kind: of AI factories, only what is there today."""
    selected = ProjectCoverage.objects.filter(result_set=results, stage__in=SELECTED_STAGES)
    rows = (
        ChipDeployment.objects.filter(
            existing(results.as_of), project__in=selected.order_by().values("project")
        )
        .annotate(status=status_as_of(results.as_of))
        .filter(Q(project__kind=ProjectKind.AI_GIGAFACTORY) | Q(status__in=PRESENT))
        .order_by()
        .values_list("project__kind", "project_id", "chip_model__bf16_dense_tflops")
        .annotate(systems=Count("id"), known=Count("chips"), total=Sum("chips"))
    )
    projects: dict[str, dict[int, list[_Systems]]] = defaultdict(lambda: defaultdict(list))
    for kind, project, tflops, systems, known, chips in rows:
        projects[kind][project].append(_Systems(tflops, systems, known, int(chips or 0)))
    return {
        # an AI factory without any chips is no existing one (rule 10)
        kind: _speeds(projects[kind].values(), zero_counts=kind == ProjectKind.AI_GIGAFACTORY)
        for kind in ProjectKind
    }


def _speeds(projects: Iterable[list[_Systems]], *, zero_counts: bool) -> Speeds:
    known, unknown, at_least = [], 0, False
    for systems in projects:
        weight = _weight(systems)
        if weight is None:
            unknown += 1
        elif weight or zero_counts:
            known.append(weight)
            at_least = at_least or any(part.known < part.systems for part in systems)
    return Speeds(known, unknown, at_least)


def _weight(systems: list[_Systems]) -> int | None:
    """Return chips x speed; None without a known number, or where one that counts has no known speed."""
    counted = [part for part in systems if part.known]
    if not counted:
        return None
    weight = 0
    for part in counted:
        if part.tflops is None:
            return None
        weight += part.chips * int(part.tflops * MILLIONTHS)
    return weight
