"""Reads behind the alerts of projects and their contributions: of some projects, or of all.

Their number does not depend on how many projects there are, and those of some projects touch nothing else.
Where SQL is written out, it is the same for SQLite and PostgreSQL; it picks candidates, and rules decide.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from portfolio.models import ChipComparison, Milestone, ProjectCoverage, ProjectRollup, ResultSet
from portfolio.rules.alerts import Subject
from portfolio.rules.money import ZERO
from portfolio.rules.project_alerts import (
    ConvertedAmount,
    OpenMilestone,
    PaidContribution,
    ProjectStanding,
    SignedContribution,
)
from portfolio.vocabulary import (
    ENDED_STAGES,
    SELECTED_STAGES,
    AlertSubject,
    EventKind,
    FinancierKind,
    ProjectKind,
)

Projects = Collection[int] | None
Row = Sequence[Any]


def _euro(cents: Any) -> Decimal:
    return Decimal(int(cents or 0)).scaleb(-2)


def _day(value: Any) -> date:
    """Return a date of SQL that is written out: SQLite may give its text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def _of(column: str, projects: Projects) -> tuple[str, list[Any]]:
    """Return the condition that a column is one of some projects, or true for all, and its parameters."""
    if projects is None:
        return "TRUE", []
    return f"{column} IN ({', '.join(['%s'] * len(projects)) or 'NULL'})", sorted(projects)


def _some(rows: QuerySet[Any], projects: Projects) -> QuerySet[Any]:
    return rows if projects is None else rows.filter(project__in=projects)


