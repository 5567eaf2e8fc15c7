"""The list of projects: searched, narrowed, sorted and totalled; files and saved views of what is shown."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.project_choices import facets, read_filters, written
from portfolio.dashboards.project_columns import (
    COLUMNS,
    NAME,
    cells,
    file_addresses,
    read_columns,
    written_columns,
)
from portfolio.jobs.saved_views import LONGEST_NAME, ViewRefused, save_view
from portfolio.models import ProjectCoverage, ResultSet, SavedView
from portfolio.queries import project_list
from portfolio.queries.listed import Listed
from portfolio.queries.project_facets import facet_counts, totals_of
from portfolio.queries.saved_views import MAY_SAVE_VIEWS, view_of, views_of
from portfolio.queries.snapshot import reading

ROWS_ON_A_PAGE = 50
# The totals under the list, as (style, name, column of the totals).
LADDER = (
    ("announced", "Announced", "announced_eur"),
    ("under_appraisal", "Under appraisal", "under_appraisal_eur"),
    ("approved", "Approved", "approved_eur"),
    ("signed", "Signed", "signed_eur"),
    ("disbursed", "Disbursed", "disbursed_eur"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def show_projects(request: HttpRequest) -> HttpResponse:
    """Answer: which projects are there, how far is each funded, and what do they add up to?

    What is posted is the name under which the list that the address describes is kept.
    """
    if request.method != "POST":
        return _list_page(request)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.has_perm(MAY_SAVE_VIEWS):
        raise PermissionDenied
    name = request.POST.get("name", "")
    try:
        view = save_view(request.user, name, canonical(request.GET))
    except ViewRefused as refused:
        with reading():
            return _list_page(request, str(refused), name)
    kept = {"as_of": request.GET["as_of"]} if request.GET.get("as_of") else {}
    return HttpResponseRedirect(address_of_view(view, kept))


def canonical(asked: QueryDict) -> str:
    """Return what an address asks of the list of projects, by words that the list knows, in one order."""
    return urlencode(written(read_filters(asked)) + written_columns(read_columns(asked)))


def address_of_view(view: SavedView, kept: dict[str, str] | None = None) -> str:
    """Return the address of a saved view: all that it asks for, and its key."""
    parts = [view.query, urlencode({"view": view.key.hex, **(kept or {})})]
    return f"{reverse('projects')}?{'&'.join(filter(None, parts))}"


def _list_page(request: HttpRequest, fault: str = "", name: str = "") -> HttpResponse:
    results = shown_results(request)
    filters, names = read_filters(request.GET), read_columns(request.GET)
    columns = [COLUMNS[name] for name in names]
    rows = project_list.project_rows(results, filters)
    totals = totals_of(results, filters)
    shown = Paginator(Listed(rows, totals["rows"]), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "results": results,
        "filters": filters,
        "facets": facets(filters, facet_counts(results, filters)),
        "name_column": NAME,
        "columns": columns,
        # What has a column of its own need not stand under the name as well.
        "kind_below": "kind" not in names,
        "countries_below": "countries" not in names,
        "all_columns": [(column, column.name in names) for column in COLUMNS.values()],
        "shown": shown,
        "rows": _rows(results, shown, columns),
        "totals": totals,
        "totals_lack": totals["lacking"],
        "sums": [(column, totals[column.sum] if column.sum else None) for column in columns],
        "ladder": [(style, label, totals[column]) for style, label, column in LADDER],
        "files": file_addresses(results, filters, names),
        **_saved(request.user, request.GET),
        "fault": fault,
        "entered_name": name,
        "longest_name": LONGEST_NAME,
    }
    return page(request, "portfolio/projects.html", context, status=400 if fault else 200)


def _rows(results: ResultSet, shown: Any, columns: list[Any]) -> list[tuple[ProjectCoverage, list[Any]]]:
    rows = list(shown)
    counted = any(column.kind == "count" for column in columns)
    alerts = project_list.open_alerts_of(results, [row.project_id for row in rows]) if counted else {}
    return [(row, cells(row, columns, alerts)) for row in rows]


def _saved(person: User | AnonymousUser, asked: QueryDict) -> dict[str, Any]:
    """Return the views of somebody, and the one that the address names, with what became of it."""
    may_save = person.has_perm(MAY_SAVE_VIEWS)
    named = view_of(asked.get("view", "")) if asked.get("view") else None
    return {
        "may_save": may_save,
        "views": [(view, address_of_view(view)) for view in views_of(person)] if may_save else [],
        "view": named,
        "view_is_own": named is not None and named.owner_id == person.pk,
        "view_differs": named is not None and named.query != canonical(asked),
        "view_address": address_of_view(named) if named else "",
    }
