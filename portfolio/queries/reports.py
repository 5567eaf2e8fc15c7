"""Reads behind board reports: whose somebody may see."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portfolio.models import BoardReport, BoardReportFile

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
