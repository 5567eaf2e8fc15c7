"""The pages: each picks its queries and hands them to a template."""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards import charts
from portfolio.dashboards.changes import lately
from portfolio.dashboards.page import page, shown_months, shown_portfolio_months, shown_results
from portfolio.dashboards.stage_line import stage_line
from portfolio.dashboards.waterfall import waterfall
from portfolio.exports.bars import (
    chip_bar,
    envelope_bar,
    longest,
    place_bar,
    places_bar,
    position,
    segments,
)
from portfolio.exports.lists import LIST_GROUPS, LISTS
from portfolio.queries import (
    alert_list,
    chip_page,
    coverage_sums,
    envelope_page,
    overview,
    page_facts,
    pages,
    project_amounts,
    project_page,
    series,
)
from portfolio.queries.alert_readers import seen_by
from portfolio.queries.chips import chip_bounds
from portfolio.queries.existing_factories import existing_chips
from portfolio.queries.project_edits import project_edits
from portfolio.queries.project_funding import STATE_LABELS, project_funding
from portfolio.rules.milestones import standing
from portfolio.vocabulary import DeploymentStatus, EnvelopeKind, FigureKey, FinancierKind

ROWS_ON_A_PAGE = 50
ALERTS_ON_OVERVIEW = 5
ALERTS_ON_PROJECT = 10
FACTORIES_ON_OVERVIEW = 12
EDITS_ON_PROJECT = 10


@require_safe
def show_overview(request: HttpRequest) -> HttpResponse:
    """Answer: how far is it funded, how many places are taken, do the chips match the claim, does it hold?"""
    results = shown_results(request)
    selected = coverage_sums.selected_funding(results)
    firmness = overview.firmness(results, selected.need_eur)
    known = existing_chips(results, FACTORIES_ON_OVERVIEW)
    shown = overview.shown(results, [row.project_id for row in known])
    metrics, places, envelopes = shown.metrics, shown.places, shown.envelopes
    claims = page_facts.claims()
    limit = claims.get(FigureKey.GIGAFACTORY_LIMIT)
    claim = claims.get(FigureKey.CHIPS_PER_GIGAFACTORY)
    claimed = claim.value if claim else None
    known_factories = int(metrics.get("existing_chips_known_factories") or 0)
    largest = longest([claimed, *(row.chips for row in known), *(place.chips.chips for place in places)])
    free = metrics.get("gigafactory_slots_free")
    targets = [row for row in envelopes if row.kind == EnvelopeKind.MOBILISATION_TARGET]
    target = next(
        (row for row in targets if row.envelope.programme.slug == "techeu"), next(iter(targets), None)
    )
    months, monthly = shown_portfolio_months(request, results, charts.PORTFOLIO_METRICS)
    alerts, to_acknowledge = alert_list.gravest(results.as_of, ALERTS_ON_OVERVIEW, seen_by(request.user))
    context = {
        "results": results,
        "metrics": metrics,
        "chart": charts.portfolio_chart(monthly),
        "outdated": len(months.outdated),
        "counted": coverage_sums.projects_counted(results),
        "selected": selected,
        "firmness": firmness,
        "firmness_bar": segments(firmness.need_eur, [(row.name, row.total) for row in firmness.rows]),
        "kinds": [kind.label for kind in FinancierKind],
        "open_eur": max(firmness.need_eur - sum(row.total for row in firmness.rows), overview.ZERO),
        "places": [(place, place_bar(place.funding)) for place in places],
        "free_places": range(len(places) + 1, len(places) + 1 + max(int(free or 0), 0)),
        "limit": limit,
        "places_bar": places_bar(metrics.get("gigafactories_selected"), limit.value if limit else None),
        "claim": claim,
        "claim_vs": claims.get(FigureKey.CHIPS_VS_EXISTING),
        "chip_bars": [(row, chip_bar(row, largest)) for row in known],
        "chip_bounds": shown.bounds,
        "place_chip_bars": [(place, chip_bar(place.chips, largest)) for place in places],
        "claim_mark": position(claimed, largest),
        "claim_bar": segments(largest, [("claimed", claimed)]),
        "more_factories": known_factories - len(known),
        "unknown_factories": int(metrics.get("ai_factories_selected") or 0) - known_factories,
        "envelopes": [(row, envelope_bar(row)) for row in envelopes],
        "target": target,
        "target_bar": envelope_bar(target) if target else None,
        "lately": lately(results),
        "alerts": alerts,
        "to_acknowledge": to_acknowledge,
    }
    return page(request, "portfolio/overview.html", context)


