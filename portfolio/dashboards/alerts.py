"""The page of alerts, and the acknowledgement of one."""

from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portfolio.dashboards.addresses import address_of
from portfolio.dashboards.page import page, shown_results
from portfolio.jobs.alerts import acknowledge
from portfolio.models import Alert, ResultSet
from portfolio.queries import alert_list
from portfolio.queries.alert_readers import seen_by, visible
from portfolio.queries.listed import Listed
from portfolio.rules.dates import today
from portfolio.vocabulary import AlertKind, Severity

ALERTS_ON_A_PAGE = 50
LONGEST_NOTE = 500
PARAMETERS = ("kind", "severity", "state", "project", "page")
SEVERITIES = {severity.name.lower(): severity for severity in Severity}


@require_safe
def show_alerts(request: HttpRequest) -> HttpResponse:
    """Answer: what needs attention, since when, and who knows of it?"""
    results = shown_results(request)
    filters, end, sees = _filters(request), alert_list.end_of(results.as_of), seen_by(request.user)
    rows, counts = alert_list.alerts_of(filters, sees, end), alert_list.counts(sees, end)
    # What is not narrowed is what was counted: it need not be counted twice.
    listed = rows if filters != alert_list.Filters() else Listed(rows, sum(counts.values()))
    shown = Paginator(listed, ALERTS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "results": results,
        "filters": filters,
        "shown": shown,
        "alerts": alert_list.as_then(shown, end),
        "counts": list(counts.items()),
        "kinds": AlertKind.choices,
        "severities": [(name, severity.label, severity) for name, severity in SEVERITIES.items()],
        "states": alert_list.STATES,
        "narrowed": filters != alert_list.Filters(),
        "csv": _csv_address(results, filters),
        "may_acknowledge": end is None and request.user.has_perm("portfolio.acknowledge_alert"),
        "kept": [(name, request.GET[name]) for name in PARAMETERS if request.GET.get(name)],
    }
    return page(request, "portfolio/alerts.html", context)


def _filters(request: HttpRequest) -> alert_list.Filters:
    """Return the filters of the page's address; an unknown word narrows nothing."""
    asked = request.GET
    kind, state = asked.get("kind", ""), asked.get("state", "")
    return alert_list.Filters(
        kind=kind if kind in AlertKind.values else "",
        severity=SEVERITIES.get(asked.get("severity", "")),
        state=state if state in dict(alert_list.STATES) else "",
        project=asked.get("project", "").replace("\0", "").strip(),
    )


def _csv_address(results: ResultSet, filters: alert_list.Filters) -> str:
    """Return the address of these alerts as CSV; the API knows no part of a project's name."""
    asked = {
        "format": "csv",
        "state__in": filters.state or f"{alert_list.OPEN},{alert_list.ACKNOWLEDGED}",
        "severity": Severity(filters.severity).name.lower() if filters.severity else "",
        "kind": filters.kind,
    }
    day = {"as_of": results.as_of.isoformat()} if results.as_of < today() else {}
    kept = {name: text for name, text in asked.items() if text}
    return f"{address_of('api:table', 'alerts')}?{urlencode(day | kept)}"


@require_POST
def acknowledge_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that who is signed in knows of an alert, with a note if they left one, and go back to the list."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("alerts"))
    if not request.user.has_perm("portfolio.acknowledge_alert"):
        raise PermissionDenied
    alert = get_object_or_404(Alert, visible(seen_by(request.user)), pk=pk)
    acknowledge(alert, request.user, request.POST.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE])
    kept = {name: request.POST[name] for name in PARAMETERS if request.POST.get(name)}
    return HttpResponseRedirect(reverse("alerts") + (f"?{urlencode(kept)}" if kept else ""))
