"""Reads behind board reports: whose somebody may see, and what only a report lists."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portfolio.models import BoardReport, BoardReportFile, ProjectCoverage, ResultSet
from portfolio.queries.ordering import by_name
from portfolio.vocabulary import SELECTED_STAGES

MAY_MAKE = "portfolio.add_boardreport"


def reports_of(person: Any) -> QuerySet[BoardReport]:
    """Return the reports of a person, the newest first."""
    return BoardReport.objects.filter(owner=person).order_by("-created_at", "-id")


def report_for(person: Any, key: UUID) -> BoardReport | None:
    """Return a report that somebody may see: one of their own."""
    return reports_of(person).select_related("owner").filter(key=key).first()


def pdf_of(report: BoardReport) -> bytes | None:
    """Return the PDF of a report; None before it is made, and once it has expired."""
    found = BoardReportFile.objects.filter(report=report).values_list("pdf", flat=True).first()
    return None if found is None else bytes(found)


def selected_projects(results: ResultSet) -> QuerySet[ProjectCoverage]:
    """Return the published rows of all selected projects with their sources, by name."""
    rows = ProjectCoverage.objects.filter(result_set=results, stage__in=SELECTED_STAGES)
    return rows.select_related("project__source").order_by(*by_name("project"))
