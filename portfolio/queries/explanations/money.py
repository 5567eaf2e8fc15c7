"""Terms that are contribution events: deciding ones, payments, and counted lines (rules 2, 3, 7 and 8)."""

from typing import Any

from django.db import connection

from portfolio.models import ContributionState
from portfolio.queries.contribution_states import is_newest, states_behind
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import CHOSEN, EventTerms
from portfolio.queries.states import STATE_COLUMNS, Statement, states
from portfolio.rules.explanations import Terms
from portfolio.vocabulary import ENDED_STAGES, EventKind, FinancierKind, Instrument

_DECIDING = (
    "SELECT s.contribution_id, s.state, s.decided_on, CAST(NULL AS bigint), s.amount_eur, s.signed_on FROM s"
)
_PAID = (
    "SELECT d.contribution_id, d.kind, d.occurred_on, d.id, d.amount_eur, CAST(NULL AS date)"
    " FROM portfolio_contributionevent AS d JOIN portfolio_contribution AS c ON c.id = d.contribution_id"
    f" WHERE d.kind = '{EventKind.DISBURSED}' AND d.occurred_on <= %s AND {{whose}}"
)
_GUARANTEE = "guarantee"
# A list of ids that is looked up in, rather than joined: new results have no statistics yet, and a planner
# that takes them for one row would read all of them for each line.
_ENDED_STAGES = ", ".join(f"'{stage}'" for stage in sorted(ENDED_STAGES))
_ENDED = (
    "SELECT project_id FROM portfolio_projectcoverage WHERE result_set_id = %s"
    f" AND stage IN ({_ENDED_STAGES})"
)
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
    deciding = f"{_DECIDING} WHERE {' AND '.join(conditions)}"
    return _chosen(spec, _states(subject), Statement(deciding, params))


def payments(subject: Subject, spec: Terms) -> EventTerms:
    """Return the payments to a project, guarantees left out, or from an envelope."""
    paid = _paid(subject)
    if subject.envelope is None:
        paid = Statement(f"{paid.sql} AND c.instrument <> '{Instrument.GUARANTEE}'", paid.params)
    return EventTerms(spec, Statement(f"WITH {CHOSEN} AS ({paid.sql})", paid.params))


def lacking_events(subject: Subject, spec: Terms) -> EventTerms:
    """Return the deciding events and payments, guarantees included, that lack an amount or a rate."""
    deciding = f"{_DECIDING} WHERE s.amount_eur IS NULL AND s.state <> '{EventKind.CANCELLED}'"
    paid = _paid(subject)
    united = f"{deciding} UNION ALL {paid.sql} AND d.amount_eur IS NULL"
    return _chosen(spec, _states(subject), Statement(united, paid.params))


def counted_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the counted lines of a mobilisation target (rule 8)."""
    target = subject.of_envelope
    sql = (
        f"{_DECIDING}"
        f" WHERE s.state = '{EventKind.SIGNED}' AND NOT s.guarantee"
        f" AND s.signed_on >= %s AND s.signed_on <= %s AND s.project_id NOT IN ({_ENDED})"
    )
    params = [target.starts_on, target.ends_on, subject.results.pk]
    return _chosen(spec, _states(subject), Statement(sql, params))


def shared_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the signed money, in envelopes of either kind, of the counted projects of a target (rule 8)."""
    results = subject.results
    counted = (
        "SELECT project_id FROM portfolio_enveloperollup WHERE result_set_id = %s"
        f" AND envelope_id = %s AND counted_lines > 0 AND project_id NOT IN ({_ENDED})"
    )
    params = [results.pk, subject.of_envelope.pk, results.pk]
    if is_newest(results):
        whose = f"project_id IN ({counted})"
        source = Statement(f"SELECT {', '.join(STATE_COLUMNS)} FROM {_STORED} WHERE {whose}", params)
    else:
        with connection.cursor() as cursor:
            cursor.execute(counted, params)
            source = states(results.as_of, [project for (project,) in cursor.fetchall()] or [0])
    sql = (
        f"{_DECIDING} WHERE s.state = '{EventKind.SIGNED}' AND NOT s.guarantee AND s.envelope_id IS NOT NULL"
    )
    return _chosen(spec, source, Statement(sql, []))


def _states(subject: Subject) -> Statement:
    if subject.envelope is not None:
        return states_behind(subject.results, envelope=subject.envelope.pk)
    return states_behind(subject.results, [subject.project_id])


def _paid(subject: Subject) -> Statement:
    envelope = subject.envelope
    whose, whom = ("c.envelope_id", envelope.pk) if envelope else ("c.project_id", subject.project_id)
    return Statement(_PAID.format(whose=f"{whose} = %s"), [subject.results.as_of, whom])


def _chosen(spec: Terms, states: Statement, chosen: Statement) -> EventTerms:
    sql = f"WITH s({', '.join(STATE_COLUMNS)}) AS MATERIALIZED ({states.sql}), {CHOSEN} AS ({chosen.sql})"
    return EventTerms(spec, Statement(sql, [*states.params, *chosen.params]))


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(values))
