"""What the funnel's page shows: steps, outcomes side by side, projects, and published figures."""

from typing import Any

from django.db.models import Q

from advisory.models import AdvisoryFunnel, AdvisoryOutcome
from advisory.rules.explained import FUNNEL
from advisory.rules.funnel import MEASURED, OVERALL, PROJECT
from advisory.vocabulary import Step
from portfolio.models import Project, PublishedFigure, ResultSet

# Published figures about advice have keys that begin with one of these.
PUBLISHED = ("advisory_", "eiah_")


def funnel_context(results: ResultSet, *, by_project: bool) -> dict[str, Any]:
    """Return the context of the funnel's page; with the rows of projects, or of all cases alone."""
    found = AdvisoryFunnel.objects.filter(result_set=results).order_by("scope")
    rows = list(found if by_project else found.filter(scope=OVERALL))
    overall = next((row for row in rows if row.scope == OVERALL), None)
    outcomes = {
        row.group: row for row in AdvisoryOutcome.objects.filter(result_set=results).order_by("position")
    }
    projects = Project.objects.in_bulk([row.project_id for row in rows if row.project_id is not None])
    return {
        "overall": overall,
        "steps": _steps(overall) if overall else [],
        "outcomes": [
            (months, outcomes.get(f"advised_{months}"), outcomes.get(f"not_advised_{months}"))
            for months in (12, 24)
            if outcomes
        ],
        "projects": [
            (row, projects[row.project_id])
            for row in rows
            if row.scope.startswith(PROJECT) and row.project_id is not None
        ],
        "without_project": next((row for row in rows if row.scope == "without-project"), None),
        "published": list(_published()),
    }


def _published() -> Any:
    named = Q()
    for beginning in PUBLISHED:
        named |= Q(key__startswith=beginning)
    return PublishedFigure.objects.filter(named).select_related("source").order_by("key")


def _steps(overall: AdvisoryFunnel) -> list[dict[str, Any]]:
    """Return each step with its count, the days to it, and how wide its bar is."""
    columns = ["requests", *(step.value for step in MEASURED)]
    shown = []
    for column in columns:
        number = getattr(overall, column)
        days = f"median_days_to_{column}"
        shown.append(
            {
                "column": column,
                "label": str(Step.RECEIVED.label if column == "requests" else Step(column).label),
                "number": number,
                "days_column": days if days in FUNNEL else "",
                "days": getattr(overall, days) if days in FUNNEL else None,
                "width": 100 * number // overall.requests if number and overall.requests else 0,
            }
        )
    return shown
