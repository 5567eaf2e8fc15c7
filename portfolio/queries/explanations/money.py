"""Terms that are contribution events: deciding ones, payments, and counted lines (rules 2, 3, 7 and 8)."""

from typing import Any

from django.db import connection

from portfolio.models import ContributionState
from portfolio.queries.contribution_states import is_newest, states_behind
from portfolio.queries.explanations.event_terms import CHOSEN, NOTHING, Choose, EventTerms, HeldEventTerms
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.states import STATE_COLUMNS, Statement, marks, states
from portfolio.rules.explanations import Terms
from portfolio.vocabulary import ENDED_STAGES, EventKind, FinancierKind, Instrument

_DECIDING = (
    "SELECT s.project_id, s.contribution_id, s.state, s.decided_on, CAST(NULL AS bigint), s.amount_eur,"
    " s.signed_on FROM s"
)
_PAID = (
    "SELECT c.project_id, d.contribution_id, d.kind, d.occurred_on, d.id, d.amount_eur, CAST(NULL AS date)"
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
_SIGNED_IN_ENVELOPES = f"s.state = '{EventKind.SIGNED}' AND NOT s.guarantee AND s.envelope_id IS NOT NULL"


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
    deciding = Statement(f"{_DECIDING} WHERE {' AND '.join(conditions)}", params)
    return _terms(subject, spec, lambda projects: _chosen(_states(subject, projects), deciding))


def payments(subject: Subject, spec: Terms) -> EventTerms:
    """Return the payments to a project, guarantees left out, or from an envelope."""
    whose = "" if subject.envelope else f" AND c.instrument <> '{Instrument.GUARANTEE}'"

    def choose(projects: list[int] | None) -> Statement:
        paid = _paid(subject, projects)
        return Statement(f"WITH {CHOSEN} AS ({paid.sql}{whose})", paid.params)

    return _terms(subject, spec, choose)


def lacking_events(subject: Subject, spec: Terms) -> EventTerms:
    """Return the deciding events and payments, guarantees included, that lack an amount or a rate."""
    deciding = f"{_DECIDING} WHERE s.amount_eur IS NULL AND s.state <> '{EventKind.CANCELLED}'"

    def choose(projects: list[int] | None) -> Statement:
        paid = _paid(subject, projects)
        united = f"{deciding} UNION ALL {paid.sql} AND d.amount_eur IS NULL"
        return _chosen(_states(subject, projects), Statement(united, paid.params))

    return _terms(subject, spec, choose)


def counted_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the counted lines of a mobilisation target (rule 8)."""
    target = subject.of_envelope
    sql = (
        f"{_DECIDING}"
        f" WHERE s.state = '{EventKind.SIGNED}' AND NOT s.guarantee"
        f" AND s.signed_on >= %s AND s.signed_on <= %s AND s.project_id NOT IN ({_ENDED})"
    )
    deciding = Statement(sql, [target.starts_on, target.ends_on, subject.results.pk])
    return _terms(subject, spec, lambda projects: _chosen(_states(subject, projects), deciding))


def shared_lines(subject: Subject, spec: Terms) -> EventTerms:
    """Return the signed money, in envelopes of either kind, of the counted projects of a target (rule 8)."""
    deciding = Statement(f"{_DECIDING} WHERE {_SIGNED_IN_ENVELOPES}", [])
    return _terms(subject, spec, lambda projects: _chosen(_shared(subject, projects), deciding))


def _shared(subject: Subject, projects: list[int] | None) -> Statement:
    """Return the SELECT of the states of the counted projects of a target, or of some of them."""
    results = subject.results
    counted = (
        "SELECT project_id FROM portfolio_enveloperollup WHERE result_set_id = %s"
        f" AND envelope_id = %s AND counted_lines > 0 AND project_id NOT IN ({_ENDED})"
    )
    params = [results.pk, subject.of_envelope.pk, results.pk]
    if projects is not None:
        counted += f" AND project_id IN ({marks(projects)})"
        params.extend(projects)
    if is_newest(results):
        whose = f"project_id IN ({counted}) AND {_SIGNED_IN_ENVELOPES}"
        return Statement(f"SELECT {', '.join(STATE_COLUMNS)} FROM {_STORED} AS s WHERE {whose}", params)
    with connection.cursor() as cursor:
        cursor.execute(counted, params)
        ids = ", ".join(str(int(project)) for (project,) in cursor.fetchall()) or "NULL"
    return states(
        results.as_of,
        contributions=f"SELECT id FROM portfolio_contribution WHERE project_id IN ({ids})"
        f" AND envelope_id IS NOT NULL AND instrument <> '{Instrument.GUARANTEE}'",
    )


def _states(subject: Subject, projects: list[int] | None) -> Statement:
    if subject.envelope is not None:
        return states_behind(subject.results, projects, envelope=subject.envelope.pk)
    return states_behind(subject.results, [subject.project_id])


def _paid(subject: Subject, projects: list[int] | None) -> Statement:
    envelope = subject.envelope
    whose, whom = ("c.envelope_id", envelope.pk) if envelope else ("c.project_id", subject.project_id)
    some = "" if projects is None else f" AND c.project_id IN ({marks(projects)})"
    params = [subject.results.as_of, whom, *(projects or ())]
    return Statement(_PAID.format(whose=f"{whose} = %s{some}"), params)


def _chosen(states: Statement, chosen: Statement) -> Statement:
    sql = f"WITH s({', '.join(STATE_COLUMNS)}) AS MATERIALIZED ({states.sql}), {CHOSEN} AS ({chosen.sql})"
    return Statement(sql, [*states.params, *chosen.params])


def _terms(subject: Subject, spec: Terms, choose: Choose) -> EventTerms:
    """Return the terms that a statement chooses: what is known of those of an envelope, which may be many."""
    if subject.envelope is None:
        return EventTerms(spec, choose(None))
    return HeldEventTerms(spec, NOTHING, choose, subject.results, subject.envelope.pk)


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(values))
