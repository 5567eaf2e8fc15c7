"""Terms that are contribution events: deciding ones, payments, and counted lines (rules 2, 3, 7 and 8)."""

from typing import Any

from portfolio.models import ContributionState
from portfolio.queries.contribution_states import is_newest, states_behind
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import CHOSEN, EventTerms
from portfolio.queries.states import RECORDED, STATE_COLUMNS, Facts, Statement, states
from portfolio.rules.explanations import Terms
from portfolio.vocabulary import ENDED_STAGES, EventKind, FinancierKind, Instrument, Reason

_REASON = (
    "CASE WHEN {euro} IS NOT NULL THEN ''"
    f" WHEN d.amount IS NULL THEN '{Reason.AMOUNT_UNKNOWN}' ELSE '{Reason.NO_EXCHANGE_RATE}' END"
)
# Kind and day name the deciding event: only payments stand twice on one day, and they never decide.
_DECIDING = (
    "SELECT s.contribution_id, d.id, {value}, "
    + _REASON.format(euro="s.amount_eur")
    + ", s.signed_on FROM s LEFT JOIN portfolio_contributionevent AS d"
    " ON d.contribution_id = s.contribution_id AND d.kind = s.state AND d.occurred_on = s.decided_on"
)
_PAID = (
    "SELECT d.contribution_id, d.id, {value}, "
    + _REASON.format(euro="d.amount_eur")
    + ", CAST(NULL AS date) FROM portfolio_contributionevent AS d"
    " JOIN portfolio_contribution AS c ON c.id = d.contribution_id"
    f" WHERE d.kind = '{EventKind.DISBURSED}' AND d.occurred_on <= %s AND {{whose}}"
)
_GUARANTEE = "guarantee"
_ENDED = ", ".join(f"'{stage}'" for stage in sorted(ENDED_STAGES))
_STORED = ContributionState._meta.db_table


def contributions(subject: Subject, spec: Terms) -> EventTerms:
    """Return the contributions in the states of a list, each with the event that decided it.

    Of a project, guarantees are left out, or stand alone; of an envelope they count like others.
    """
    conditions, params = [f"s.state IN ({_marks(spec.choice)})"], list[Any](spec.choice)
    if subject.envelope is None:
        conditions.append("s.guarantee" if spec.kind == _GUARANTEE else "NOT s.guarantee")
    if spec.kind in FinancierKind.values:
        conditions.append("s.financier_kind = %s")
        params.append(spec.kind)
    deciding = f"{_DECIDING.format(value='s.amount_eur')} WHERE {' AND '.join(conditions)}"
    return _chosen(spec, _states(subject), Statement(deciding, params))


def payments(subject: Subject, spec: Terms) -> EventTerms:
    """Return the payments to a project, guarantees left out, or from an envelope."""
    paid = _paid(subject, "d.amount_eur")
    if subject.envelope is None:
        paid = Statement(f"{paid.sql} AND c.instrument <> '{Instrument.GUARANTEE}'", paid.params)
    return EventTerms(spec, Statement(f"WITH {CHOSEN} AS ({paid.sql})", paid.params))


def lacking_events(subject: Subject, spec: Terms) -> EventTerms:
    """Return the deciding events and payments, guarantees included, that lack an amount or a rate."""
    deciding = _DECIDING.format(value="CAST(NULL AS bigint)")
    deciding += f" WHERE s.amount_eur IS NULL AND s.state <> '{EventKind.CANCELLED}'"
    paid = _paid(subject, "CAST(NULL AS bigint)")
    united = f"{deciding} UNION ALL {paid.sql} AND d.amount_eur IS NULL"
    return _chosen(spec, _states(subject), Statement(united, paid.params))


def counted_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the counted lines of a mobilisation target (rule 8)."""
    target = subject.of_envelope
    sql = (
        f"{_DECIDING.format(value='s.amount_eur')}"
        " JOIN portfolio_projectcoverage AS cov ON cov.project_id = s.project_id AND cov.result_set_id = %s"
        f" WHERE s.state = '{EventKind.SIGNED}' AND NOT s.guarantee"
        f" AND cov.stage NOT IN ({_ENDED})"
        " AND s.signed_on >= %s AND s.signed_on <= %s"
    )
    params = [subject.results.pk, target.starts_on, target.ends_on]
    return _chosen(spec, _states(subject), Statement(sql, params))


def shared_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the signed money, in envelopes of either kind, of the counted projects of a target (rule 8)."""
    results = subject.results
    whose = (
        "project_id IN (SELECT line.project_id FROM portfolio_enveloperollup AS line"
        " JOIN portfolio_projectcoverage AS cov"
        " ON cov.project_id = line.project_id AND cov.result_set_id = line.result_set_id"
        " WHERE line.result_set_id = %s AND line.envelope_id = %s AND line.counted_lines > 0"
        f" AND cov.stage NOT IN ({_ENDED}))"
    )
    params = [results.pk, subject.of_envelope.pk]
    if is_newest(results):
        source = Statement(f"SELECT {', '.join(STATE_COLUMNS)} FROM {_STORED} WHERE {whose}", params)
    else:
        before = (
            f"WITH theirs AS (SELECT * FROM {RECORDED.contributions} WHERE {whose}), their_events AS"
            f" (SELECT e.* FROM {RECORDED.events} AS e JOIN theirs ON theirs.id = e.contribution_id) "
        )
        source = states(results.as_of, facts=Facts("theirs", "their_events", before, params))
    sql = (
        f"{_DECIDING.format(value='s.amount_eur')}"
        f" WHERE s.state = '{EventKind.SIGNED}' AND NOT s.guarantee AND s.envelope_id IS NOT NULL"
    )
    return _chosen(spec, source, Statement(sql, []))


def _states(subject: Subject) -> Statement:
    if subject.envelope is not None:
        return states_behind(subject.results, envelope=subject.envelope.pk)
    return states_behind(subject.results, [subject.project_id])


def _paid(subject: Subject, value: str) -> Statement:
    envelope = subject.envelope
    whose, whom = ("c.envelope_id", envelope.pk) if envelope else ("c.project_id", subject.project_id)
    return Statement(_PAID.format(value=value, whose=f"{whose} = %s"), [subject.results.as_of, whom])


def _chosen(spec: Terms, states: Statement, chosen: Statement) -> EventTerms:
    sql = f"WITH s({', '.join(STATE_COLUMNS)}) AS ({states.sql}), {CHOSEN} AS ({chosen.sql})"
    return EventTerms(spec, Statement(sql, [*states.params, *chosen.params]))


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(values))
