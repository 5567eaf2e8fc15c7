"""Which stored contribution states are not what the events say: SQLite's quick look at all of them.

It reads each event once and each state once, and gives keys alone. What is to be written is derived by
`queries/states.py`, which verification compares everything with, so that neither relies on this statement.

SQLite takes columns beside a single MAX from the row that has the maximum: the deciding event in one pass,
without carrying its worth along. PostgreSQL has no such columns, and compares quickly as it is.
"""

from datetime import date
from typing import NamedTuple

from django.db import connection

from portfolio.models import Contribution, ContributionState
from portfolio.queries.second_connection import WORTH_TWO, read_together
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


def wrong_states(as_of: date) -> WrongStates:
    """Return the stored states that are not those of a day. For SQLite alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {STATES}")
        (stored,) = cursor.fetchone()
        cursor.execute(f"SELECT MIN(id), MAX(id) FROM {Contribution._meta.db_table}")
        first, last = cursor.fetchone()
    if first is None:
        return WrongStates([], stored)
    middle = (first + last) // 2
    halves = [_look(as_of, first, middle), _look(as_of, middle + 1, last)]
    looks = read_together(halves, beside=last - first >= WORTH_TWO)
    matched = sum(row[0] for (row,) in looks)
    wrong = [int(key) for (row,) in looks for key in (row[1] or "").split(",") if key]
    return WrongStates(wrong, stored - matched)


_DISBURSED, _SIGNED, _CANCELLED = (
    f"'{kind}'" for kind in (EventKind.DISBURSED, EventKind.SIGNED, EventKind.CANCELLED)
)
_RANKED = " ".join(f"WHEN '{kind}' THEN occurred_on || '{place}'" for place, kind in enumerate(LADDER))
_EVENTS, _CONTRIBUTIONS = RECORDED.events, RECORDED.contributions

# Signatures count ones, cancellations millions: most contributions have been signed once and never cancelled,
# and need no second look for the day they were signed on.
_CANCELLATION = 1_000_000

_PASS = f"""
    SELECT contribution_id,
           MAX(CASE kind WHEN {_DISBURSED} THEN NULL {_RANKED} END) AS decisive,
           kind, occurred_on, amount, amount_eur,
           SUM(CASE kind WHEN {_SIGNED} THEN 1 WHEN {_CANCELLED} THEN {_CANCELLATION} END) AS signatures,
           SUM(CASE WHEN kind = {_DISBURSED} THEN amount_eur END) AS disbursed_eur,
           COUNT(CASE WHEN amount_eur IS NULL AND kind = {_DISBURSED} THEN 1 END) AS paid_unknown
    FROM {_EVENTS}
    WHERE contribution_id BETWEEN %s AND %s AND +occurred_on <= %s
    GROUP BY contribution_id
"""

# The last condition of each lets SQLite use the index of what may stand once a day.
_OF_A_KIND = f"""FROM {_EVENTS} AS e WHERE e.contribution_id = p.contribution_id
    AND e.occurred_on <= %s AND NOT (e.kind = {_DISBURSED}) AND e.kind ="""

_SIGNED_ON = f"""CASE WHEN p.kind <> {_SIGNED} THEN NULL
    WHEN p.signatures = 1 THEN p.occurred_on
    WHEN p.signatures < {_CANCELLATION} THEN (SELECT MIN(e.occurred_on) {_OF_A_KIND} {_SIGNED})
    ELSE (SELECT MIN(e.occurred_on) {_OF_A_KIND} {_SIGNED}
          AND e.occurred_on > (SELECT MAX(e.occurred_on) {_OF_A_KIND} {_CANCELLED})) END"""


def _lacks(amount: str) -> str:
    """Return whether the deciding event or a payment lacks a euro value, its amount being so: 1 or 0.

    SQLite stops at what decides a CASE; elsewhere it works out both sides of AND and OR.
    """
    paid = (
        f"SELECT 1 FROM {_EVENTS} AS e WHERE e.contribution_id = p.contribution_id AND e.occurred_on <= %s"
        f" AND e.kind = {_DISBURSED} AND e.amount_eur IS NULL AND e.amount {amount}"
    )
    return (
        f"CASE WHEN p.amount_eur IS NULL AND p.amount {amount} AND p.kind <> {_CANCELLED}"
        f" AND p.kind <> {_DISBURSED} THEN 1 WHEN p.paid_unknown > 0 THEN EXISTS ({paid}) ELSE 0 END"
    )


# Without a deciding event the columns beside the MAX are those of some payment.
_HOLDS = f"""s.contribution_id IS NOT NULL
    AND s.amount_eur IS
        CASE p.kind WHEN {_CANCELLED} THEN 0 WHEN {_DISBURSED} THEN NULL ELSE p.amount_eur END
    AND s.state IS NULLIF(p.kind, {_DISBURSED})
    AND s.decided_on IS CASE WHEN p.decisive IS NULL THEN NULL ELSE p.occurred_on END
    AND s.disbursed_eur = COALESCE(p.disbursed_eur, 0)
    AND s.project_id = c.project_id
    AND s.envelope_id IS c.envelope_id
    AND s.financier_kind = f.kind
    AND s.guarantee = (c.instrument = '{Instrument.GUARANTEE}')
    AND s.amount_unknown = {_lacks("IS NULL")}
    AND s.no_exchange_rate = {_lacks("IS NOT NULL")}
    AND s.signed_on IS {_SIGNED_ON}"""

# A cross join keeps the order of what is joined: the pass is then read as it goes, and written nowhere.
_LOOK = f"""
SELECT COUNT(s.contribution_id), GROUP_CONCAT(CASE WHEN {_HOLDS} THEN NULL ELSE p.contribution_id END)
FROM ({_PASS}) AS p
CROSS JOIN {_CONTRIBUTIONS} AS c ON c.id = p.contribution_id
CROSS JOIN portfolio_financier AS f ON f.id = c.financier_id
LEFT JOIN {STATES} AS s ON s.contribution_id = p.contribution_id
"""


def _look(as_of: date, first: int, last: int) -> Statement:
    """Return the SELECT of how many contributions from one id to another have a state, and whose is wrong."""
    days = _HOLDS.count("%s")
    return Statement(_LOOK, [*[as_of] * days, first, last, as_of])
