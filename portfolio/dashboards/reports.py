"""The pages of board reports: one is asked for, watched, fetched and removed."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolio.dashboards.page import page
from portfolio.jobs.downloads import UNFINISHED, LimitReached
from portfolio.jobs.reports import ReportRefused, Wanted, ask_for, remove
from portfolio.models import BoardReport
from portfolio.queries.publications import publication_of, publications
from portfolio.queries.reports import MAY_MAKE, pdf_of, report_for, reports_of
from portfolio.queries.results import published_set
from portfolio.rules.dates import DateRefused, quick_dates
from portfolio.tasks import begin_day, look_after_reports
from portfolio.vocabulary import DownloadState, ReportSection

PUBLICATIONS_OFFERED = 50
TONES = {
    DownloadState.READY: "good",
    DownloadState.FAILED: "critical",
    DownloadState.EXPIRED: "neutral",
    DownloadState.QUEUED: "neutral",
    DownloadState.RUNNING: "warning",
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_reports(request: HttpRequest) -> HttpResponse:
    """Answer: which reports do I have, and how far are they? And have a new one made."""
    _check(request)
    given, fault = _wanted(request.GET), ""
    if request.method == "POST":
        given = _wanted(request.POST)
        try:
            return HttpResponseRedirect(reverse("report", args=[_ask(request, given).key]))
        except (ReportRefused, DateRefused, LimitReached) as refused:
            fault = str(refused)
    look_after_reports()
    own = list(reports_of(request.user))
    newest = published_set()
    context = {
        "results": None,
        "fault": fault,
        "given": given,
        "chosen": given.sections or ReportSection.values,
        "sections": ReportSection.choices,
        "offered": publications()[:PUBLICATIONS_OFFERED],
        "newest": newest,
        "quarter": quick_dates(newest.as_of)[1][1] if newest else None,
        "own": [_line(report) for report in own],
        "waiting": sum(report.state in UNFINISHED for report in own),
    }
    return page(request, "portfolio/reports.html", context, status=400 if fault else 200)


def _wanted(given: QueryDict) -> Wanted:
    def text(name: str) -> str:
        return given.get(name, "").replace("\0", "").strip()

    return Wanted(
        title=text("title"),
        note=text("note"),
        sections=given.getlist("section"),
        as_of=text("as_of"),
        since=text("since"),
        publication=text("publication"),
    )


def _ask(request: HttpRequest, wanted: Wanted) -> BoardReport:
    begin_day()
    newest = published_set()
    if newest is None:
        raise ReportRefused("Nothing has been computed yet, so there is nothing to report.")
    return ask_for(_person(request), wanted, newest.as_of)


@never_cache
@login_required
@require_safe
def show_report(request: HttpRequest, key: UUID) -> HttpResponse:
    """Answer: how far is this report, what is in it, and where is its PDF?"""
    report = _own(request, key)
    look_after_reports()
    report.refresh_from_db()
    publication = publication_of(report.publication) if report.publication else None
    context = {
        "results": None,
        **_line(report),
        "publication": publication,
        "titles": [ReportSection(name).label for name in report.sections],
        "steps": len(report.sections) + 1,  # the last one sets the pages
        "waiting": int(report.state in UNFINISHED),
    }
    return page(request, "portfolio/report.html", context)


@never_cache
@login_required
@require_safe
def fetch_report(request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the PDF of a report that is ready."""
    report = _own(request, key)
    pdf = pdf_of(report) if report.state == DownloadState.READY else None
    if pdf is None:
        raise Http404(f"The report is {report.get_state_display().lower()}: there is no file.")
    name = f"board-report-{report.as_of}-{str(report.key)[:8]}.pdf"
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["As-Of"] = report.as_of.isoformat()
    response["Data-Version"] = str(report.data_version)
    return response


@never_cache
@login_required
@require_POST
def remove_report(request: HttpRequest, key: UUID) -> HttpResponse:
    """Cancel or remove a report."""
    remove(_own(request, key))
    return HttpResponseRedirect(reverse("reports"))


def _own(request: HttpRequest, key: UUID) -> BoardReport:
    _check(request)
    report = report_for(request.user, key)
    if report is None:
        raise Http404("There is no such report of yours.")
    return report


def _line(report: BoardReport) -> dict[str, Any]:
    return {
        "report": report,
        "tone": TONES[DownloadState(report.state)],
        "working": report.state in UNFINISHED,
        "ready": report.state == DownloadState.READY,
    }


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_MAKE):
        raise PermissionDenied


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]
