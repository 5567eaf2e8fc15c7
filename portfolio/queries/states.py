"""Contribution states as of a day, set-based: one row a contribution (rule 2).

The SQL is the same for SQLite and PostgreSQL. Python never sees the events.
"""

from collections.abc import Mapping, Sequence
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


def marks(chosen: Sequence[int]) -> str:
    """Return the placeholders of a list in SQL: a list of nothing has to be a NULL for PostgreSQL."""
    return ", ".join(["%s"] * len(chosen)) or "NULL"


def states(
    as_of: date,
    projects: Sequence[int] | None = None,
    envelope: int | None = None,
    facts: Facts = RECORDED,
    contributions: str | None = None,
) -> Statement:
    """Return the SELECT of every contribution's state as of a day, in the order of STATE_COLUMNS.

    With `projects`, only of the contributions of those projects (database ids); with `envelope`, of those of
    that envelope; with `contributions`, of those that a SELECT gives the ids of; with `facts`, from those
    instead of the recorded ones.
    """
    only, chosen = "", list[Any]()
    if projects is not None:
        only = (
            f"AND contribution_id IN (SELECT id FROM {facts.contributions}"
            f" WHERE project_id IN ({marks(projects)}))"
        )
        chosen = list(projects)
    if envelope is not None:
        only += f" AND contribution_id IN (SELECT id FROM {facts.contributions} WHERE envelope_id = %s)"
        chosen.append(envelope)
    if contributions is not None:
        only += f" AND contribution_id IN ({contributions})"
    sql = _STATES.format(only=only, contributions=facts.contributions, events=facts.events)
    if projects is not None:
        # Said again, or PostgreSQL may look at all contributions to find these.
        sql += f"WHERE c.project_id IN ({marks(projects)})\n"
        chosen += projects
    return Statement(facts.before + sql, [*facts.params, as_of, as_of, *chosen])


def _case(column: str, words: Mapping[str, str]) -> str:
    """Return the SQL expression that says one word for another; NULL for any that is not named."""
    whens = " ".join(f"WHEN '{word}' THEN '{said}'" for word, said in words.items())
    return f"CASE {column} {whens} END"


_PLACES = {str(kind): str(place) for place, kind in enumerate(LADDER)}
_KINDS = {place: kind for kind, place in _PLACES.items()}

# The deciding event is the greatest text of day (ten characters), place in the ladder (one) and worth: euro
# cents, or why they are unknown. Day and place are unique among the events that can decide. So one pass over
# the events finds state and worth, without a second look at them.
_NO_AMOUNT, _NO_RATE = "'no amount'", "'no rate'"
_DECISIVE = f"""MAX(CAST(occurred_on AS text) || {_case("kind", _PLACES)}
    || COALESCE(CAST(amount_eur AS text), CASE WHEN amount IS NULL THEN {_NO_AMOUNT} ELSE {_NO_RATE} END))"""

# Only a contribution that was cancelled and signed again needs that look, for the day it was signed on.
_STATES = f"""
SELECT c.id, c.project_id, c.envelope_id, f.kind, c.instrument = '{Instrument.GUARANTEE}',
       s.state, s.decided_on,
       CASE WHEN s.state <> '{EventKind.SIGNED}' THEN NULL
            WHEN s.last_cancelled_on IS NULL THEN s.first_signed_on
            ELSE (SELECT MIN(e.occurred_on) FROM {{events}} AS e
                  WHERE e.contribution_id = c.id AND e.kind = '{EventKind.SIGNED}'
                    AND e.occurred_on > s.last_cancelled_on AND e.occurred_on <= %s) END,
       CASE WHEN s.state = '{EventKind.CANCELLED}' THEN 0
            WHEN s.worth NOT IN ({_NO_AMOUNT}, {_NO_RATE}) THEN CAST(s.worth AS bigint) END,
       COALESCE(s.disbursed_eur, 0),
       s.paid_unknown = 1
       OR COALESCE(s.worth = {_NO_AMOUNT} AND s.state <> '{EventKind.CANCELLED}', FALSE),
       s.paid_no_rate = 1
       OR COALESCE(s.worth = {_NO_RATE} AND s.state <> '{EventKind.CANCELLED}', FALSE)
FROM (
    SELECT contribution_id,
           {_case(f"SUBSTR({_DECISIVE}, 11, 1)", _KINDS)} AS state,
           SUBSTR({_DECISIVE}, 12) AS worth,
           MAX(CASE WHEN kind <> '{EventKind.DISBURSED}' THEN occurred_on END) AS decided_on,
           MIN(CASE WHEN kind = '{EventKind.SIGNED}' THEN occurred_on END) AS first_signed_on,
           MAX(CASE WHEN kind = '{EventKind.CANCELLED}' THEN occurred_on END) AS last_cancelled_on,
           SUM(CASE WHEN kind = '{EventKind.DISBURSED}' THEN amount_eur END) AS disbursed_eur,
           MAX(CASE WHEN amount_eur IS NULL AND kind = '{EventKind.DISBURSED}' AND amount IS NULL
                    THEN 1 ELSE 0 END) AS paid_unknown,
           MAX(CASE WHEN amount_eur IS NULL AND kind = '{EventKind.DISBURSED}' AND amount IS NOT NULL
                    THEN 1 ELSE 0 END) AS paid_no_rate
    FROM {{events}}
    WHERE occurred_on <= %s {{only}}
    GROUP BY contribution_id
) AS s
JOIN {{contributions}} AS c ON c.id = s.contribution_id
JOIN portfolio_financier AS f ON f.id = c.financier_id
"""
