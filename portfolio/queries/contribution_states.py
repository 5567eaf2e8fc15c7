"""Contribution states as of the day of some results: stored for the newest day, derived for others."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from portfolio.models import ContributionState, ResultSet
from portfolio.queries.results import published_set
from portfolio.queries.states import STATE_COLUMNS, Statement, marks, states


class OfADay(Protocol):
    """Results, or what else is of one day."""

    @property
    def as_of(self) -> date: ...


def is_newest(results: OfADay) -> bool:
    """Whether these are the newest results: the stored states are those of their day."""
    newest = published_set()
    return newest is None or newest.as_of <= results.as_of


def states_behind(
    results: ResultSet,
    projects: Sequence[int] | None = None,
    envelope: int | None = None,
    contributions: Sequence[int] | None = None,
) -> Statement:
    """Return the SELECT of the states behind some results, with the columns STATE_COLUMNS.

    Of all contributions, of those of some projects (database ids), or of those of an envelope; or of some.
    """
    names = ", ".join(STATE_COLUMNS)
    if not is_newest(results):
        some = None if contributions is None else ", ".join(str(int(id_)) for id_ in contributions) or "NULL"
        statement = states(results.as_of, projects, envelope, contributions=some)
        return Statement(f"WITH s({names}) AS ({statement.sql}) SELECT * FROM s", statement.params)
    conditions, params = ["TRUE"], list[Any]()
    if projects is not None:
        conditions.append(f"project_id IN ({marks(projects)})")
        params.extend(projects)
    if envelope is not None:
        conditions.append("envelope_id = %s")
        params.append(envelope)
    if contributions is not None:
        conditions.append(f"contribution_id IN ({marks(contributions)})")
        params.extend(contributions)
    table = ContributionState._meta.db_table
    return Statement(f"SELECT {names} FROM {table} WHERE {' AND '.join(conditions)}", params)


def read_states(statement: Statement) -> Iterable[ContributionState]:
    """Return the rows of a SELECT of states as models, which are not to be saved."""
    return ContributionState.objects.raw(statement.sql, statement.params)
