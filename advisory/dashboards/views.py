"""The pages of advice that are read: the board, a case and its parts, the funnel, workload, deliverables."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from advisory.dashboards.funnel_page import funnel_context
from advisory.models import ReadinessAssessment
from advisory.queries import advisers, board, case_page, work
from advisory.queries.access import sees_advice, sees_assessments, sees_notes
from advisory.queries.explanations import NothingToExplain, explain
from advisory.rules.outcomes import NO_PROOF
from advisory.vocabulary import Step
from portfolio.dashboards.page import page, shown_results


@require_safe
def show_board(request: HttpRequest) -> HttpResponse:
    """Answer: where does each request stand, since when, and who has it?"""
    results = shown_results(request)
    confidential = sees_assessments(request.user)
    filters = _filters(request)
    found = board.cards(results, filters, confidential=confidential)
    context = {
        "results": results,
        "filters": filters,
        "columns": board.columns(found, confidential=confidential),
        "number": len(found),
        "stalled": sum(card.stalled for card in found),
        "choices": board.choices(results),
        "confidential": confidential,
    }
    return page(request, "advisory/board.html", context)


def _filters(request: HttpRequest) -> board.Filters:
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("country", "provider", "lead")}
    return board.Filters(**asked, stalled=request.GET.get("stalled") == "yes")


@require_safe
def show_request(request: HttpRequest, key: str) -> HttpResponse:
    """Answer: what was asked, decided and done, and what came of it?"""
    results = shown_results(request)
    found = case_page.request_page(results, key)
    if found is None:
        raise Http404(f"There is no request “{key}”.")
    context: dict[str, Any] = {
        "results": results,
        "found": found,
        "asked": found.request,
        "case": found.case,
        "steps": _steps(found, sees_assessments(request.user)),
        "sees_assessments": sees_assessments(request.user),
        "sees_notes": sees_notes(request.user),
    }
    if context["sees_assessments"]:
        context["assessments"] = case_page.shown_assessments(found.request, results.as_of)
    if context["sees_notes"]:
        context["said"] = case_page.said(found.request, results.as_of)
    return page(request, "advisory/request.html", context)


def _steps(found: case_page.RequestPage, confidential: bool) -> list[tuple[str, Any, bool]]:
    """Return the steps that a case has reached with their days, in order, and which of them it stands in."""
    if found.case is None:
        return []
    shown = (step for step in Step if confidential or step != Step.READY)
    reached = [(step, getattr(found.case, f"{step.value}_on")) for step in shown]
    return [(str(step.label), day, step == found.case.step) for step, day in reached if day is not None]


@require_safe
def show_engagement(request: HttpRequest, key: str) -> HttpResponse:
    """Answer: who does what by when, and what has been handed over?"""
    results = shown_results(request)
    found = case_page.engagement_page(key, results.as_of)
    if found is None:
        raise Http404(f"There is no engagement “{key}”.")
    confidential = sees_assessments(request.user)
    context = {
        "results": results,
        "found": found,
        "engagement": found.engagement,
        "sees_assessments": confidential,
        "readiness": case_page.readiness_row(results, found.engagement) if confidential else None,
    }
    return page(request, "advisory/engagement.html", context)


@require_safe
def show_assessment(request: HttpRequest, key: str) -> HttpResponse:
    """Answer: how ready was it, by which criteria, and what has changed since an earlier assessment?

    For who may see assessments; others learn nothing, not even whether there is one.
    """
    if not sees_assessments(request.user):
        raise PermissionDenied
    results = shown_results(request)
    record = ReadinessAssessment.objects.select_related("request").filter(key=key).first()
    shown = case_page.shown_assessments(record.request, results.as_of) if record else []
    found = next((one for one in shown if one.record.key == key), None)
    if found is None:
        raise Http404("There is no such assessment as of this day.")
    others = [one for one in shown if one is not found]
    other = next((one for one in others if one.record.key == request.GET.get("with")), None)
    if other is None:
        other = next((one for one in reversed(shown[: shown.index(found)])), None)
    scores = case_page.scores_of(found.record)
    context = {
        "results": results,
        "found": found,
        "asked": found.record.request,
        "rows": [(item, scores.get(item.area)) for item in found.rules.levels],
        "others": others,
        "comparison": case_page.comparison(other, found) if other else None,
    }
    return page(request, "advisory/assessment.html", context)


@require_safe
def show_funnel(request: HttpRequest) -> HttpResponse:
    """Answer: how many requests came how far, how fast, and what was signed after advice?

    Everybody who may read sees what is added up over all cases; by project is for who may see advice.
    """
    results = shown_results(request)
    sees = sees_advice(request.user)
    context = {
        "results": results,
        "no_proof": NO_PROOF,
        "sees_advice": sees,
        **funnel_context(results, by_project=sees),
    }
    return page(request, "advisory/funnel.html", context)


@require_safe
def show_advice_explanation(request: HttpRequest, table: str, key: str, column: str) -> HttpResponse:
    """Answer: which cases or projects is this figure made of, and by which rule?"""
    results = shown_results(request)
    try:
        found = explain(results, table, key, column, confidential=sees_assessments(request.user))
    except NothingToExplain as error:
        raise Http404(str(error)) from error
    context = {"results": results, "found": found, "money": column.endswith("_eur"), "no_proof": NO_PROOF}
    return page(request, "advisory/explanation.html", context)


@require_safe
def show_workload(request: HttpRequest) -> HttpResponse:
    """Answer: who has more to do than days to do it, and what waits?"""
    results = shown_results(request)
    return page(request, "advisory/workload.html", {"results": results, "work": work.workload(results)})


@require_safe
def show_deliverables(request: HttpRequest) -> HttpResponse:
    """Answer: what is late, what is due soon, and whose is it?"""
    results = shown_results(request)
    lead = request.GET.get("lead", "").replace("\0", "")
    context = {
        "results": results,
        "lead": lead,
        "leads": board.choices(results).leads,
        "due": work.deliverables(results.as_of, lead),
        "days_ahead": work.DAYS_AHEAD,
    }
    return page(request, "advisory/deliverables.html", context)


@require_safe
def show_advisers(request: HttpRequest) -> HttpResponse:
    """Answer: who gives advice, who leads it, and how many days a month has each of them?"""
    results = shown_results(request)
    context = {"results": results, "providers": advisers.providers(results.as_of)}
    return page(request, "advisory/advisers.html", context)
