"""The page of the history of all records: who changed what, when, and through which door; as CSV too."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from investai.wording import translated
from portfolio.dashboards.page import page
from portfolio.exports.csvw import MEDIA_TYPE, file_metadata
from portfolio.exports.history_csv import HISTORY_COLUMNS, HISTORY_MEANING, history_csv
from portfolio.queries.edit_history import MOST_COUNTED, Kind, Place, Search, changes, counted, kinds_for
from portfolio.queries.recorded_changes import described
from portfolio.queries.versions import fields_of
from portfolio.rules.dates import today
from portfolio.vocabulary import Door

ON_A_PAGE = 50


@gzip_page
@never_cache
@login_required
@require_safe
def show_history(request: HttpRequest) -> HttpResponseBase:
    """Answer: who changed what, when and how? And give exactly what was searched as CSV."""
    kinds = kinds_for(request.user)
    if not kinds:
        raise PermissionDenied
    fields = _fields(kinds)
    search, faults = _search(request, kinds, fields)
    if request.GET.get("format") == "csv" and not faults:
        return _csv(request, kinds, search)
    after, fault = _after(request, kinds)
    faults += [fault] if fault else []
    count = 0 if faults else counted(kinds, search)
    few = count <= MOST_COUNTED
    places = changes(kinds, search, after, ON_A_PAGE + 1, few=few) if count else []
    shown = described(places[:ON_A_PAGE], kinds)
    last = shown[-1].place if len(places) > ON_A_PAGE else None
    context = {
        "results": None,
        "search": search,
        "faults": faults,
        "changes": shown,
        "count": min(count, MOST_COUNTED),
        "beyond": count > MOST_COUNTED,
        "older": f"{last.kind}.{last.version}" if last else "",
        "goes_on": after is not None,
        "kinds": kinds,
        "fields": sorted(fields.items(), key=lambda pair: pair[1]),
        "doors": Door.choices,
        "narrowed": search != Search(),
    }
    return page(request, "portfolio/history.html", context, status=400 if faults else 200)


def _csv(request: HttpRequest, kinds: list[Kind], search: Search) -> StreamingHttpResponse:
    response = StreamingHttpResponse(history_csv(kinds, search), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="history-{today()}.csv"'
    metadata = request.build_absolute_uri(f"{reverse('history-csvw')}?{request.GET.urlencode()}")
    response["Link"] = f'<{metadata}>; rel="describedby"; type="{MEDIA_TYPE}"'
    return response


@never_cache
@login_required
@require_safe
def show_history_metadata(request: HttpRequest) -> HttpResponseBase:
    """Answer: what is the CSV of the same search, for programs (CSVW)?"""
    kinds = kinds_for(request.user)
    if not kinds:
        raise PermissionDenied
    _, faults = _search(request, kinds, _fields(kinds))
    if faults:
        return show_history(request)
    given = request.GET.copy()
    given["format"] = "csv"
    file = request.build_absolute_uri(f"{reverse('history')}?{given.urlencode()}")
    document = file_metadata("History", HISTORY_MEANING, HISTORY_COLUMNS, file)
    return JsonResponse(document, content_type=MEDIA_TYPE)


def _fields(kinds: list[Kind]) -> dict[str, str]:
    """Return what fields of these kinds are called; where kinds differ, their names in the files decide."""
    found: dict[str, str] = {}
    for kind in kinds:
        for field in fields_of(kind.model):
            found.setdefault(field.name, capfirst(translated(str(field.verbose_name))))
    return found


def _search(request: HttpRequest, kinds: list[Kind], fields: dict[str, str]) -> tuple[Search, list[str]]:
    """Return what is asked for, and what is wrong with it in sentences."""
    given: dict[str, Any] = {
        name: request.GET.get(name, "").strip() for name in ("person", "kind", "key", "field", "door")
    }
    faults = []
    for name, accepted in (
        ("kind", [kind.name for kind in kinds]),
        ("field", [*fields]),
        ("door", Door.values),
    ):
        if given[name] and given[name] not in accepted:
            faults.append(f"{name}: “{given[name]}” is none, accepted: {', '.join(sorted(accepted))}")
    days: dict[str, Any] = {}
    for name in ("since", "until"):
        text = request.GET.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            days[name] = None
            faults.append(f"{name}: “{text}” is not a day, accepted: a day as 2026-06-30")
    if "\0" in "".join(given.values()):
        faults.append("a character that no text has (NUL)")
    return Search(**given, **days), faults


def _after(request: HttpRequest, kinds: list[Kind]) -> tuple[Place | None, str]:
    text = request.GET.get("after", "")
    kind, _, version = text.partition(".")
    if not text:
        return None, ""
    if kind in {one.name for one in kinds} and version.isdecimal() and len(version) < 19:
        return Place(kind, int(version)), ""
    return None, f"after: “{text}” is no place in this list: follow the links of the page"
