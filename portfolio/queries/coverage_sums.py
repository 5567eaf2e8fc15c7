"""Sums of published project rows for the feet of lists and the lead of the overview."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import add
from typing import NamedTuple

from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.parts import Key, Ranking, Row, SumsByProject
from portfolio.rules.left_out import left_out
from portfolio.rules.money import decimal_of
from portfolio.vocabulary import ENDED_STAGES, SELECTED_STAGES, ProjectKind


@dataclass(frozen=True, slots=True)
class SelectedFunding:
    """Selected projects: what is secured of the known needs, and what stands outside that ratio."""

    need_eur: Decimal
    secured_eur: Decimal
    secured_without_need_eur: Decimal
    without_need: int


class Counted(NamedTuple):
    """How many projects there are, how many run, and how many of those lack a need or may be selected yet."""

    all: int
    running: int
    without_need: int
    candidates: int


class _Alike(NamedTuple):
    """What tells the projects apart that are counted and added up together."""

    kind: str
    stage: str
    needed: bool
    incomplete: str

    @property
    def selected(self) -> bool:
        return self.stage in SELECTED_STAGES

    @property
    def runs(self) -> bool:
        return self.stage not in ENDED_STAGES


def selected_funding(results: ResultSet) -> SelectedFunding:
    """Return need and secured money of selected projects with a need, and apart of those without."""
    needed, others = [0, 0, 0], [0, 0, 0]
    for key, numbers in _SUMS.of(results).items():
        group = _Alike._make(key)
        if group.selected:
            sums = needed if group.needed else others
            sums[:] = map(add, sums, numbers)
    need, secured, without = (decimal_of(cents, 2) for cents in (needed[1], needed[2], others[2]))
    return SelectedFunding(need, secured, without, others[0])


def projects_counted(results: ResultSet) -> Counted:
    """Return how many projects there are, and of what kind."""
    found = [(_Alike._make(key), numbers[0]) for key, numbers in _SUMS.of(results).items()]
    running = [(group, number) for group, number in found if group.runs]
    return Counted(
        sum(number for _, number in found),
        sum(number for _, number in running),
        sum(number for group, number in running if not group.needed),
        sum(
            number
            for group, number in running
            if group.kind == ProjectKind.AI_GIGAFACTORY and not group.selected
        ),
    )


def left_out_of(results: ResultSet) -> dict[str, str]:
    """Return the reasons for which the portfolio's sums leave something out, by scope."""
    groups = (_Alike._make(key) for key, numbers in _SUMS.of(results).items() if numbers[0])
    return left_out((group.stage, group.incomplete) for group in groups)


def selected_gigafactories(results: ResultSet) -> list[int]:
    """Return the database ids of the selected AI gigafactories."""
    ranked = Ranking("gigafactories", _is_selected_gigafactory, 0)
    return sorted(_SUMS.parts(results).ranked(ranked))


def _is_selected_gigafactory(key: Key) -> bool:
    group = _Alike._make(key)
    return group.selected and group.kind == ProjectKind.AI_GIGAFACTORY


def _read(results: ResultSet, projects: list[int] | None) -> Iterator[Row]:
    """Yield a row for each project, of all or of some (database ids): one, its need and what is secured."""
    rows = ProjectCoverage.objects.filter(result_set=results).order_by()
    if projects is not None:
        rows = rows.filter(project__in=projects)
    columns = ("project_id", "project__kind", "stage", "need_eur", "secured_eur", "incomplete")
    for project, kind, stage, need, secured, incomplete in rows.values_list(*columns):
        alike = _Alike(kind, stage, need is not None, incomplete)
        yield project, alike, (1, int((need or 0) * 100), int(secured * 100))


_SUMS = SumsByProject(_read)
to_be_read_ahead(_SUMS.of)
