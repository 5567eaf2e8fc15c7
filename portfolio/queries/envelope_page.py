"""Reads of the page of one envelope."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.db import connection

from portfolio.models import Contribution, ContributionState, Envelope, EnvelopeUtilisation, ResultSet
from portfolio.queries.contribution_states import read_states, states_behind
from portfolio.queries.remembered import remembered_of_results


def envelope_row(results: ResultSet, slug: str) -> EnvelopeUtilisation | None:
    """Return the published row of an envelope; None for an unknown slug."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results, envelope__slug=slug)
    return rows.select_related("envelope__programme", "envelope__parent", "envelope__source").first()


@dataclass(frozen=True, slots=True)
class EnvelopeLine:
    """A contribution of an envelope with its state as of the day of the results, if it has one."""

    contribution: Contribution
    state: ContributionState | None


@remembered_of_results
def _ordered(results: ResultSet, envelope: int) -> Sequence[int]:
    """Return the contributions of an envelope (database ids), the largest first, unknown ones last."""
    states = states_behind(results, envelope=envelope)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.contribution_id FROM ({states.sql}) AS s"
            " ORDER BY s.amount_eur DESC NULLS LAST, s.contribution_id",
            states.params,
        )
        ordered = array("q", (id_ for (id_,) in cursor.fetchall()))
        # Only what has no state is looked up among the events, of which there are many.
        cursor.execute(
            "SELECT d.id FROM (SELECT id FROM portfolio_contribution WHERE envelope_id = %s"
            f" EXCEPT SELECT s.contribution_id FROM ({states.sql}) AS s) AS d WHERE NOT EXISTS"
            " (SELECT 1 FROM portfolio_contributionevent AS e WHERE e.contribution_id = d.id) ORDER BY d.id",
            [envelope, *states.params],
        )
        ordered.extend(id_ for (id_,) in cursor.fetchall())
    return ordered


class EnvelopeLines(Sequence[EnvelopeLine]):
    """The contributions of an envelope as of the day of some results, the largest first, for a paginator.

    Those of which nothing is recorded but later events are left out: on that day nobody knew of them.
    """

    def __init__(self, results: ResultSet, envelope: Envelope) -> None:
        self._results = results
        self._ids = _ordered(results, envelope.pk)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, part: int) -> EnvelopeLine: ...
    @overload
    def __getitem__(self, part: slice) -> list[EnvelopeLine]: ...
    def __getitem__(self, part: int | slice) -> EnvelopeLine | list[EnvelopeLine]:
        if isinstance(part, int):
            return self._lines(self._ids[part : part + 1])[0]
        return self._lines(self._ids[part])

    def _lines(self, ids: Sequence[int]) -> list[EnvelopeLine]:
        chosen = Contribution.objects.select_related("project", "financier", "source").in_bulk(list(ids))
        projects = sorted({contribution.project_id for contribution in chosen.values()})
        states = {
            state.contribution_id: state for state in read_states(states_behind(self._results, projects))
        }
        return [EnvelopeLine(chosen[id_], states.get(id_)) for id_ in ids]
