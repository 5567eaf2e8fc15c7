"""What projects had signed within months of their clocks (A6): the signatures behind it, set-based."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Min

from advisory.queries.case_facts import first_engagements
from advisory.rules.outcomes import Signature, Window, window
from portfolio.models import ContributionState, Project, ProjectStage
from portfolio.queries.states import STATE_COLUMNS, Statement, marks, states
from portfolio.vocabulary import EventKind

Projects = Collection[int] | None

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
            day = signed_on if isinstance(signed_on, date) else date.fromisoformat(signed_on)
            euro = None if cents is None else Decimal(int(cents)).scaleb(-2)
            found[project].append(Signature(day, euro, bool(unknown)))
    return found


def _stored(projects: list[int] | None) -> Statement:
    only, params = "TRUE", list[Any]()
    if projects is not None:
        only, params = f"project_id IN ({marks(projects)})", list(projects)
    return Statement(_SIGNED.format(source=ContributionState._meta.db_table, only=only), params)


def _derived(as_of: date, projects: list[int] | None) -> Statement:
    fresh = states(as_of, projects)
    source = f"WITH fresh({', '.join(STATE_COLUMNS)}) AS ({fresh.sql})"
    return Statement(source + _SIGNED.format(source="fresh", only="TRUE"), fresh.params)
