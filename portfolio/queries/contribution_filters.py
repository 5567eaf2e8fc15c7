"""What lists of contributions are narrowed to, and what money that asks for."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from portfolio.vocabulary import ENDED_STAGES, SELECTED_STAGES, EventKind


class Money(NamedTuple):
    """Which contributions a word asks for, what each is worth, and when that is unknown: SQL over states.

    `states` are the words of the states that it asks for; none where something else decides.
    """

    condition: str
    euro: str
    unknown: str
    states: tuple[str, ...] = ()


def _in_states(*states: EventKind) -> Money:
    words = ", ".join(f"'{state}'" for state in states)
    return Money(f"s.state IN ({words})", "s.amount_eur", "s.amount_eur IS NULL", states)


# A flag of a state tells that its amount or a payment is unknown; only the events tell which.
PAID_UNKNOWN = (
    "((s.amount_unknown OR s.no_exchange_rate) AND EXISTS (SELECT 1 FROM portfolio_contributionevent AS e"
    f" WHERE e.contribution_id = s.contribution_id AND e.kind = '{EventKind.DISBURSED}'"
    " AND e.amount_eur IS NULL AND e.occurred_on <= r.as_of))"
)
MONEY: dict[str, Money] = {
    "secured": _in_states(EventKind.SIGNED),
    "pipeline": _in_states(EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED),
    "approved": _in_states(EventKind.APPROVED),
    "under_appraisal": _in_states(EventKind.UNDER_APPRAISAL),
    "announced": _in_states(EventKind.ANNOUNCED),
    "disbursed": Money(f"(s.disbursed_eur <> 0 OR {PAID_UNKNOWN})", "s.disbursed_eur", PAID_UNKNOWN),
}
CANCELLED = str(EventKind.CANCELLED)
LISTED = {**MONEY, CANCELLED: _in_states(EventKind.CANCELLED)}
ANY = Money("TRUE", "s.amount_eur", "s.state IS NOT NULL AND s.amount_eur IS NULL")

RUNNING, ENDED, ANY_SELECTED, NO_STAGE = "running", "ended", "any_selected", "none"


@dataclass(frozen=True, slots=True)
class Filters:
    """What contributions are narrowed to; empty texts and None narrow nothing.

    `state` is a word of LISTED; `stage` a stage or a word for several; slugs name the rest. `beyond` leaves
    out the projects that receive the most of what the other filters keep, `beyond_financiers` those who give
    the most; what is a part of a flow, instrument and financier, plays no role in who comes first.
    """

    state: str = ""
    stage: str = ""
    kind: str = ""
    financier_kind: str = ""
    envelope: str = ""
    instrument: str = ""
    financier: str = ""
    project: str = ""
    guarantee: bool | None = None
    beyond: int = 0
    beyond_financiers: int = 0


def money_of(filters: Filters) -> Money:
    """Return the money that the filters ask for."""
    return LISTED.get(filters.state, ANY)


def stages_kept(filters: Filters) -> tuple[frozenset[str], bool]:
    """Return the stages that filters name, and whether they keep these or all others; no name keeps all."""
    words = {RUNNING: ENDED_STAGES, ENDED: ENDED_STAGES, ANY_SELECTED: SELECTED_STAGES, NO_STAGE: {""}}
    if not filters.stage:
        return frozenset(), False
    return frozenset(map(str, words.get(filters.stage, {filters.stage}))), filters.stage != RUNNING


def as_ranked(filters: Filters) -> Filters:
    """Return the filters by which projects and financiers are ranked."""
    return replace(filters, instrument="", financier="", beyond=0, beyond_financiers=0)
