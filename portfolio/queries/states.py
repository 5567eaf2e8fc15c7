"""Contribution states as of a day, set-based: one row a contribution (rule 2).

The SQL is the same for SQLite and PostgreSQL. Python never sees the events.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from portfolio.models import ContributionState
from portfolio.vocabulary import EventKind, Instrument

STATE_COLUMNS = tuple(str(field.column) for field in ContributionState._meta.concrete_fields)

# The later in the ladder decides on one day; a disbursement never decides.
LADDER = (
    EventKind.ANNOUNCED,
    EventKind.UNDER_APPRAISAL,
    EventKind.APPROVED,
    EventKind.SIGNED,
    EventKind.CANCELLED,
)


class Statement(NamedTuple):
    """SQL and its parameters."""

    sql: str
    params: list[Any]


class Facts(NamedTuple):
    """Where states are derived from: the tables of contributions and events, or what stands in for them.

    `before` is the WITH clause that names what stands in, with its parameters.
    """

    contributions: str
    events: str
    before: str
    params: list[Any]


RECORDED = Facts("portfolio_contribution", "portfolio_contributionevent", "", [])


def ladder_case(column: str) -> str:
    """Return the SQL expression for the place of an event's kind in the ladder; 0 for a disbursement."""
    whens = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(LADDER, start=1))
    return f"CASE {column} {whens} ELSE 0 END"


def states(
    as_of: date,
    projects: Sequence[int] | None = None,
    envelope: int | None = None,
    facts: Facts = RECORDED,
) -> Statement:
    """Return the SELECT of every contribution's state as of a day, in the order of STATE_COLUMNS.

    With `projects`, only of the contributions of those projects (database ids); with `envelope`, of those of
    that envelope; with `facts`, from those instead of the recorded ones.
    """
    only, chosen = "", list[Any]()
    if projects is not None:
        marks = ", ".join(["%s"] * len(projects))
        only = f"AND contribution_id IN (SELECT id FROM {facts.contributions} WHERE project_id IN ({marks}))"
        chosen = list(projects)
    if envelope is not None:
        only += f" AND contribution_id IN (SELECT id FROM {facts.contributions} WHERE envelope_id = %s)"
        chosen.append(envelope)
    sql = _STATES.format(only=only, contributions=facts.contributions, events=facts.events)
    return Statement(facts.before + sql, [*facts.params, as_of, as_of, *chosen])


# One pass over the events. The deciding event is the greatest of "day, place in the ladder, id" as text: the
# day has ten characters and the place one, and day and place are unique among the events that can decide.
# Only a contribution that was cancelled and signed again needs a second look for the day it was signed on.
_STATES = f"""
SELECT c.id, c.project_id, c.envelope_id, f.kind, c.instrument = '{Instrument.GUARANTEE}',
       d.kind, d.occurred_on,
       CASE WHEN d.kind <> '{EventKind.SIGNED}' THEN NULL
            WHEN s.last_cancelled_on IS NULL THEN s.first_signed_on
            ELSE (SELECT MIN(e.occurred_on) FROM {{events}} AS e
                  WHERE e.contribution_id = c.id AND e.kind = '{EventKind.SIGNED}'
                    AND e.occurred_on > s.last_cancelled_on AND e.occurred_on <= %s) END,
       CASE WHEN d.kind = '{EventKind.CANCELLED}' THEN 0 ELSE d.amount_eur END,
       COALESCE(s.disbursed_eur, 0),
       s.paid_unknown = 1 OR COALESCE(d.kind <> '{EventKind.CANCELLED}' AND d.amount IS NULL, FALSE),
       s.paid_no_rate = 1 OR COALESCE(d.kind <> '{EventKind.CANCELLED}' AND d.amount IS NOT NULL
                                      AND d.amount_eur IS NULL, FALSE)
FROM (
    SELECT contribution_id,
           MAX(CASE WHEN kind <> '{EventKind.DISBURSED}'
                    THEN CAST(occurred_on AS text) || {ladder_case("kind")} || id END) AS decisive,
           MIN(CASE WHEN kind = '{EventKind.SIGNED}' THEN occurred_on END) AS first_signed_on,
           MAX(CASE WHEN kind = '{EventKind.CANCELLED}' THEN occurred_on END) AS last_cancelled_on,
           SUM(CASE WHEN kind = '{EventKind.DISBURSED}' THEN amount_eur END) AS disbursed_eur,
           MAX(CASE WHEN kind = '{EventKind.DISBURSED}' AND amount IS NULL THEN 1 ELSE 0 END) AS paid_unknown,
           MAX(CASE WHEN kind = '{EventKind.DISBURSED}' AND amount IS NOT NULL AND amount_eur IS NULL
                    THEN 1 ELSE 0 END) AS paid_no_rate
    FROM {{events}}
    WHERE occurred_on <= %s {{only}}
    GROUP BY contribution_id
) AS s
JOIN {{contributions}} AS c ON c.id = s.contribution_id
JOIN portfolio_financier AS f ON f.id = c.financier_id
LEFT JOIN {{events}} AS d ON d.id = CAST(SUBSTR(s.decisive, 12) AS bigint)
"""
