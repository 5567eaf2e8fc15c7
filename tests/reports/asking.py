"""Having board reports made, as an officer and a worker do, and reading them back."""

import io
import re
from decimal import Decimal
from typing import Any

from django.test import Client
from pypdf import PdfReader

from portfolio.exports.numbers import exact_euro
from portfolio.models import BoardReport
from portfolio.tasks import keep_reports
from portfolio.vocabulary import ReportSection

REPORTS = "/reports/"
PLAIN = re.compile(r'title="[-+−]?([0-9]+(?:\.[0-9]{1,2})?)"')
AMOUNT = re.compile(r"−?€[0-9,]+\.[0-9]{2}(?![0-9mbk])")


def form(**given: Any) -> dict[str, Any]:
    """Return what is entered in the form: all sections, unless told otherwise."""
    entered = {"title": "Board paper", "section": list(ReportSection.values)}
    return entered | {("section" if name == "sections" else name): value for name, value in given.items()}


def made(client: Client, **given: Any) -> BoardReport:
    """Have a report made to its end, as a worker does."""
    response = client.post(REPORTS, form(**given))
    assert response.status_code == 302, response.content.decode()
    keep_reports()
    found = BoardReport.objects.latest("id")
    assert response["Location"] == f"{REPORTS}{found.key}/"
    return found


def pdf(client: Client, report: BoardReport) -> PdfReader:
    """Return the PDF of a report that must be ready."""
    assert (report.state, report.message) == ("ready", "")
    response = client.get(f"{REPORTS}{report.key}/file/")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return PdfReader(io.BytesIO(response.content))


def text(client: Client, report: BoardReport) -> str:
    """Return what all pages of a report say, each white space as one blank."""
    pages = (page.extract_text() for page in pdf(client, report).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def amounts(written: str) -> set[str]:
    """Return the amounts to the cent of a text, or of a page: as written, and as what it writes short is."""
    exact = {exact_euro(Decimal(value)) for value in PLAIN.findall(written)}
    return {amount.removeprefix("−") for amount in AMOUNT.findall(written)} | exact