@require_safe
def show_project(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer: is this project funded, by whom, how firmly, and from which sources do we know?"""
    results = shown_results(request)
    found = project_page.project_page(results, slug)
    if found is None:
        raise Http404(f"There is no project “{slug}”.")
    months = shown_months(request, results)
    rows = series.project_series(results, months, found.project)
    funding = project_funding(found.contributions, found.states)
    falls = waterfall(found.coverage, found.shares)
    context = {
        "results": results,
        "found": found,
        "steps": stage_line(found.stages),
        "falls": falls,
        "share_bars": [(share, falls.get(share.kind)) for share in found.shares],
        "funding": [
            ("Financier", "Funding by financier", "Total by financier", funding.financiers),
            ("Instrument", "Funding by instrument", "Total by instrument", funding.instruments),
        ],
        "funding_total": [
            (f"{state}_eur", label, getattr(found.coverage, f"{state}_eur"), found.lacking[state])
            for state, label in STATE_LABELS.items()
        ],
        "states": list(STATE_LABELS.items()),
        "statuses": DeploymentStatus.choices,
        "edits": project_edits(request.user, found.project, EDITS_ON_PROJECT),
        "amounts": project_amounts.project_amounts(found.contributions, found.states, found.estimates),
        "project": found.project,
        "row": found.coverage,
        "chips": found.chips,
        "chip_bounds": found.chip_bounds(results.as_of),
        "all_retired": found.all_retired(results.as_of),
        "funding_bar": place_bar(found.coverage),
        "chart": charts.funding_chart(rows),
        "coverage_chart": charts.coverage_chart(rows),
        "outdated": len(months.outdated),
        "alerts": alert_list.of_project(
            found.project, results.as_of, ALERTS_ON_PROJECT, seen_by(request.user)
        ),
    }
    return page(request, "portfolio/project.html", context)


@require_safe
def show_envelopes(request: HttpRequest) -> HttpResponse:
    """Answer: does each envelope hold, and is each target on its way?"""
    results = shown_results(request)
    rows = overview.envelope_rows(results)
    context = {
        "results": results,
        "budgets": [row for row in rows if row.kind == EnvelopeKind.BUDGET],
        "targets": [row for row in rows if row.kind != EnvelopeKind.BUDGET],
    }
    return page(request, "portfolio/envelopes.html", context)


@require_safe
def show_envelope(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer: what counts against this envelope, and what do sources say of its size?"""
    results = shown_results(request)
    row = envelope_page.envelope_row(results, slug)
    if row is None:
        raise Http404(f"There is no envelope “{slug}”.")
    envelope = row.envelope
    months = shown_months(request, results)
    draw = charts.budget_chart if row.kind == EnvelopeKind.BUDGET else charts.target_chart
    beside = envelope_page.beside(results, months, envelope)
    contributions = Paginator(envelope_page.EnvelopeLines(results, envelope), ROWS_ON_A_PAGE)
    context = {
        "results": results,
        "row": row,
        "envelope": envelope,
        "bar": envelope_bar(row),
        "chart": draw(beside.series),
        "outdated": len(months.outdated),
        "tree": beside.tree,
        "alerts": alert_list.of_envelope(envelope, results.as_of, seen_by(request.user)),
        "figures": beside.figures,
        "shown": contributions.get_page(request.GET.get("page")),
    }
    return page(request, "portfolio/envelope.html", context)


@require_safe
def show_chips(request: HttpRequest) -> HttpResponse:
    """Answer: how many chips are there and coming, and what is the claim worth?"""
    return page(request, "portfolio/chips.html", drawn_chips(request))


def drawn_chips(request: HttpRequest) -> dict[str, Any]:
    """Return the chips that an address asks for beside the claim, for their page and for other sites."""
    results = shown_results(request)
    numbers = chip_page.numbers(results)
    known = chip_page.known_rows(results, numbers.known)
    shown = Paginator(known, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    claims = page_facts.claims()
    claim = claims.get(FigureKey.CHIPS_PER_GIGAFACTORY)
    claimed = claim.value if claim else None
    largest = longest([claimed, numbers.largest])
    return {
        "results": results,
        "metrics": overview.summary(results),
        "claim": claim,
        "claim_vs": claims.get(FigureKey.CHIPS_VS_EXISTING),
        "claim_mark": position(claimed, largest),
        "shown": shown,
        "rows": [(row, chip_bar(row, largest)) for row in shown],
        "chip_bounds": chip_bounds(results.as_of, [row.project_id for row in shown]),
        "unknown_count": numbers.unknown,
        "unknown_rows": chip_page.unknown_rows(results, ROWS_ON_A_PAGE) if numbers.unknown else [],
    }


@require_safe
def show_memorandum(request: HttpRequest) -> HttpResponse:
    """Answer: what was agreed, and what has been done about it?"""
    results = shown_results(request)
    context = {
        "results": results,
        "memoranda": [
            (
                memorandum,
                Counter(
                    standing(action.due_on, action.done_on, results.as_of)
                    for action in memorandum.actions.all()
                ),
            )
            for memorandum in pages.memoranda()
        ],
    }
    return page(request, "portfolio/memorandum.html", context)


@require_safe
def show_data(request: HttpRequest) -> HttpResponse:
    """Answer: where do I get every figure as a file?"""
    context = {
        "results": shown_results(request),
        "groups": [
            (title, [table for table in LISTS.values() if table.group == group and not table.address])
            for group, title in LIST_GROUPS.items()
        ],
    }
    return page(request, "portfolio/data.html", context)
