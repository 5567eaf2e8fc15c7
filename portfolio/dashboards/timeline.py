"""The timeline: which stage each project reached when, what is late, and what is due."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from investai.wording import translated
from portfolio.dashboards.gantt import Line, axis_of, line
from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.project_choices import project_choices, read_filters
from portfolio.dashboards.templatetags.figures import countries as country_names
from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries import timeline
from portfolio.rules.dates import DateRefused, parse_date, today

PROJECTS_ON_A_PAGE = 25
NEXT_SHOWN = 12
USUAL_HORIZON = timedelta(182)
LAST_DAY = date(2200, 12, 31)
MILESTONES = {timeline.LATE: "With a late one", timeline.DUE: "With one due by the day"}
GROUPS = {timeline.BY_KIND: "By kind", timeline.BY_COUNTRY: "By country"}
View = Callable[..., HttpResponse]


def looking_ahead(view: View) -> View:
    """Return the view of a timeline, which a day after today leads to what is due by then (rule 0)."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.getlist("as_of")
        try:
            ahead = len(asked) == 1 and asked[0] != "" and parse_date(asked[0]) > today()
        except DateRefused:
            ahead = False
        if not ahead:
            return view(request, *args, **kwargs)
        parameters = request.GET.copy()
        del parameters["as_of"]
        parameters["until"] = asked[0]
        return HttpResponseRedirect(f"{request.path}?{parameters.urlencode()}")

    return shown


@require_safe
def show_timeline(request: HttpRequest) -> HttpResponse:
    """Answer: how far has each project come, what is late, and what is due next?"""
    return page(request, "portfolio/timeline.html", drawn_timeline(request))


def drawn_timeline(request: HttpRequest) -> dict[str, Any]:
    """Return what the timeline that an address asks for shows, for its page and for other sites."""
    results = shown_results(request)
    horizon = _horizon(request, results)
    filters = read_filters(request.GET)
    milestones = request.GET.get("milestones", "")
    group = request.GET.get("group", timeline.BY_KIND)
    rows = timeline.rows(results, filters, horizon, milestones, group)
    shown = Paginator(rows, PROJECTS_ON_A_PAGE).get_page(request.GET.get("page"))
    dates = timeline.dates_of([row.project_id for row in shown], results.as_of)
    ahead = horizon.until if request.GET.get("until") else _last(dates, horizon)
    axis = axis_of(dates.values(), results.as_of, ahead)
    lines = [(row, line(dates[row.project_id], axis, results.as_of, ahead)) for row in shown]
    return {
        "results": results,
        "filters": filters,
        "milestones": milestones if milestones in MILESTONES else "",
        "group": group if group in GROUPS else "",
        "until": horizon.until,
        "asked_until": horizon.until if request.GET.get("until") else None,
        "shown": shown,
        "slugs": ",".join(row.project.slug for row in shown),
        "groups": _grouped(lines, group),
        "axis": axis,
        "axis_lines": axis.lines(),
        "now": axis.at(results.as_of),
        "counts": timeline.counts(rows, horizon),
        "next": timeline.next_due(rows, horizon, NEXT_SHOWN),
        "milestone_choices": list(MILESTONES.items()),
        "group_choices": list(GROUPS.items()),
        **project_choices(),
    }


def _horizon(request: HttpRequest, results: ResultSet) -> timeline.Horizon:
    """Return the day of the results and the one asked for by `until`; raise DateRefused for one before."""
    asked = request.GET.get("until", "")
    until = parse_date(asked) if asked else results.as_of + USUAL_HORIZON
    if not results.as_of <= until <= LAST_DAY:
        raise DateRefused(
            f"{until} is not a day to look ahead to. Use one from {results.as_of} to {LAST_DAY}."
        )
    return timeline.Horizon(results.as_of, until)


def _last(dates: dict[int, timeline.Dates], horizon: timeline.Horizon) -> date:
    """Return the last day of any milestone, however far ahead; the horizon where there is none."""
    due = (m.due_on for found in dates.values() for m in found.milestones if m.due_on)
    return max([horizon.until, *due])


def _grouped(
    lines: list[tuple[ProjectCoverage, Line]], group: str
) -> list[tuple[str, list[tuple[ProjectCoverage, Line]]]]:
    """Return the lines under the names of their groups, in their order; one without a name if not grouped."""
    groups: dict[str, list[tuple[ProjectCoverage, Line]]] = {}
    for row, drawn in lines:
        name = ""
        if group == timeline.BY_KIND:
            name = translated(row.project.get_kind_display())
        elif group == timeline.BY_COUNTRY:
            name = country_names(row.project.countries.split(";")[0]) or translated("No country")
        groups.setdefault(name, []).append((row, drawn))
    return list(groups.items())
