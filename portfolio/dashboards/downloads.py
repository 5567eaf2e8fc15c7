"""The page of a person's downloads: one is asked for, watched, fetched and removed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portfolio.dashboards.page import page
from portfolio.exports.download_requests import EVERYTHING, title_of, wanted
from portfolio.exports.lists import LIST_GROUPS, LISTS, ParameterRefused
from portfolio.exports.lists.refusals import NotAsPublished, NotThere
from portfolio.jobs.downloads import UNFINISHED, LimitReached, ask_for, remove
from portfolio.models import Download
from portfolio.queries.downloads import MAY_MAKE, MAY_OVERSEE, download_for, downloads_of, downloads_of_others
from portfolio.tasks import look_after_downloads
from portfolio.vocabulary import DownloadState

FORMATS = (
    ("csv", "CSV"),
    ("csv-excel", "CSV for Excel (semicolons, decimal commas)"),
    ("xlsx", "XLSX"),
    ("jsonl", "JSON lines"),
)
EXCEL = "csv-excel"
FIELDS = ("list", "format", "as_of", "parameters")
TONES = {
    DownloadState.READY: "good",
    DownloadState.FAILED: "critical",
    DownloadState.EXPIRED: "neutral",
    DownloadState.QUEUED: "neutral",
    DownloadState.RUNNING: "warning",
}
OTHERS_SHOWN = 50
REFUSALS = (ParameterRefused, NotThere, NotAsPublished, LimitReached)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_downloads(request: HttpRequest) -> HttpResponse:
    """Answer: which files do I have prepared, and how far are they? And have a new one made."""
    _check(request)
    given = {name: request.GET.get(name, "") for name in FIELDS}
    fault: Exception | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in FIELDS}
        try:
            root = request.build_absolute_uri(reverse("api:root"))
            ask_for(_person(request), wanted(_document(given), request.user, root))
            return HttpResponseRedirect(reverse("downloads"))
        except REFUSALS as refused:
            fault = refused
    look_after_downloads()
    return _page(request, given, fault)


@never_cache
@login_required
@require_POST
def remove_download(request: HttpRequest, key: UUID) -> HttpResponse:
    """Cancel or remove a download."""
    _check(request)
    download = download_for(request.user, key)
    if download is None:
        raise Http404("You have no such download.")
    remove(download)
    return HttpResponseRedirect(reverse("downloads"))


def _page(request: HttpRequest, given: Mapping[str, str], fault: Exception | None) -> HttpResponse:
    own = list(downloads_of(request.user))
    others = downloads_of_others(request.user)[:OTHERS_SHOWN] if request.user.has_perm(MAY_OVERSEE) else []
    context = {
        "results": None,
        "fault": str(fault) if fault else "",
        # It names parameters and their words, which are those of the API.
        "of_the_api": isinstance(fault, ParameterRefused),
        "given": given,
        "groups": _lists(request),
        "everything": EVERYTHING,
        "formats": FORMATS,
        "own": [_line(download) for download in own],
        "others": [_line(download) for download in others],
        "waiting": sum(download.state in UNFINISHED for download in own),
    }
    return page(request, "portfolio/downloads.html", context, status=400 if fault else 200)


def _lists(request: HttpRequest) -> list[tuple[str, list[Any]]]:
    """Return the lists to choose from, by group: those that somebody may read, by an address of their own."""
    return [
        (
            title,
            [
                table
                for table in LISTS.values()
                if table.group == group
                and not table.address
                and (not table.permission or request.user.has_perm(table.permission))
            ],
        )
        for group, title in LIST_GROUPS.items()
    ]


def _document(given: Mapping[str, str]) -> dict[str, Any]:
    """Return what is asked for in a form, as a request to the API says it; raise ParameterRefused."""
    parameters: dict[str, str] = {}
    pairs = parse_qsl(given["parameters"].lstrip("?"), keep_blank_values=True)
    if given["parameters"] and not pairs:
        detail = (
            f"Filters are “{given['parameters'][:200]}”. Accepted: as in an address, kind=signed&project=a."
        )
        raise ParameterRefused("Malformed parameter", "parameters", given["parameters"][:200], detail)
    if given["as_of"]:
        pairs.append(("as_of", given["as_of"]))
    format_ = given["format"]
    if format_ == EXCEL and given["list"] != EVERYTHING:
        pairs.append(("dialect", "excel"))
    for name, text in pairs:
        if name in parameters:
            raise ParameterRefused(
                "Repeated parameter", name, text, f"{name} is given twice. Accepted: once."
            )
        parameters[name] = text
    format_ = "" if given["list"] == EVERYTHING else "csv" if format_ == EXCEL else format_
    return {"list": given["list"], "format": format_, "parameters": parameters}


def _line(download: Download) -> dict[str, Any]:
    return {
        "download": download,
        "title": title_of(download),
        "tone": TONES[DownloadState(download.state)],
        "working": download.state in UNFINISHED,
        "ready": download.state == DownloadState.READY,
        "parameters": "&".join(f"{name}={text}" for name, text in sorted(download.parameters.items())),
    }


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_MAKE):
        raise PermissionDenied


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]
