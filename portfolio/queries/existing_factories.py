"""The existing AI factories (rule 10): selected ones with chips installed or operational, kept by project."""

from django.db.models import F, QuerySet

from portfolio.models import ChipComparison, ResultSet
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.ordering import by_code_point
from portfolio.queries.parts import touched_rows
from portfolio.rules.chip_comparison import Baseline
from portfolio.vocabulary import SELECTED_STAGES, ProjectKind


def existing_chips(results: ResultSet, most: int) -> list[ChipComparison]:
    """Return the largest existing AI factories, MOST_KEPT at most, by chips installed or operational."""
    return [term.row for term in _held(results).first[:most]]


def existing_baseline(results: ResultSet) -> Baseline:
    """Return what the chips of existing AI factories come to."""
    return Baseline.of(present for (present,) in _held(results).numbers.values())


def existing_rows(results: ResultSet) -> QuerySet[ChipComparison]:
    """Return the published rows of existing AI factories, the largest first."""
    rows = ChipComparison.objects.filter(
        result_set=results, kind=ProjectKind.AI_FACTORY, stage__in=SELECTED_STAGES
    ).annotate(present=F("installed_chips") + F("operational_chips"))
    return rows.filter(present__gt=0).order_by("-present", by_code_point("project__slug"))


def _present(row: ChipComparison) -> int:
    return row.installed_chips + row.operational_chips


def _held(results: ResultSet) -> HeldList:
    def read(projects: list[int] | None) -> Part:
        rows = existing_rows(results).select_related("project")
        found = list(rows if projects is None else rows.filter(project__in=projects))
        numbers = [(row.project_id, (_present(row),)) for row in found]
        first = [Placed((-_present(row), row.project.slug), row.project_id, row) for row in found[:MOST_KEPT]]
        return Part(numbers, first)

    return held_list(results, "existing_factories", 1, read, touched_rows)


to_be_read_ahead(_held)
