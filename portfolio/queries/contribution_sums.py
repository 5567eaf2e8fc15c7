"""Sums of contributions by what most filters ask for, kept by project: an edit reads its projects alone.

An envelope, a financier, a single project, or those beyond the largest are asked for in SQL.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import add, sub
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries.contribution_filters import PAID_UNKNOWN, Filters, money_of, stages_kept
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.parts import Numbers, Ranking, Row, SumsByProject
from portfolio.queries.states import marks

AT_ONCE = 2_500
CHUNK = 5_000
MOST_SETS = 4  # rows by the hundred thousand take some 20 MB for each result set
Group = TypeVar("Group")


class Alike(NamedTuple):
    """What contributions have in common that filters tell apart; `paid` where anything is paid, or may be."""

    stage: str
    project_kind: str
    state: str
    guarantee: bool
    financier_kind: str
    instrument: str
    paid: bool


class Sums(NamedTuple):
    """What contributions add up to, in cents; of `unknown` and `paid_unknown` of them it is not known."""

    number: int
    euro: int
    unknown: int
    disbursed: int
    paid_unknown: int


def has_sums(filters: Filters) -> bool:
    """Whether sums of what the filters keep are kept by project."""
    parts = (filters.envelope, filters.financier, filters.project, filters.beyond, filters.beyond_financiers)
    return not any(parts)


def sums_by_state(results: ResultSet, filters: Filters) -> dict[tuple[str, bool], Sums]:
    """Return the sums of what the filters keep by state (empty: none yet), guarantees apart."""
    return _added(_SUMS.of(results), filters, lambda alike: (alike.state, alike.guarantee))


def sums_to(
    results: ResultSet, filters: Filters, projects: list[int], others: int
) -> dict[tuple[str, str, int], Sums]:
    """Return the sums of what the filters keep by kind of financier, instrument and project (database id).

    Projects that are not among those named stand together under `others`.
    """
    parts = _SUMS.parts(results)
    rest = _added(parts.total, filters, _leg)
    found: dict[tuple[str, str, int], Sums] = {}
    for project in projects:
        for leg, sums in _added(parts.of_project(project), filters, _leg).items():
            found[*leg, project] = sums
            rest[leg] = Sums(*map(sub, rest[leg], sums))
    return found | {(*leg, others): sums for leg, sums in rest.items() if sums.number}


def euro_by_project(results: ResultSet, filters: Filters) -> dict[int, int]:
    """Return the cents of what the filters keep by project (database id), of those that have any of it."""
    column = "disbursed" if filters.state == "disbursed" else "euro"
    ranking = Ranking(filters, _counts(filters), Sums._fields.index(column))
    return _SUMS.parts(results).ranked(ranking)


def _leg(alike: Alike) -> tuple[str, str]:
    return alike.financier_kind, alike.instrument


def _added(
    sums: Mapping[Any, Numbers], filters: Filters, group_of: Callable[[Alike], Group]
) -> dict[Group, Sums]:
    """Return the sums of what the filters keep by group, without groups of nothing."""
    counts = _counts(filters)
    found: dict[Group, Sums] = {}
    for key, numbers in sums.items():
        if numbers[0] and counts(key):
            group = group_of(key)
            before = found.get(group)
            found[group] = Sums(*numbers) if before is None else Sums(*map(add, before, numbers))
    return found


def _counts(filters: Filters) -> Callable[[Any], bool]:
    """Return whether the filters keep contributions that have a key in common, as `kept` says in SQL."""
    stages, these = stages_kept(filters)
    states, paid = frozenset(map(str, money_of(filters).states)), filters.state == "disbursed"

    def counts(alike: Alike) -> bool:
        return (
            (not stages or (alike.stage in stages) == these)
            and (not states or alike.state in states)
            and (not paid or alike.paid)
            and filters.kind in ("", alike.project_kind)
            and filters.financier_kind in ("", alike.financier_kind)
            and filters.instrument in ("", alike.instrument)
            and filters.guarantee in (None, alike.guarantee)
        )

    return counts


def _read(results: ResultSet, projects: list[int] | None) -> Iterator[Row]:
    """Yield a row for each contribution: of all projects, or of some (database ids)."""
    if projects is None:
        rows = ProjectCoverage.objects.filter(result_set=results).order_by("project_id")
        projects = list(rows.values_list("project_id", flat=True))
    for start in range(0, len(projects), AT_ONCE):  # a driver holds all rows of a statement in memory
        yield from _of_projects(results, projects[start : start + AT_ONCE])


def _of_projects(results: ResultSet, projects: list[int]) -> Iterator[Row]:
    states = states_behind(results, projects)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.project_id, p.stage, j.kind, s.state, s.guarantee, s.financier_kind, c.instrument,"
            f" s.amount_eur, s.disbursed_eur, CASE WHEN {PAID_UNKNOWN} THEN 1 ELSE 0 END"
            f" FROM ({states.sql}) AS s JOIN portfolio_projectcoverage AS p ON p.project_id = s.project_id"
            " JOIN portfolio_resultset AS r ON r.id = p.result_set_id"
            " JOIN portfolio_contribution AS c ON c.id = s.contribution_id"
            " JOIN portfolio_project AS j ON j.id = s.project_id"
            # Said of the rows, too: a planner without statistics of new results would look at all of them.
            f" WHERE r.id = %s AND p.project_id IN ({marks(projects)})",
            [*states.params, results.pk, *projects],
        )
        while rows := cursor.fetchmany(CHUNK):
            for project, stage, kind, state, guarantee, financier, instrument, euro, disbursed, lacks in rows:
                paid = disbursed != 0 or lacks == 1
                alike = Alike(stage, kind, state or "", bool(guarantee), financier, instrument, paid)
                unknown = int(euro is None and state is not None)
                yield project, alike, (1, euro or 0, unknown, int(disbursed), lacks)


_SUMS = SumsByProject(_read, most=MOST_SETS)
to_be_read_ahead(_SUMS.of)
