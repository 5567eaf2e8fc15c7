"""The pages of scenarios: what-ifs over the facts, beside them; and the forms that make them."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.scenario_forms import ChangeForm, change_form, said
from portfolio.dashboards.scenario_tables import all_rows, changed_tables, headlines, places_exceeded
from portfolio.exports.scenario_tables import TABLE_BY_NAME
from portfolio.exports.scenario_words import sentence
from portfolio.jobs import scenarios as jobs
from portfolio.jobs.scenarios import ScenarioRefused
from portfolio.models import ResultSet, Scenario
from portfolio.queries.scenarios import all_scenarios, scenario_of
from portfolio.queries.snapshot import reading
from portfolio.queries.what_if import what_if
from portfolio.queries.what_if_changes import what_if_changes
from portfolio.vocabulary import ChangeKind

SCENARIOS_ON_A_PAGE = 50
Person = User | AnonymousUser
View = Callable[..., HttpResponse]


def may_create(person: Person) -> bool:
    """Whether somebody may make scenarios."""
    return person.has_perm("portfolio.add_scenario")


def may_change(person: Person, scenario: Scenario) -> bool:
    """Whether somebody may change a scenario: its owner, or an Administrator."""
    if not person.has_perm("portfolio.change_scenario"):
        return False
    return scenario.created_by_id == person.pk or person.has_perm("portfolio.change_any_scenario")


def _found(slug: str) -> Scenario:
    scenario = scenario_of(slug)
    if scenario is None:
        raise Http404(f"There is no scenario “{slug}”.")
    return scenario


def _address(request: HttpRequest, scenario: Scenario, fragment: str = "", **parameters: str) -> str:
    """Return the address of a scenario's page as of the day that was shown."""
    kept = {"as_of": request.GET["as_of"]} if request.GET.get("as_of") else {}
    asked = urlencode(kept | parameters)
    return reverse("scenario", args=[scenario.slug]) + (f"?{asked}" if asked else "") + fragment


def _changing(view: View) -> View:
    """Return a view of a form with the scenario found, for who may change it; others are refused."""

    @wraps(view)
    def changed(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        scenario = _found(slug)
        if not request.user.is_authenticated:
            return redirect_to_login(_address(request, scenario))
        if not may_change(request.user, scenario):
            raise PermissionDenied
        return view(request, scenario, **kwargs)

    return require_POST(changed)


@require_http_methods(["GET", "HEAD", "POST"])
def show_scenarios(request: HttpRequest) -> HttpResponse:
    """Answer: which what-ifs are there? And take the name of a new one."""
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(reverse("scenarios"))
        if not may_create(request.user):
            raise PermissionDenied
        try:
            scenario = jobs.create_scenario(_given(request, "name"), _given(request, "note"), request.user)
        except ScenarioRefused as refused:
            faults = refused.faults
        else:
            return HttpResponseRedirect(_address(request, scenario))
    context = {
        "results": shown_results(request),
        "shown": Paginator(all_scenarios(), SCENARIOS_ON_A_PAGE).get_page(request.GET.get("page")),
        "may_create": may_create(request.user),
        "name": _given(request, "name"),
        "note": _given(request, "note"),
        "faults": faults,
    }
    return page(request, "portfolio/scenarios.html", context, status=400 if faults else 200)


def _given(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")


@require_safe
def show_scenario(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer: what would the four tables be if this were so, and what differs from the facts?"""
    results = shown_results(request)
    kind = request.GET.get("add", "")
    form = change_form(kind) if kind in ChangeKind.values else None
    return _scenario_page(request, _found(slug), results, form)


def _scenario_page(
    request: HttpRequest,
    scenario: Scenario,
    results: ResultSet,
    form: ChangeForm | None = None,
    described: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HttpResponse:
    name = request.GET.get("rows", "").replace("-", "_")
    table = TABLE_BY_NAME.get(name)
    found = what_if(scenario, results) if table else what_if_changes(scenario, results)
    context = {
        "results": results,
        "scenario": scenario,
        "found": found,
        "changes": [(outcome, sentence(outcome, said)) for outcome in found.outcomes],
        "headlines": headlines(found),
        "places_exceeded": places_exceeded(found),
        "tables": changed_tables(found),
        "all_rows": all_rows(table, found, request.GET.get("page")) if table else None,
        "may_change": may_change(request.user, scenario),
        "may_copy": may_create(request.user),
        "kinds": ChangeKind.choices,
        "form": form,
        "described": described or {"name": scenario.name, "note": scenario.note},
        "faults": faults or {},
        "general_fault": (faults or {}).get("", ""),
    }
    refused = bool(faults or (form and form.faults))
    return page(request, "portfolio/scenario.html", context, status=400 if refused else 200)


@_changing
def add_change(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    """Take a change; a refused one is shown again with what is wrong, and nothing typed is lost."""
    results = shown_results(request)
    kind = _given(request, "kind")
    given = {name: str(value) for name, value in request.POST.items()}
    try:
        jobs.add_change(scenario, kind, given, results.as_of)
    except ScenarioRefused as refused:
        form = change_form(kind, given, refused.faults) if kind in ChangeKind.values else None
        with reading():
            return _scenario_page(request, scenario, results, form, faults=refused.faults)
    return HttpResponseRedirect(_address(request, scenario, "#changes"))


@_changing
def remove_change(request: HttpRequest, scenario: Scenario, position: int) -> HttpResponse:
    """Remove a change; one that is gone already is no fault."""
    jobs.remove_change(scenario, position)
    return HttpResponseRedirect(_address(request, scenario, "#changes"))


@_changing
def describe_scenario(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    """Take another name and note."""
    described = {"name": _given(request, "name"), "note": _given(request, "note")}
    try:
        jobs.describe_scenario(scenario, **described)
    except ScenarioRefused as refused:
        results = shown_results(request)
        with reading():
            return _scenario_page(
                request, _found(scenario.slug), results, described=described, faults=refused.faults
            )
    return HttpResponseRedirect(_address(request, scenario))


@_changing
def delete_scenario(request: HttpRequest, scenario: Scenario) -> HttpResponse:
    """Remove a scenario."""
    jobs.delete_scenario(scenario)
    return HttpResponseRedirect(reverse("scenarios"))


@require_POST
def copy_scenario(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a copy that belongs to whoever asks for it."""
    scenario = _found(slug)
    if not request.user.is_authenticated:
        return redirect_to_login(_address(request, scenario))
    if not may_create(request.user):
        raise PermissionDenied
    return HttpResponseRedirect(_address(request, jobs.copy_scenario(scenario, request.user)))
