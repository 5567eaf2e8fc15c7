"""Reads of the page of one envelope."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.db import connection

from portfolio.models import Contribution, ContributionState, Envelope, EnvelopeUtilisation, ResultSet
from portfolio.queries.contribution_states import read_states, states_behind
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.states import marks


def envelope_row(results: ResultSet, slug: str) -> EnvelopeUtilisation | None:
    """Return the published row of an envelope; None for an unknown slug."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results, envelope__slug=slug)
    return rows.select_related("envelope__programme", "envelope__parent", "envelope__source").first()


@dataclass(frozen=True, slots=True)
class EnvelopeLine:
    """A contribution of an envelope with its state as of the day of the results, if it has one."""

    contribution: Contribution
    state: ContributionState | None


@dataclass(frozen=True, slots=True)
class _Ordered:
    """The contributions of an envelope by database id, the largest first, unknown ones last."""

    results: ResultSet
    envelope: int

    def held(self) -> HeldList:
        """Return how many there are and the first of them, known from before an edit."""
        return held_list(self.results, ("contributions", self.envelope), 1, self._part)

    def part(self, start: int, stop: int) -> list[int]:
        held = self.held()
        placed = held.first
        if held.until is not None and stop > len(placed):
            placed = self._read(None)
        return [term.row for term in placed[start:stop]]

    def _part(self, projects: list[int] | None) -> Part:
        placed = self._read(projects)
        numbers = Counter(term.project for term in placed)
        return Part([(project, (number,)) for project, number in numbers.items()], placed[:MOST_KEPT])

    def _read(self, projects: list[int] | None) -> list[Placed]:
        """Return all of them, or those of some projects (database ids), in their order."""
        states = states_behind(self.results, projects, self.envelope)
        some = "" if projects is None else f" AND project_id IN ({marks(projects)})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT s.project_id, s.contribution_id, s.amount_eur FROM ({states.sql}) AS s",
                states.params,
            )
            placed = [
                Placed((0, euro is None, -int(euro or 0), id_), project, id_)
                for project, id_, euro in cursor.fetchall()
            ]
            # Only what has no state is looked up among the events, of which there are many.
            cursor.execute(
                "SELECT d.project_id, d.id FROM"
                f" (SELECT project_id, id FROM portfolio_contribution WHERE envelope_id = %s{some}"
                f" EXCEPT SELECT s.project_id, s.contribution_id FROM ({states.sql}) AS s) AS d"
                " WHERE NOT EXISTS"
                " (SELECT 1 FROM portfolio_contributionevent AS e WHERE e.contribution_id = d.id)",
                [self.envelope, *(projects or ()), *states.params],
            )
            placed += [Placed((1, True, 0, id_), project, id_) for project, id_ in cursor.fetchall()]
        return sorted(placed)


class EnvelopeLines(Sequence[EnvelopeLine]):
    """The contributions of an envelope as of the day of some results, the largest first, for a paginator.

    Those of which nothing is recorded but later events are left out: on that day nobody knew of them.
    """

    def __init__(self, results: ResultSet, envelope: Envelope) -> None:
        self._results = results
        self._ordered = _Ordered(results, envelope.pk)

    def __len__(self) -> int:
        return self._ordered.held().total[0]

    @overload
    def __getitem__(self, part: int) -> EnvelopeLine: ...
    @overload
    def __getitem__(self, part: slice) -> list[EnvelopeLine]: ...
    def __getitem__(self, part: int | slice) -> EnvelopeLine | list[EnvelopeLine]:
        if isinstance(part, int):
            return self._lines(self._ordered.part(part, part + 1))[0]
        start, stop, _ = part.indices(len(self))
        return self._lines(self._ordered.part(start, stop))

    def _lines(self, ids: Sequence[int]) -> list[EnvelopeLine]:
        chosen = Contribution.objects.select_related("project", "financier", "source").in_bulk(list(ids))
        projects = sorted({contribution.project_id for contribution in chosen.values()})
        states = {
            state.contribution_id: state for state in read_states(states_behind(self._results, projects))
        }
        return [EnvelopeLine(chosen[id_], states.get(id_)) for id_ in ids]
