"""Charts for other sites: each on a small page without a menu, and as a picture."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from investai.languages import SOURCE
from investai.wording import mark, sentence, translated
from portfolio.dashboards import charts
from portfolio.dashboards.addresses import address_of
from portfolio.dashboards.flows import drawn_flows
from portfolio.dashboards.framing import may_be_framed
from portfolio.dashboards.map import drawn_map
from portfolio.dashboards.page import (
    page,
    shown_months,
    shown_portfolio_months,
    shown_results,
    with_results,
)
from portfolio.dashboards.pictures.bars import BarRow, bars_picture
from portfolio.dashboards.pictures.places import map_picture
from portfolio.dashboards.pictures.series import series_picture
from portfolio.dashboards.pictures.sheet import About
from portfolio.dashboards.pictures.times import timeline_picture
from portfolio.dashboards.shared_charts import CHARTS, SharedChart
from portfolio.dashboards.templatetags.figures import chips
from portfolio.dashboards.timeline import drawn_timeline, looking_ahead
from portfolio.dashboards.views import drawn_chips
from portfolio.exports import numbers
from portfolio.exports.bars import envelope_bar
from portfolio.models import EnvelopeUtilisation
from portfolio.queries import envelope_page, overview, project_page, series
from portfolio.queries.page_facts import notice
from portfolio.vocabulary import EnvelopeKind

Drawn = dict[str, Any]
View = Callable[..., HttpResponse]


def _overview(request: HttpRequest, slug: str) -> Drawn:
    results = shown_results(request)
    months, rows = shown_portfolio_months(request, results, charts.PORTFOLIO_METRICS)
    return {"results": results, "chart": charts.portfolio_chart(rows), "outdated": len(months.outdated)}


def _project(draw: Callable[..., charts.Chart | None]) -> Callable[[HttpRequest, str], Drawn]:
    def drawn(request: HttpRequest, slug: str) -> Drawn:
        results = shown_results(request)
        found = project_page.project_page(results, slug)
        if found is None:
            raise Http404(f"There is no project “{slug}”.")
        months = shown_months(request, results)
        chart = draw(series.project_series(results, months, found.project))
        return {
            "results": results,
            "chart": chart,
            "outdated": len(months.outdated),
            "about": found.project.name,
        }

    return drawn


def _envelope(request: HttpRequest, slug: str) -> Drawn:
    results = shown_results(request)
    row = envelope_page.envelope_row(results, slug)
    if row is None:
        raise Http404(f"There is no envelope “{slug}”.")
    months = shown_months(request, results)
    draw = charts.budget_chart if row.kind == EnvelopeKind.BUDGET else charts.target_chart
    chart = draw(list(series.envelope_series(results, months, row.envelope)))
    return {
        "results": results,
        "chart": chart,
        "outdated": len(months.outdated),
        "about": row.envelope.name,
    }


def _envelopes(request: HttpRequest, slug: str) -> Drawn:
    results = shown_results(request)
    return {
        "results": results,
        "rows": [(row, envelope_bar(row)) for row in overview.envelope_rows(results)],
    }


DRAWN: dict[str, Callable[[HttpRequest, str], Drawn]] = {
    "overview": _overview,
    "project-funding": _project(charts.funding_chart),
    "project-coverage": _project(charts.coverage_chart),
    "envelope": _envelope,
    "envelopes": _envelopes,
    "chips": lambda request, slug: drawn_chips(request),
    "map": lambda request, slug: drawn_map(request),
    "timeline": lambda request, slug: drawn_timeline(request),
    "flows": lambda request, slug: drawn_flows(request),
}
OVER_TIME = ("overview", "project-funding", "project-coverage", "envelope")


def _envelopes_picture(drawn: Drawn, about: About) -> bytes:
    rows = [BarRow(row.envelope.name, _figures_of(row), *bar) for row, bar in drawn["rows"]]
    note = translated(
        "Envelopes overlap and are never added up. Dashed line: the part of a target’s period that is past."
    )
    key = {"signed": "signed, or mobilised", "approved": "approved", "over": "over the amount"}
    return bars_picture(rows, _said(key), note, about)


def _said(key: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, translated(words)) for name, words in key.items()]


def _figures_of(row: EnvelopeUtilisation) -> str:
    is_budget = row.kind == EnvelopeKind.BUDGET
    value, bound = (
        (row.committed_eur, numbers.at_least(row.incomplete))
        if is_budget
        else (row.mobilised_eur, numbers.at_least_if_any(row.incomplete))
    )
    amount = "an unknown amount" if row.amount_eur is None else numbers.short_euro(row.amount_eur)
    figure = "unknown" if value is None else numbers.short_euro(value)
    text = "{1} committed of {2}" if is_budget else "{1} mobilised of {2}"
    return sentence(text, f"{translated(bound)} {translated(figure)}".strip(), translated(amount))


def _chips_picture(drawn: Drawn, about: About) -> bytes:
    mark, claim = drawn["claim_mark"], drawn["claim"]
    rows = [
        BarRow(row.project.name, sentence("{1} chips", _bounded(row, drawn)), bar, mark)
        for row, bar in drawn["rows"]
    ]
    notes = []
    if claim:
        notes.append(translated(f"Dashed line: {claim.value:,.0f}, the published number of a gigafactory."))
    if drawn["unknown_count"]:
        notes.append(translated(f"Projects with an unknown number, not drawn: {drawn['unknown_count']:,}."))
    key = {"present": "installed or operational", "coming": "planned or contracted"}
    return bars_picture(rows, _said(key), " ".join(notes), about)


def _bounded(row: Any, drawn: Drawn) -> str:
    return strip_tags(chips(row, drawn["chip_bounds"]))


PICTURES: dict[str, Callable[[Drawn, About], bytes]] = {
    **dict.fromkeys(OVER_TIME, lambda drawn, about: series_picture(drawn["chart"], about)),
    "envelopes": _envelopes_picture,
    "chips": _chips_picture,
    "map": map_picture,
    "timeline": timeline_picture,
}


def _title(chart: SharedChart, drawn: Drawn) -> str:
    if "about" not in drawn:
        return translated(chart.title)
    return f"{drawn['about']}{mark(': ')}{translated(chart.title[0].lower() + chart.title[1:])}"


def _whole_page(request: HttpRequest, chart: SharedChart, slug: str) -> str:
    asked = request.GET.urlencode()
    address = address_of(chart.page, *([slug] if slug else []))
    return request.build_absolute_uri(f"{address}?{asked}" if asked else address)


def _shown(chart: SharedChart) -> View:
    """Return the view of a chart on a page of its own."""

    @require_safe
    def show_embed(request: HttpRequest, slug: str = "") -> HttpResponse:
        """Answer what the chart answers, on another site."""
        drawn = DRAWN[chart.name](request, slug)
        template = "series" if chart.name in OVER_TIME else chart.name
        around = {
            "chart_kind": chart,
            "content": f"embed/{template}.html",
            "title": _title(chart, drawn),
            "whole_page": _whole_page(request, chart, slug),
        }
        return page(request, "embed/chart.html", {**drawn, **around})

    return show_embed


def _pictured(chart: SharedChart) -> View:
    """Return the view of a chart as an SVG file."""

    @require_safe
    def show_picture(request: HttpRequest, slug: str = "") -> HttpResponse:
        """Return the chart as a picture that needs nothing else."""
        drawn = DRAWN[chart.name](request, slug)
        results = drawn["results"]
        about = About(
            _title(chart, drawn),
            results.as_of,
            results.data_version,
            notice(),
            _whole_page(request, chart, slug),
        )
        response = HttpResponse(PICTURES[chart.name](drawn, about), content_type="image/svg+xml")
        response["Content-Language"] = get_language() or SOURCE
        return response

    return show_picture


def _patterns(chart: SharedChart) -> list[URLPattern]:
    base = f"embed/{chart.name}/" + ("<key:slug>/" if chart.of else "")

    def framed(view: View) -> View:
        ready = with_results(view, series=chart.name in OVER_TIME)
        return may_be_framed(looking_ahead(ready) if chart.name == "timeline" else ready)

    found = [path(base, framed(_shown(chart)), name=f"embed-{chart.name}")]
    if not chart.in_browser:
        found.append(path(f"{base}chart.svg", framed(_pictured(chart)), name=f"picture-{chart.name}"))
    return found


def embed_patterns() -> list[URLPattern]:
    """Return the addresses of all charts, as pages and as pictures."""
    return [pattern for chart in CHARTS.values() for pattern in _patterns(chart)]
