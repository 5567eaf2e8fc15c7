"""Chips of selected projects weighed by speed, as of the day of a result set."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q, Sum

from portfolio.models import ChipDeployment, ProjectCoverage, ResultSet
from portfolio.queries.chips import existing, reference_tflops, status_as_of
from portfolio.queries.explanations.held_lists import Part, held_list
from portfolio.rules.existing_claim import MILLIONTHS, Speeds
from portfolio.vocabulary import SELECTED_STAGES, DeploymentStatus, ProjectKind

PRESENT = (DeploymentStatus.INSTALLED, DeploymentStatus.OPERATIONAL)


class _Systems(NamedTuple):
    """Systems of one project and one speed: their number, how many have known chips, and these chips."""

    tflops: Decimal | None
    systems: int
    known: int
    chips: int


class _Weighed(NamedTuple):
    """Chips x speed of one project: whether that is known, and whether it lacks systems of unknown number."""

    gigafactory: int
    known: int
    weight: int
    at_least: int


def reference_speed() -> int | None:
    """Return the speed of the reference chip, in millionths of a TFLOP/s; None where unknown."""
    speed = reference_tflops()
    return int(speed * MILLIONTHS) if speed else None


def selected_speeds(results: ResultSet) -> dict[str, Speeds]:
    """Return the weighed chips of selected projects by kind: of AI factories, only what is there today."""
    weighed = held_list(results, "speeds", len(_Weighed._fields), lambda some: _read(results, some))
    projects = [_Weighed._make(numbers) for numbers in weighed.numbers.values()]
    return {
        # an AI factory without any chips is no existing one (rule 10)
        kind: _speeds((one for one in projects if one.gigafactory == gigafactory), zero_counts=gigafactory)
        for kind in ProjectKind
        for gigafactory in (kind == ProjectKind.AI_GIGAFACTORY,)
    }


def _read(results: ResultSet, some: list[int] | None) -> Part:
    """Return what each selected project's chips weigh, of all or of some (database ids)."""
    selected = ProjectCoverage.objects.filter(result_set=results, stage__in=SELECTED_STAGES).order_by()
    if some is not None:
        selected = selected.filter(project__in=some)
    rows = (
        ChipDeployment.objects.filter(existing(results.as_of), project__in=selected.values("project"))
        .annotate(status=status_as_of(results.as_of))
        .filter(Q(project__kind=ProjectKind.AI_GIGAFACTORY) | Q(status__in=PRESENT))
        .order_by()
        .values_list("project__kind", "project_id", "chip_model__bf16_dense_tflops")
        .annotate(systems=Count("id"), known=Count("chips"), total=Sum("chips"))
    )
    projects: dict[tuple[int, str], list[_Systems]] = defaultdict(list)
    for kind, project, tflops, systems, known, chips in rows:
        projects[project, kind].append(_Systems(tflops, systems, known, int(chips or 0)))
    return Part(
        [
            (project, _weighed(kind == ProjectKind.AI_GIGAFACTORY, systems))
            for (project, kind), systems in projects.items()
        ],
        [],
    )


def _weighed(gigafactory: bool, systems: list[_Systems]) -> _Weighed:
    weight = _weight(systems)
    at_least = any(part.known < part.systems for part in systems)
    return _Weighed(int(gigafactory), int(weight is not None), weight or 0, int(at_least))


def _speeds(projects: Iterable[_Weighed], *, zero_counts: bool) -> Speeds:
    known, unknown, at_least = [], 0, False
    for project in projects:
        if not project.known:
            unknown += 1
        elif project.weight or zero_counts:
            known.append(project.weight)
            at_least = at_least or bool(project.at_least)
    return Speeds(sorted(known), unknown, at_least)


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
