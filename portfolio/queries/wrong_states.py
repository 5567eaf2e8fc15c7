"""Which stored contribution states are not what the events say: SQLite's quick look at all of them.

It reads each event once and each state once, and gives keys alone. What is to be written is derived by
`queries/states.py`, which verification compares everything with, so that neither relies on this statement.

It derives nothing: it asks of each event whether what is stored can be so. That takes fewer and cheaper
aggregates than the state itself. PostgreSQL compares quickly as it derives.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from django.db import connection

from portfolio.models import Contribution, ContributionState
from portfolio.queries.second_connection import Rows
from portfolio.queries.states import LADDER, RECORDED, Statement
from portfolio.vocabulary import EventKind, Instrument

STATES = ContributionState._meta.db_table


class WrongStates(NamedTuple):
    """Contributions (database ids) whose stored state is wrong or lacking, and how many states are too many.

    The latter are of contributions without any event.
    """

    contributions: list[int]
    superfluous: int

    def __bool__(self) -> bool:
        return bool(self.contributions or self.superfluous)


def looks_at_states(as_of: date, parts: int) -> list[Statement]:
    """Return SELECTs that together look for stored states that are not those of a day, each in its part."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(id), MAX(id) FROM {Contribution._meta.db_table}")
        first, last = cursor.fetchone()
    if first is None:
        return []
    bounds = [first + (last + 1 - first) * part // parts for part in range(parts + 1)]
    return [_look(as_of, begin, end - 1) for begin, end in pairwise(bounds)]


def wrong_states(found: Iterable[Rows], stored: int) -> WrongStates:
    """Return what the looks have found, of so many stored states."""
    looks = [row for (row,) in found]
    wrong = [int(key) for _, keys in looks for key in (keys or "").split(",") if key]
    return WrongStates(wrong, stored - sum(matched for matched, _ in looks))


_DISBURSED, _SIGNED, _CANCELLED = (
    f"'{kind}'" for kind in (EventKind.DISBURSED, EventKind.SIGNED, EventKind.CANCELLED)
)
_EVENTS, _CONTRIBUTIONS = RECORDED.events, RECORDED.contributions

# Signatures count ones, cancellations millions: most contributions have been signed once and never cancelled,
# and need no second look for the day they were signed on.
_CANCELLATION = 1_000_000


def _place(kind: str) -> str:
    places = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(LADDER))
    return f"CASE {kind} {places} END"


# The event that is stored as the deciding one counts one, if it says the amount; any other that is not before
# it counts a thousand. There is one event of a kind and day at most, payments apart.
_DECIDED = f"""COALESCE(SUM(CASE
        WHEN e.occurred_on < s.decided_on THEN 0
        WHEN e.occurred_on = s.decided_on AND e.kind = s.state THEN
            CASE WHEN s.amount_eur IS CASE e.kind WHEN {_CANCELLED} THEN 0 ELSE e.amount_eur END
                 THEN 1 ELSE 1000 END
        WHEN e.occurred_on = s.decided_on AND {_place("e.kind")} < {_place("s.state")} THEN 0
        ELSE 1000 END) FILTER (WHERE e.kind <> {_DISBURSED}), 0)"""

_SIGNATURES = f"""SUM(CASE WHEN e.kind = {_SIGNED} THEN 1 ELSE {_CANCELLATION} END)
    FILTER (WHERE e.kind = {_SIGNED} OR e.kind = {_CANCELLED})"""

# The last condition of each lets SQLite use the index of what may stand once a day.
_OF_A_KIND = f"""FROM {_EVENTS} AS o WHERE o.contribution_id = c.id
    AND o.occurred_on <= %s AND NOT (o.kind = {_DISBURSED}) AND o.kind ="""

_SIGNED_ON = f"""CASE WHEN s.state IS NOT {_SIGNED} THEN NULL
    WHEN {_SIGNATURES} = 1 THEN s.decided_on
    WHEN {_SIGNATURES} < {_CANCELLATION} THEN (SELECT MIN(o.occurred_on) {_OF_A_KIND} {_SIGNED})
    ELSE (SELECT MIN(o.occurred_on) {_OF_A_KIND} {_SIGNED}
          AND o.occurred_on > (SELECT MAX(o.occurred_on) {_OF_A_KIND} {_CANCELLED})) END"""


def _lacks(amount: str) -> str:
    """Return whether the deciding event or a payment lacks a euro value, its amount being so: 1 or 0.

    SQLite stops at what decides a CASE; elsewhere it works out both sides of AND and OR.
    """
    decisive = f"SELECT 1 {_OF_A_KIND} s.state AND o.occurred_on = s.decided_on AND o.amount {amount}"
    paid = (
        f"SELECT 1 FROM {_EVENTS} AS o WHERE o.contribution_id = c.id AND o.occurred_on <= %s"
        f" AND o.kind = {_DISBURSED} AND o.amount_eur IS NULL AND o.amount {amount}"
    )
    paid_unknown = f"COUNT(*) FILTER (WHERE e.amount_eur IS NULL AND e.kind = {_DISBURSED})"
    return (
        f"CASE WHEN s.amount_eur IS NULL AND s.state IS NOT NULL AND EXISTS ({decisive}) THEN 1"
        f" WHEN {paid_unknown} > 0 THEN EXISTS ({paid}) ELSE 0 END"
    )


# What has no deciding event has payments alone.
_HOLDS = f"""s.contribution_id IS NOT NULL
    AND {_DECIDED} = (s.state IS NOT NULL)
    AND (s.state IS NOT NULL OR s.decided_on IS NULL AND s.amount_eur IS NULL)
    AND s.disbursed_eur = COALESCE(SUM(e.amount_eur) FILTER (WHERE e.kind = {_DISBURSED}), 0)
    AND s.project_id = c.project_id
    AND s.envelope_id IS c.envelope_id
    AND s.financier_kind = f.kind
    AND s.guarantee = (c.instrument = '{Instrument.GUARANTEE}')
    AND s.amount_unknown = {_lacks("IS NULL")}
    AND s.no_exchange_rate = {_lacks("IS NOT NULL")}
    AND s.signed_on IS {_SIGNED_ON}"""

# Cross joins keep the order of what is joined: each contribution's events are added up as they are read, and
# nothing is sorted or written anywhere.
_LOOK = f"""
SELECT COUNT(stored), GROUP_CONCAT(wrong) FROM (
    SELECT s.contribution_id AS stored, CASE WHEN {_HOLDS} THEN NULL ELSE c.id END AS wrong
    FROM {_CONTRIBUTIONS} AS c
    CROSS JOIN portfolio_financier AS f ON f.id = c.financier_id
    LEFT JOIN {STATES} AS s ON s.contribution_id = c.id
    CROSS JOIN {_EVENTS} AS e ON e.contribution_id = c.id
    WHERE c.id BETWEEN %s AND %s AND +e.occurred_on <= %s
    GROUP BY c.id
)
"""


def _look(as_of: date, first: int, last: int) -> Statement:
    """Return the SELECT of how many contributions from one id to another have a state, and whose is wrong."""
    days = _HOLDS.count("%s")
    return Statement(_LOOK, [*[as_of] * days, first, last, as_of])
