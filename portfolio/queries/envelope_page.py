"""Reads of the page of one envelope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.db import connection

from portfolio.models import Contribution, ContributionState, Envelope, EnvelopeUtilisation, ResultSet
from portfolio.queries.contribution_states import read_states, states_behind
from portfolio.queries.states import Statement


def envelope_row(results: ResultSet, slug: str) -> EnvelopeUtilisation | None:
    """Return the published row of an envelope; None for an unknown slug."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results, envelope__slug=slug)
    return rows.select_related("envelope__programme", "envelope__parent", "envelope__source").first()


@dataclass(frozen=True, slots=True)
class EnvelopeLine:
    """A contribution of an envelope with its state as of the day of the results, if it has one."""

    contribution: Contribution
    state: ContributionState | None


class EnvelopeLines(Sequence[EnvelopeLine]):
    """The contributions of an envelope as of the day of some results, the largest first, for a paginator.

    Those of which nothing is recorded but later events are left out: on that day nobody knew of them.
    """

    def __init__(self, results: ResultSet, envelope: Envelope) -> None:
        self._states = states_behind(results, envelope=envelope.pk)
        self._where = (
            f"FROM portfolio_contribution AS c LEFT JOIN ({self._states.sql}) AS s"
            " ON s.contribution_id = c.id"
            " WHERE c.envelope_id = %s AND (s.contribution_id IS NOT NULL OR NOT EXISTS"
            " (SELECT 1 FROM portfolio_contributionevent AS e WHERE e.contribution_id = c.id))"
        )
        self._params = [*self._states.params, envelope.pk]

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) {self._where}", self._params)
            return int(cursor.fetchone()[0])

    @overload
    def __getitem__(self, part: int) -> EnvelopeLine: ...
    @overload
    def __getitem__(self, part: slice) -> list[EnvelopeLine]: ...
    def __getitem__(self, part: int | slice) -> EnvelopeLine | list[EnvelopeLine]:
        if isinstance(part, int):
            return self._lines(part, part + 1)[0]
        return self._lines(part.start or 0, part.stop)

    def _lines(self, start: int, stop: int) -> list[EnvelopeLine]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT c.id {self._where} ORDER BY s.amount_eur DESC NULLS LAST, c.reference, c.id"
                " LIMIT %s OFFSET %s",
                [*self._params, stop - start, start],
            )
            ids = [row[0] for row in cursor.fetchall()]
        chosen = Contribution.objects.select_related("project", "financier", "source").in_bulk(ids)
        states = self._states_of(ids)
        return [EnvelopeLine(chosen[id_], states.get(id_)) for id_ in ids]

    def _states_of(self, ids: list[int]) -> dict[int, ContributionState]:
        if not ids:
            return {}
        marks = ", ".join(["%s"] * len(ids))
        statement = Statement(
            f"SELECT * FROM ({self._states.sql}) AS s WHERE contribution_id IN ({marks})",
            [*self._states.params, *ids],
        )
        return {state.contribution_id: state for state in read_states(statement)}
