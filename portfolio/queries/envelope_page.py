"""Reads of the page of one envelope."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.db import connection

from portfolio.models import (
    Contribution,
    ContributionState,
    Envelope,
    EnvelopeUtilisation,
    PublishedFigure,
    ResultSet,
)
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.derived_tables import rows_of
from portfolio.queries.envelope_tree import Branch, tree_of, tree_rows
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.pages import published_figures
from portfolio.queries.series import Months, envelope_series
from portfolio.queries.states import marks
from portfolio.queries.together import read_together


def envelope_row(results: ResultSet, slug: str) -> EnvelopeUtilisation | None:
    """Return the published row of an envelope; None for an unknown slug."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results, envelope__slug=slug)
    return rows.select_related("envelope__programme", "envelope__parent", "envelope__source").first()


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page shows beside the row of an envelope: its time series, its tree, and the published figures
    of its programme that other sources read differently."""

    series: list[EnvelopeUtilisation]
    tree: Branch
    figures: list[PublishedFigure]


def beside(results: ResultSet, months: Months, envelope: Envelope) -> Beside:
    """Return what stands beside an envelope's row; two statements."""
    series, tree, figures = read_together(
        envelope_series(results, months, envelope), tree_rows(), published_figures(envelope.programme)
    )
    return Beside(series, tree_of(envelope, tree), figures)


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

    def part(self, start: int, stop: int) -> list[Placed]:
        held = self.held()
        placed = held.first
        if held.until is not None and stop > len(placed):
            placed = self._read(None)
        return placed[start:stop]

    def _part(self, projects: list[int] | None) -> Part:
        placed = self._read(projects)
        numbers = Counter(term.project for term in placed)
        return Part([(project, (number,)) for project, number in numbers.items()], placed[:MOST_KEPT])

    def _read(self, projects: list[int] | None) -> list[Placed]:
        """Return all of them, or those of some projects (database ids), in their order."""
        states = states_behind(self.results, projects, self.envelope)
        some = "" if projects is None else f" AND project_id IN ({marks(projects)})"
        with connection.cursor() as cursor:
            # Only what has no state is looked up among the events, of which there are many.
            cursor.execute(
                "WITH known(project_id, contribution_id, amount_eur) AS MATERIALIZED"
                f" (SELECT s.project_id, s.contribution_id, s.amount_eur FROM ({states.sql}) AS s)"
                " SELECT 0, project_id, contribution_id, amount_eur FROM known"
                " UNION ALL SELECT 1, d.project_id, d.id, NULL FROM"
                f" (SELECT project_id, id FROM portfolio_contribution WHERE envelope_id = %s{some}"
                " EXCEPT SELECT project_id, contribution_id FROM known) AS d"
                " WHERE NOT EXISTS"
                " (SELECT 1 FROM portfolio_contributionevent AS e WHERE e.contribution_id = d.id)",
                [*states.params, self.envelope, *(projects or ())],
            )
            rows = cursor.fetchall()
        return sorted(
            Placed((stateless, euro is None, -int(euro or 0), id_), project, id_)
            for stateless, project, id_, euro in rows
        )


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

    def _lines(self, terms: Sequence[Placed]) -> list[EnvelopeLine]:
        ids = [term.row for term in terms]
        projects = sorted({term.project for term in terms})
        contributions, states = read_together(
            Contribution.objects.filter(pk__in=ids)
            .select_related("project", "financier", "source")
            .order_by(),
            rows_of(ContributionState, states_behind(self._results, projects, contributions=ids)),
        )
        chosen = {contribution.pk: contribution for contribution in contributions}
        state_of = {state.contribution_id: state for state in states}
        return [EnvelopeLine(chosen[id_], state_of.get(id_)) for id_ in ids]
