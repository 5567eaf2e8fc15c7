"""The pages of funding flows and of the contributions behind them."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards.contribution_filters import (
    MONEY_LABELS,
    STATE_LABELS,
    STATES_OF,
    address,
    choices,
    csv_address,
    read_filters,
    written,
)
from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.sankey import STATE_TOKENS, Picture, in_words
from portfolio.models import ResultSet
from portfolio.queries.contribution_filters import RUNNING, Filters
from portfolio.queries.contribution_list import (
    ROWS_ON_A_PAGE,
    ContributionLines,
    StateTotal,
    names_behind,
    totals,
)
from portfolio.queries.flows import flows
from portfolio.rules.money import ZERO
from portfolio.vocabulary import EventKind, Reason

PROJECTS = (12, 25, 50)
FINANCIERS_OF_A_KIND = 4
# How high the picture is, by how many entries its longest column has; static/css/flows.css has the heights.
HEIGHTS = ((8, "low"), (16, "middle"), (32, "high"))


@require_safe
def show_flows(request: HttpRequest) -> HttpResponse:
    """Answer: whose money flows through which instrument to which project, and how firmly?"""
    return page(request, "portfolio/flows.html", drawn_flows(request))


def drawn_flows(request: HttpRequest) -> dict[str, Any]:
    """Return what the picture of flows that an address asks for shows, for its page and for other sites."""
    results = shown_results(request)
    filters = replace(
        read_filters(request, state="secured", stage=RUNNING),
        instrument="",
        financier="",
        project="",
        guarantee=None,
        beyond=0,
        beyond_financiers=0,
    )
    most = next((number for number in PROJECTS if str(number) == request.GET.get("top")), PROJECTS[0])
    named = request.GET.get("financiers") == "named"
    found = flows(results, filters, most, FINANCIERS_OF_A_KIND if named else 0)
    picture = Picture(results, filters, found, (most, FINANCIERS_OF_A_KIND))
    drawing, payers, projects = picture.drawing(), picture.payers(), picture.projects()
    longest = max((_entries(drawing, column) for column in range(4)), default=0)
    return {
        "results": results,
        "filters": filters,
        "found": found,
        "money": MONEY_LABELS[filters.state],
        "states": list(MONEY_LABELS.items()),
        "firmness": _firmness(results, filters, {"financiers": "named"} if named else {}),
        "guarantees": _guarantees(results, filters),
        "payers": payers,
        "projects": projects,
        "projects_in_all": len(found.projects) + found.others,
        "in_words": in_words(payers, projects),
        "drawing": drawing,
        "height": next((name for most, name in HEIGHTS if longest <= most), "highest"),
        "top": most,
        "other_numbers": [number for number in PROJECTS if number < most or (number > most and found.others)],
        "named": named,
        "narrowed": filters != Filters(state="secured", stage=RUNNING),
        "csv": csv_address(results, replace(filters, guarantee=False)),
        **choices(),
    }


def _entries(drawing: dict[str, Any], column: int) -> int:
    return sum(1 for node in drawing["nodes"] if node["depth"] == column)


def _firmness(results: ResultSet, filters: Filters, kept: dict[str, str]) -> list[dict[str, Any]]:
    """Return what the filters keep of each money that can be chosen, with the address that chooses it."""
    rows = [row for row in totals(results, replace(filters, state="")) if not row.guarantee]
    found = []
    for name, label in MONEY_LABELS.items():
        if name == "disbursed":
            euro = sum((row.disbursed_eur for row in rows), ZERO)
            lacks = any(row.paid_unknown for row in rows)
        else:
            of_it = [row for row in rows if row.state in STATES_OF[name]]
            euro, lacks = sum((row.euro for row in of_it), ZERO), any(row.unknown for row in of_it)
        found.append(
            {
                "name": name,
                "label": label,
                "key": STATE_TOKENS.get(name, name),
                "euro": euro,
                "incomplete": Reason.AMOUNT_UNKNOWN if lacks else "",
                "address": address(results, "flows", written(replace(filters, state=name)) | kept),
            }
        )
    return found


def _guarantees(results: ResultSet, filters: Filters) -> dict[str, Any] | None:
    """Return the guarantees that stand beside a flow, which are no money of it (rule 3); None without any."""
    apart = replace(filters, guarantee=True)
    rows = totals(results, apart)
    if not rows:
        return None
    paid = filters.state == "disbursed"
    return {
        "number": sum(row.number for row in rows),
        "euro": sum((row.disbursed_eur if paid else row.euro for row in rows), ZERO),
        "incomplete": Reason.AMOUNT_UNKNOWN
        if any(row.paid_unknown if paid else row.unknown for row in rows)
        else "",
        "address": address(results, "contributions", written(apart)),
    }


@require_safe
def show_contributions(request: HttpRequest) -> HttpResponse:
    """Answer: which contributions stand behind a figure, and what do exactly these add up to?"""
    results = shown_results(request)
    filters = read_filters(request)
    shown = Paginator(ContributionLines(results, filters), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    sums = sorted(totals(results, filters), key=_place)
    context = {
        "results": results,
        "filters": filters,
        "names": names_behind(filters),
        "shown": shown,
        "sums": [(row, STATE_LABELS.get(_word(row), "No state yet")) for row in sums],
        "number": sum(row.number for row in sums),
        "csv": csv_address(results, filters),
        "states": list(STATE_LABELS.items()),
        "narrowed": filters != Filters(),
        **choices(),
    }
    return page(request, "portfolio/contributions.html", context)


def _word(row: StateTotal) -> str:
    return "secured" if row.state == EventKind.SIGNED else row.state


def _place(row: StateTotal) -> tuple[bool, int]:
    """Return where a state stands in a table: guarantees last, the firmer before the less firm."""
    return row.guarantee, [*STATE_LABELS, ""].index(_word(row))
