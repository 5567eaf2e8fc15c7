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


def ladder_case(column: str) -> str:
    """Return the SQL expression for the place of an event's kind in the ladder; 0 for a disbursement."""
    whens = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(LADDER, start=1))
    return f"CASE {column} {whens} ELSE 0 END"


def states(as_of: date, projects: Sequence[int] | None = None) -> Statement:
    """Return the SELECT of every contribution's state as of a day, in the order of STATE_COLUMNS.

    With `projects`, only of the contributions of those projects (database ids).
    """
    params: list[Any] = [as_of]
    only = ""
    if projects is not None:
        marks = ", ".join(["%s"] * len(projects))
        only = f"AND contribution_id IN (SELECT id FROM portfolio_contribution WHERE project_id IN ({marks}))"
        params.extend(projects)
    return Statement(_STATES.format(only=only), params)


_STATES = f"""
SELECT c.id, c.project_id, c.envelope_id, f.kind, c.instrument = '{Instrument.GUARANTEE}',
       s.state, s.decided_on,
       CASE WHEN s.state = '{EventKind.SIGNED}' THEN s.signed_on END,
       CASE WHEN s.state = '{EventKind.CANCELLED}' THEN 0 ELSE s.amount_eur END,
       COALESCE(s.disbursed_eur, 0),
       s.amount_unknown = 1 OR s.disbursed_amount_unknown = 1,
       s.no_rate = 1 OR s.disbursed_no_rate = 1
FROM (
    SELECT contribution_id,
           MAX(CASE WHEN n = 1 AND place > 0 THEN kind END) AS state,
           MAX(CASE WHEN n = 1 AND place > 0 THEN occurred_on END) AS decided_on,
           MAX(CASE WHEN n = 1 AND place > 0 THEN amount_eur END) AS amount_eur,
           MAX(CASE WHEN n = 1 AND place BETWEEN 1 AND 4 AND amount IS NULL
                    THEN 1 ELSE 0 END) AS amount_unknown,
           MAX(CASE WHEN n = 1 AND place BETWEEN 1 AND 4 AND amount IS NOT NULL AND amount_eur IS NULL
                    THEN 1 ELSE 0 END) AS no_rate,
           MIN(CASE WHEN place = 4 AND (last_cancelled_on IS NULL OR occurred_on > last_cancelled_on)
                    THEN occurred_on END) AS signed_on,
           SUM(CASE WHEN place = 0 THEN amount_eur END) AS disbursed_eur,
           MAX(CASE WHEN place = 0 AND amount IS NULL THEN 1 ELSE 0 END) AS disbursed_amount_unknown,
           MAX(CASE WHEN place = 0 AND amount IS NOT NULL AND amount_eur IS NULL
                    THEN 1 ELSE 0 END) AS disbursed_no_rate
    FROM (
        SELECT contribution_id, kind, occurred_on, amount, amount_eur, place,
               ROW_NUMBER() OVER (
                   PARTITION BY contribution_id
                   ORDER BY CASE WHEN place = 0 THEN 1 ELSE 0 END, occurred_on DESC, place DESC
               ) AS n,
               MAX(CASE WHEN place = 5 THEN occurred_on END) OVER (
                   PARTITION BY contribution_id
               ) AS last_cancelled_on
        FROM (
            SELECT contribution_id, kind, occurred_on, amount, amount_eur, {ladder_case("kind")} AS place
            FROM portfolio_contributionevent
            WHERE occurred_on <= %s {{only}}
        ) AS placed
    ) AS ranked
    GROUP BY contribution_id
) AS s
JOIN portfolio_contribution AS c ON c.id = s.contribution_id
JOIN portfolio_financier AS f ON f.id = c.financier_id
"""
