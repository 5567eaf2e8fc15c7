"""The pages with forms: people record, decide and assess here, without the administration."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from advisory.dashboards.assessment_form import AssessmentForm
from advisory.dashboards.forms import KINDS, RecordKind, new_record, parent_model, record_form
from advisory.jobs.assessing import record_assessment, version_of_assessment
from advisory.jobs.edits import EditedMeanwhile, change, record, version_of
from advisory.models import AdvisoryRequest, ReadinessAssessment, ReadinessScale
from advisory.queries.access import sees_assessments
from advisory.queries.keys import next_key
from portfolio.dashboards.page import page
from portfolio.jobs.facts import FactRefused
from portfolio.rules.dates import today

METHODS = ["GET", "HEAD", "POST"]


def _kind(slug: str) -> RecordKind:
    if slug not in KINDS:
        raise Http404(f"“{slug}” is not recorded here.")
    return KINDS[slug]


def _allowed(request: HttpRequest, kind: RecordKind, verb: str) -> HttpResponse | None:
    """Send who is not signed in to the sign-in; raise PermissionDenied for who may not."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    needed = [kind.permission(verb), *([kind.permission("view")] if kind.confidential else [])]
    if not request.user.has_perms(needed):
        raise PermissionDenied
    return None


@never_cache
@require_http_methods(METHODS)
def add_record(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a new record; a refused one is shown again with what is wrong, and nothing typed is lost."""
    described = _kind(kind)
    if (refused := _allowed(request, described, "add")) is not None:
        return refused
    parent = None
    if described.parent:
        parent = parent_model(described).objects.filter(key=request.GET.get("of", "")).first()
        if parent is None:
            raise Http404("There is nothing that this could belong to.")
    fact = new_record(described, parent, request.user)
    form = record_form(described, fact, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            record(form.instance, request.user)  # type: ignore[arg-type]
            return HttpResponseRedirect(described.back(form.instance))
        except FactRefused as error:
            form.add_error(None, str(error))
    back = _back_to_parent(parent)
    return _form_page(request, described, form, back, title=f"New {described.name}")


def _back_to_parent(parent: Any) -> str:
    if parent is None:
        return reverse("advice-board")
    engagement = getattr(parent, "engagement", parent)
    name = "advice-request" if isinstance(engagement, AdvisoryRequest) else "advice-engagement"
    return reverse(name, args=[engagement.key])


def _recorded(kind: RecordKind, key: str) -> Any:
    """Return the record that an address names: by its key, or by its number where it has none."""
    rows = kind.model._default_manager
    found = rows.filter(key=key) if kind.has_key else rows.filter(pk=key) if key.isdecimal() else rows.none()
    fact = found.first()
    if fact is None:
        raise Http404("There is no such record.")
    return fact


@never_cache
@require_http_methods(METHODS)
def change_record(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take a changed record, unless somebody else changed it meanwhile: then show what they changed."""
    described = _kind(kind)
    if (refused := _allowed(request, described, "change")) is not None:
        return refused
    fact = _recorded(described, key)
    version, edited, name, back = version_of(fact), None, str(fact), described.back(fact)
    form = record_form(described, fact, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            seen = request.POST.get("version", "")
            change(form.instance, seen, request.user, described.fields)  # type: ignore[arg-type]
            return HttpResponseRedirect(described.back(form.instance))
        except FactRefused as error:
            form.add_error(None, str(error))
            version = request.POST.get("version", "")
        except EditedMeanwhile as error:
            edited, version = error, error.version
    elif request.method == "POST":
        version = request.POST.get("version", "")
    title = f"Change {described.name} {name}" if not described.confidential else f"Change {described.name}"
    return _form_page(request, described, form, back, title, version, edited)


def _form_page(
    request: HttpRequest,
    kind: RecordKind,
    form: Any,
    back: str,
    title: str,
    version: str = "",
    edited: EditedMeanwhile | None = None,
) -> HttpResponse:
    context = {
        "title": title,
        "kind": kind,
        "form": form,
        "back": back,
        "version": version,
        "edited": edited,
        "faults": form.non_field_errors() if form.is_bound else [],
    }
    status = 409 if edited else 400 if form.is_bound and form.errors else 200
    return page(request, "advisory/form.html", context, status=status)


# --- Assessments --------------------------------------------------------------------------------------------


def _may_assess(request: HttpRequest, verb: str) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    needed = [
        f"advisory.{verb}_readinessassessment",
        "advisory.add_readinessscore",
        "advisory.change_readinessscore",
    ]
    if not sees_assessments(request.user) or not request.user.has_perms(needed):
        raise PermissionDenied
    return None


@never_cache
@require_http_methods(METHODS)
def assess(request: HttpRequest, key: str) -> HttpResponse:
    """Take a new assessment of a request, on the newest scale in use or the one that is asked for."""
    if (refused := _may_assess(request, "add")) is not None:
        return refused
    asked = AdvisoryRequest.objects.filter(key=key).first()
    if asked is None:
        raise Http404(f"There is no request “{key}”.")
    scales = list(ReadinessScale.objects.filter(in_use_from__lte=today()).order_by("-in_use_from", "-key"))
    if not scales:
        raise Http404("There is no scale of criteria yet. Record one in the administration.")
    scale = next((found for found in scales if found.key == request.GET.get("scale")), scales[0])
    assessment = ReadinessAssessment(
        key=next_key(ReadinessAssessment),
        request=asked,
        scale=scale,
        assessed_on=today(),
        assessor=request.user.get_full_name() or request.user.get_username(),  # type: ignore[union-attr]
    )
    return _assessment_page(request, assessment, scales)


@never_cache
@require_http_methods(METHODS)
def reassess(request: HttpRequest, key: str) -> HttpResponse:
    """Take a changed assessment, unless somebody else changed it meanwhile."""
    if (refused := _may_assess(request, "change")) is not None:
        return refused
    assessment = ReadinessAssessment.objects.select_related("request", "scale").filter(key=key).first()
    if assessment is None:
        raise Http404("There is no such assessment.")
    return _assessment_page(request, assessment, [])


def _assessment_page(
    request: HttpRequest, assessment: ReadinessAssessment, scales: list[ReadinessScale]
) -> HttpResponse:
    recorded = assessment.pk is not None
    version = version_of_assessment(assessment) if recorded else ""
    form, edited = AssessmentForm(assessment, request.POST if request.method == "POST" else None), None
    if request.method == "POST":
        version = request.POST.get("version", "")
        if form.is_valid():
            try:
                record_assessment(form.assessment, form.given(), request.user, version)  # type: ignore[arg-type]
                return HttpResponseRedirect(reverse("advice-assessment", args=[form.assessment.key]))
            except FactRefused as error:
                form.add_error(None, str(error))
            except EditedMeanwhile as error:
                edited, version = error, error.version
    context = {
        "title": f"Change the assessment of {assessment.assessed_on}" if recorded else "New assessment",
        "asked": assessment.request,
        "assessment": assessment,
        "scales": scales,
        "form": form,
        "version": version,
        "edited": edited,
        "back": reverse("advice-request", args=[assessment.request.key]),
        "faults": form.non_field_errors() if form.is_bound else [],
    }
    status = 409 if edited else 400 if form.is_bound and form.errors else 200
    return page(request, "advisory/assess.html", context, status=status)
