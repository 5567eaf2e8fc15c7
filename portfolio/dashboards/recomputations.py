"""The page of recomputations: is what I see up to date, and what was done to keep it so?"""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import NoResults, page, shown_results
from portfolio.models import ResultSet
from portfolio.queries import recomputations
from portfolio.vocabulary import Outcome, Trigger

RUNS_ON_A_PAGE = 50
WAITING_SHOWN = 20


@require_safe
def show_recomputations(request: HttpRequest) -> HttpResponse:
    """Answer: does anything wait, how did the runs go, and were the results found right?"""
    filters = _filters(request)
    runs = recomputations.runs(filters)
    context = {
        "results": _results(request),
        "filters": filters,
        "shown": Paginator(runs, RUNS_ON_A_PAGE).get_page(request.GET.get("page")),
        "last": recomputations.runs(recomputations.Filters()).first(),
        "waiting": recomputations.waiting(WAITING_SHOWN),
        "verification": recomputations.last_verification(),
        "now": timezone.now(),
        "triggers": Trigger.choices,
        "outcomes": Outcome.choices,
        "narrowed": filters != recomputations.Filters(),
    }
    return page(request, "portfolio/recomputations.html", context)


def _results(request: HttpRequest) -> ResultSet | None:
    """Return the results that the header names; None before the first, which this page may well explain."""
    try:
        return shown_results(request)
    except NoResults:
        return None


def _filters(request: HttpRequest) -> recomputations.Filters:
    trigger, outcome = request.GET.get("trigger", ""), request.GET.get("outcome", "")
    return recomputations.Filters(
        trigger=trigger if trigger in Trigger.values else "",
        outcome=outcome if outcome in Outcome.values else "",
    )
