"""What projects had signed within months of their clocks (A6): the signatures behind it, set-based."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Min

from advisory.queries.case_facts import first_engagements
from advisory.rules.outcomes import Signature, Window, months_after, window
from portfolio.models import Contribution, ContributionState, Project, ProjectStage
from portfolio.queries.states import STATE_COLUMNS, Statement, marks, states
from portfolio.vocabulary import EventKind

Projects = Collection[int] | None

_SIGNED_ROWS = f"""
SELECT contribution_id, project_id, signed_on, amount_eur FROM fresh AS s
WHERE state = '{EventKind.SIGNED}' AND NOT guarantee
"""

_SIGNED = f"""
SELECT project_id, signed_on, amount_eur, amount_unknown FROM {{source}} AS s
WHERE state = '{EventKind.SIGNED}' AND NOT guarantee AND {{only}}
"""


def windows(as_of: date, projects: Projects = None, *, stored_states: bool = False) -> list[Window]:
    """Return the windows of some projects (database ids), or of all whose clock has begun by a day.

    `stored_states`: the stored states of contributions are those of that day.
    """
    advised = first_engagements(as_of, projects)
    stages = ProjectStage.objects.filter(reached_on__lte=as_of).order_by()
    if projects is not None:
        stages = stages.filter(project__in=sorted(projects))
    first_stages = dict(stages.values_list("project_id").annotate(first=Min("reached_on")))
    ids = (
        Project.objects.order_by("pk")
        if projects is None
        else Project.objects.filter(pk__in=sorted(projects))
    )
    signatures = _signatures(as_of, projects, stored_states)
    found = (
        window(pk, advised.get(pk), first_stages.get(pk), signatures[pk], as_of)
        for pk in ids.values_list("pk", flat=True)
    )
    return [one for one in found if one is not None]


def _signatures(as_of: date, projects: Projects, stored: bool) -> defaultdict[int, list[Signature]]:
    chosen = None if projects is None else sorted(projects)
    statement = _stored(chosen) if stored else _derived(as_of, chosen)
    found: defaultdict[int, list[Signature]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        for project, signed_on, cents, unknown in cursor.fetchall():
            found[project].append(Signature(_day(signed_on), _euro(cents), bool(unknown)))
    return found


@dataclass(frozen=True, slots=True)
class SignedContribution:
    """A contribution that counts in a window: which, when it was signed, and its euro; None: unknown."""

    contribution: Contribution
    signed_on: date
    amount_eur: Decimal | None


def signed_contributions(
    as_of: date, clocks: Mapping[int, date], months: int
) -> dict[int, list[SignedContribution]]:
    """Return what was signed within months of the clock of each project, the earliest first (A6)."""
    if not clocks:
        return {}
    fresh = states(as_of, sorted(clocks))
    with connection.cursor() as cursor:
        sql = f"WITH fresh({', '.join(STATE_COLUMNS)}) AS ({fresh.sql}) {_SIGNED_ROWS}"
        cursor.execute(sql, fresh.params)
        rows = [(pk, project, _day(on), _euro(cents)) for pk, project, on, cents in cursor.fetchall()]
    inside = [row for row in rows if clocks[row[1]] <= row[2] <= months_after(clocks[row[1]], months)]
    named = Contribution.objects.select_related("financier").in_bulk([row[0] for row in inside])
    found: dict[int, list[SignedContribution]] = {project: [] for project in clocks}
    for pk, project, signed_on, euro in sorted(inside, key=lambda row: (row[2], row[0])):
        found[project].append(SignedContribution(named[pk], signed_on, euro))
    return found


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _euro(cents: Any) -> Decimal | None:
    return None if cents is None else Decimal(int(cents)).scaleb(-2)


def _stored(projects: list[int] | None) -> Statement:
    only, params = "TRUE", list[Any]()
    if projects is not None:
        only, params = f"project_id IN ({marks(projects)})", list(projects)
    return Statement(_SIGNED.format(source=ContributionState._meta.db_table, only=only), params)


def _derived(as_of: date, projects: list[int] | None) -> Statement:
    fresh = states(as_of, projects)
    source = f"WITH fresh({', '.join(STATE_COLUMNS)}) AS ({fresh.sql})"
    return Statement(source + _SIGNED.format(source="fresh", only="TRUE"), fresh.params)