def _rows(sql: str, params: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        rows: list[Row] = cursor.fetchall()
    return rows


def _marks(words: Collection[Any]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


# --- Where projects stand -----------------------------------------------------------------------------------

_EU_APPROVED = f"""
SELECT s.project_id, SUM(s.amount_eur) FROM portfolio_contributionstate AS s
JOIN portfolio_project AS p ON p.id = s.project_id
WHERE p.kind = '{ProjectKind.AI_GIGAFACTORY}' AND s.state = '{EventKind.APPROVED}'
      AND s.financier_kind = '{FinancierKind.EU_BUDGET}' AND NOT s.guarantee AND {{only}}
GROUP BY s.project_id
"""

_SIGNED_THOUGH_ENDED = f"""
SELECT s.project_id, COUNT(*), SUM(s.amount_eur) FROM portfolio_contributionstate AS s
JOIN portfolio_projectcoverage AS v ON v.project_id = s.project_id
WHERE v.result_set_id = %s AND v.stage IN ({_marks(ENDED_STAGES)}) AND s.state = '{EventKind.SIGNED}'
      AND {{only}}
GROUP BY s.project_id
"""

_WITHOUT_RATE = """
SELECT s.project_id, c.currency FROM portfolio_contributionstate AS s
JOIN portfolio_contribution AS c ON c.id = s.contribution_id
WHERE s.no_exchange_rate AND {only}
UNION ALL
SELECT s.project_id, s.currency FROM portfolio_costestimate AS s
WHERE s.amount_eur IS NULL AND s.estimated_on <= %s AND {only}
      AND NOT EXISTS (SELECT 1 FROM portfolio_costestimate AS n WHERE n.project_id = s.project_id
                      AND n.estimated_on > s.estimated_on AND n.estimated_on <= %s)
"""

# Cheap tables first: the events of a project are looked at only where nothing else is recent.
_NOT_TOLD_OF = f"""
SELECT s.project_id FROM portfolio_projectcoverage AS s
JOIN portfolio_project AS p ON p.id = s.project_id
WHERE s.result_set_id = %s AND s.stage IN ({_marks(SELECTED_STAGES)}) AND {{only}}
      AND NOT (EXISTS (SELECT 1 FROM portfolio_source AS x WHERE x.published_on >= %s) AND (
          EXISTS (SELECT 1 FROM portfolio_source AS x WHERE x.id = p.source_id AND x.published_on >= %s)
          OR {{facts}}
          OR EXISTS (SELECT 1 FROM portfolio_contribution AS f
                     JOIN portfolio_contributionevent AS e ON e.contribution_id = f.id
                     JOIN portfolio_source AS x ON x.id = e.source_id
                     WHERE f.project_id = s.project_id AND x.published_on >= %s)))
"""
_DATED_BY_SOURCE = ("projectstage", "costestimate", "chipdeployment", "milestone", "contribution")
_OF_FACTS = " OR ".join(
    f"EXISTS (SELECT 1 FROM portfolio_{table} AS f JOIN portfolio_source AS x ON x.id = f.source_id"
    " WHERE f.project_id = s.project_id AND x.published_on >= %s)"
    for table in _DATED_BY_SOURCE
)


def not_told_of(results: ResultSet, projects: Projects, since: date) -> set[int]:
    """Return the selected projects of whose facts no source is known to be published since a day."""
    only, chosen = _of("s.project_id", projects)
    sql = _NOT_TOLD_OF.format(only=only, facts=_OF_FACTS)
    days = [since] * (3 + len(_DATED_BY_SOURCE))
    return {project for (project,) in _rows(sql, [results.pk, *chosen, *days])}


def _without_rate(results: ResultSet, projects: Projects) -> dict[int, set[str]]:
    only, chosen = _of("s.project_id", projects)
    sql, as_of = _WITHOUT_RATE.format(only=only), results.as_of
    found: dict[int, set[str]] = defaultdict(set)
    for project, currency in _rows(sql, [*chosen, as_of, *chosen, as_of]):
        found[project].add(currency)
    return found


_COVERAGE = ("project_id", "project__slug", "project__name", "project__kind")
_STANDING = ("stage", "need_eur", "secured_eur", "incomplete")
_SIGNED = ("signed_eu_budget_eur", "signed_eib_group_eur", "signed_participating_state_eur")


def project_standings(
    results: ResultSet, projects: Projects, source_days: Decimal | None
) -> Iterator[ProjectStanding]:
    """Yield where each project stands; a source older than `source_days` is not recent (None: all are)."""
    only, chosen = _of("s.project_id", projects)
    rollups = _some(ProjectRollup.objects.filter(result_set=results), projects).order_by()
    signed = {id_: sums for id_, *sums in rollups.values_list("project_id", *_SIGNED)}
    chips = _some(ChipComparison.objects.filter(result_set=results), projects).exclude(incomplete="")
    chips_incomplete = dict(chips.order_by().values_list("project_id", "incomplete"))
    approved = {row[0]: row[1] for row in _rows(_EU_APPROVED.format(only=only), chosen)}
    ended_sql = _SIGNED_THOUGH_ENDED.format(only=only)
    ended = {id_: (number, sum_) for id_, number, sum_ in _rows(ended_sql, [results.pk, *chosen])}
    without_rate = _without_rate(results, projects)
    since = None if source_days is None else results.as_of - timedelta(int(source_days))
    not_told = set[int]() if since is None else not_told_of(results, projects, since)
    rows = _some(ProjectCoverage.objects.filter(result_set=results), projects).order_by("project__slug")
    for id_, slug, name, kind, stage, need, secured, incomplete in rows.values_list(*_COVERAGE, *_STANDING):
        eu, eib, state = signed.get(id_, (ZERO, ZERO, ZERO))
        contracts, contracts_eur = ended.get(id_, (0, 0))
        yield ProjectStanding(
            Subject(AlertSubject.PROJECT, slug, name, project=id_),
            kind,
            stage,
            need,
            secured,
            eu,
            eib,
            state,
            _euro(approved.get(id_)),
            contracts,
            _euro(contracts_eur),
            incomplete,
            chips_incomplete.get(id_, ""),
            id_ not in not_told,
            frozenset(without_rate.get(id_, ())),
        )


# --- Contributions ------------------------------------------------------------------------------------------

# The day of an event in words that no index has: without statistics SQLite would rather look through all
# events of that day and kind, by their index, than through those of the contribution.
_AS_IT_IS = "COALESCE(d.occurred_on, d.occurred_on)"

# In euro, what the state says decides; amounts in another currency are compared in that, since rates move.
_PAID = f"""
SELECT s.project_id, c.reference, c.currency, s.state,
       (SELECT d.amount FROM portfolio_contributionevent AS d
        WHERE d.contribution_id = s.contribution_id AND d.kind = '{EventKind.SIGNED}'
              AND d.kind <> '{EventKind.DISBURSED}' AND {_AS_IT_IS} = s.decided_on),
       (SELECT SUM(e.amount) FROM portfolio_contributionevent AS e
        WHERE e.contribution_id = s.contribution_id AND e.kind = '{EventKind.DISBURSED}'
              AND e.occurred_on <= %s)
FROM portfolio_contributionstate AS s JOIN portfolio_contribution AS c ON c.id = s.contribution_id
WHERE (s.no_exchange_rate
       OR s.disbursed_eur > 0 AND (s.state IS NULL OR s.state <> '{EventKind.SIGNED}'
                                   OR s.disbursed_eur > s.amount_eur OR c.currency <> 'EUR'))
      AND {{only}}
"""

# That a kind is no disbursement is said twice, since the index of such events says so.
_SIGNED_ABOVE_APPROVED = f"""
SELECT s.project_id, c.reference, c.currency, d.amount, a.amount, a.occurred_on
FROM portfolio_contributionstate AS s
JOIN portfolio_contribution AS c ON c.id = s.contribution_id
JOIN portfolio_contributionevent AS a ON a.contribution_id = s.contribution_id
     AND a.kind = '{EventKind.APPROVED}' AND a.kind <> '{EventKind.DISBURSED}'
     AND a.occurred_on <= s.decided_on
JOIN portfolio_contributionevent AS d ON d.contribution_id = s.contribution_id
     AND d.kind = '{EventKind.SIGNED}' AND d.kind <> '{EventKind.DISBURSED}' AND {_AS_IT_IS} = s.decided_on
     AND d.amount > a.amount
WHERE s.state = '{EventKind.SIGNED}' AND {{only}}
      AND NOT EXISTS (SELECT 1 FROM portfolio_contributionevent AS n
                      WHERE n.contribution_id = s.contribution_id AND n.kind = '{EventKind.APPROVED}'
                            AND n.kind <> '{EventKind.DISBURSED}' AND n.occurred_on > a.occurred_on
                            AND n.occurred_on <= s.decided_on)
"""


def _contribution(reference: str, project: int) -> Subject:
    return Subject(AlertSubject.CONTRIBUTION, reference, reference, project=project)


def paid_contributions(results: ResultSet, projects: Projects) -> Iterator[PaidContribution]:
    """Yield the contributions whose payments may exceed what is signed."""
    only, chosen = _of("s.project_id", projects)
    for project, reference, currency, state, amount, paid in _rows(
        _PAID.format(only=only), [results.as_of, *chosen]
    ):
        yield PaidContribution(
            _contribution(reference, project),
            currency,
            state,
            None if amount is None else _euro(amount),
            _euro(paid),
        )


def signed_above_approved(projects: Projects) -> Iterator[SignedContribution]:
    """Yield the contributions that are signed for more than their newest approval before that."""
    only, chosen = _of("s.project_id", projects)
    for project, reference, currency, amount, approved, on in _rows(
        _SIGNED_ABOVE_APPROVED.format(only=only), chosen
    ):
        yield SignedContribution(
            _contribution(reference, project), currency, _euro(amount), _euro(approved), _day(on)
        )


# --- Exchange rates and milestones --------------------------------------------------------------------------


def _apart(dated: str) -> str:
    """Return the condition that a rate may be more than so many days older: SQL of both databases has no
    common way to count days, but months and days of the month tell which pairs are near each other."""
    day, rate = f"CAST({dated} AS text)", "CAST(e.rate_on AS text)"
    return (
        f"(SUBSTR({day}, 1, 7) <> SUBSTR({rate}, 1, 7)"
        f" OR CAST(SUBSTR({day}, 9, 2) AS integer) - CAST(SUBSTR({rate}, 9, 2) AS integer) > %s)"
    )


_CONVERTED = f"""
SELECT s.project_id, c.reference, c.currency, e.occurred_on, e.rate_on
FROM portfolio_contributionevent AS e
JOIN portfolio_contribution AS c ON c.id = e.contribution_id
JOIN portfolio_contributionstate AS s ON s.contribution_id = e.contribution_id
WHERE e.rate_on IS NOT NULL AND e.rate_on < e.occurred_on AND {_apart("e.occurred_on")}
      AND (e.kind = '{EventKind.DISBURSED}' AND e.occurred_on <= %s
           OR e.kind = s.state AND e.occurred_on = s.decided_on AND s.state <> '{EventKind.CANCELLED}')
      AND {{only}}
UNION ALL
SELECT e.project_id, '', e.currency, e.estimated_on, e.rate_on
FROM portfolio_costestimate AS e
WHERE e.rate_on IS NOT NULL AND e.rate_on < e.estimated_on AND {_apart("e.estimated_on")}
      AND e.estimated_on <= %s AND {{only_estimates}}
      AND NOT EXISTS (SELECT 1 FROM portfolio_costestimate AS n WHERE n.project_id = e.project_id
                      AND n.estimated_on > e.estimated_on AND n.estimated_on <= %s)
"""


def converted_amounts(
    results: ResultSet, projects: Projects, days: Decimal, names: dict[int, Subject]
) -> Iterator[ConvertedAmount]:
    """Yield the amounts that count today and whose rate may be more than some days older.

    A cost estimate's subject is its project, which `names` has; of a project that it lacks, none.
    """
    only, chosen = _of("s.project_id", projects)
    only_estimates, _ = _of("e.project_id", projects)
    as_of, most = results.as_of, int(days)
    sql = _CONVERTED.format(only=only, only_estimates=only_estimates)
    for project, reference, currency, dated_on, rate_on in _rows(
        sql, [most, as_of, *chosen, most, as_of, *chosen, as_of]
    ):
        subject = _contribution(reference, project) if reference else names.get(project)
        if subject is not None:
            yield ConvertedAmount(subject, currency, _day(dated_on), _day(rate_on))


def open_milestones(
    results: ResultSet, projects: Projects, names: dict[int, Subject]
) -> Iterator[OpenMilestone]:
    """Yield the milestones whose day has passed and that are not done, of the projects that `names` has."""
    rows = _some(Milestone.objects.filter(due_on__lt=results.as_of), projects).order_by(
        "project__slug", "key"
    )
    open_ = rows.filter(Q(done_on=None) | Q(done_on__gt=results.as_of))
    for project, key, title, due_on in open_.values_list("project_id", "key", "title", "due_on"):
        if project in names:
            yield OpenMilestone(names[project], key, title, due_on)
