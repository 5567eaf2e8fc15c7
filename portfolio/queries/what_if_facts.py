"""Contributions and events as a what-if has them, for the same SQL that derives states from recorded ones."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from portfolio.queries.rollups import EnvelopeLine, Rollups, rollups_of
from portfolio.queries.states import Facts, states
from portfolio.rules.envelope_utilisation import NO_ENVELOPE_FUNDING

CONTRIBUTION_COLUMNS = "id, project_id, envelope_id, financier_id, instrument"
EVENT_COLUMNS = "id, contribution_id, kind, occurred_on, amount, amount_eur"


class SupposedContribution(NamedTuple):
    """A contribution that is not recorded: a negative number for it, and what it refers to by id."""

    id: int
    project_id: int
    envelope_id: int | None
    financier_id: int
    instrument: str


@dataclass(frozen=True, slots=True)
class SupposedEvent:
    """An event on the day of the what-if; it stands for a recorded one of its kind and day."""

    contribution_id: int
    project_id: int
    kind: str
    amount: Decimal | None
    amount_eur: Decimal | None


def supposed_facts(
    as_of: date, contributions: Collection[SupposedContribution], events: Collection[SupposedEvent]
) -> Facts:
    """Return the facts of the projects of these events: the recorded ones, with what is supposed put in."""
    projects = sorted({event.project_id for event in events})
    of_projects = f"project_id IN ({', '.join(['%s'] * len(projects))})"
    params: list[Any] = [*projects]
    for contribution in contributions:
        params.extend(contribution)
    params.extend([as_of, *projects, as_of])
    replaced = "FALSE"
    for event in events:
        replaced += " OR (contribution_id = %s AND kind = %s)"
        params.extend([event.contribution_id, event.kind])
    for number, event in enumerate(events, start=1):
        row = [-number, event.contribution_id, event.kind, as_of, _cents(event.amount)]
        params.extend([*row, _cents(event.amount_eur)])
    before = (
        f"WITH supposed_contributions({CONTRIBUTION_COLUMNS}) AS MATERIALIZED ("
        f"SELECT {CONTRIBUTION_COLUMNS} FROM portfolio_contribution WHERE {of_projects}"
        f"{_rows(5, len(contributions))}),"
        f" supposed_events({EVENT_COLUMNS}) AS MATERIALIZED ("
        f"SELECT {EVENT_COLUMNS} FROM portfolio_contributionevent WHERE occurred_on <= %s"
        f" AND contribution_id IN (SELECT id FROM portfolio_contribution WHERE {of_projects})"
        f" AND NOT (occurred_on = %s AND ({replaced}))"
        f"{_rows(6, len(events))}) "
    )
    return Facts("supposed_contributions", "supposed_events", before, params)


def _rows(columns: int, number: int) -> str:
    return f" UNION ALL SELECT {', '.join(['%s'] * columns)}" * number


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount.scaleb(2))


def supposed_rollups(
    as_of: date,
    recorded: Rollups,
    contributions: Collection[SupposedContribution],
    events: Collection[SupposedEvent],
) -> Rollups:
    """Return rollups in which the projects of these events have what is supposed instead of what is recorded.

    The projects' states are derived anew by the statement that derives recorded ones, and their part of each
    envelope's sums is replaced. The recorded rollups stay as they are.
    """
    if not events:
        return recorded
    touched = sorted({event.project_id for event in events})
    before = rollups_of(states(as_of, touched))[1] if recorded.lines is None else recorded.lines
    before = {key: line for key, line in before.items() if line.project_id in touched}
    projects, after = rollups_of(states(as_of, facts=supposed_facts(as_of, contributions, events)))
    rollups = Rollups(
        {id_: funding for id_, funding in recorded.projects.items() if id_ not in touched} | projects,
        dict(recorded.envelopes),
        _without(recorded, touched),
    )
    for envelope, project in {**before, **after}:
        rollups.envelopes[envelope] = rollups.envelopes.get(envelope, NO_ENVELOPE_FUNDING).changed(
            _funding(before, envelope, project), _funding(after, envelope, project)
        )
    rollups.add_counted(
        (envelope, project, line.counted_lines, line.counted_signed_eur.scaleb(2))
        for (envelope, project), line in after.items()
        if line.counted_lines
    )
    return rollups


def _without(recorded: Rollups, projects: Iterable[int]) -> Any:
    left_out = set(projects)
    kept = {
        envelope: [line for line in lines if line.project_id not in left_out]
        for envelope, lines in recorded.counted.items()
    }
    return defaultdict(list, kept)


def _funding(lines: dict[tuple[int, int], EnvelopeLine], envelope: int, project: int) -> Any:
    line = lines.get((envelope, project))
    return line.funding if line else NO_ENVELOPE_FUNDING
