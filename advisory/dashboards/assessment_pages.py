"""The pages with the form of an assessment: people assess, correct and delete here."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from advisory.dashboards.assessment_form import AssessmentForm
from advisory.jobs.assessing import record_assessment, version_of_assessment
from advisory.jobs.edits import EditedMeanwhile
from advisory.jobs.removing import remove_assessment
from advisory.models import AdvisoryRequest, ReadinessAssessment, ReadinessScale
from advisory.queries.access import sees_assessments
from advisory.queries.keys import next_key
from portfolio.dashboards.page import page
from portfolio.jobs.facts import FactRefused
from portfolio.rules.dates import today

METHODS = ["GET", "HEAD", "POST"]


def _may_assess(request: HttpRequest, verb: str) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    of_scores = ("delete",) if verb == "delete" else ("add", "change")
    needed = [
        f"advisory.{verb}_readinessassessment",
        *(f"advisory.{one}_readinessscore" for one in of_scores),
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
    return _assessment_page(request, _recorded(key), [])


@never_cache
@login_required
@require_POST
def delete_assessment(request: HttpRequest, key: str) -> HttpResponse:
    """Delete an assessment with its scores, unless somebody changed it meanwhile: then show it again."""
    if (refused := _may_assess(request, "delete")) is not None:
        return refused
    assessment, version = _recorded(key), request.POST.get("version", "")
    edited, fault = None, ""
    try:
        remove_assessment(assessment, version, request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse("advice-request", args=[assessment.request.key]))
    except FactRefused as error:
        fault = str(error)
    except EditedMeanwhile as error:
        edited, version = error, error.version
    form = AssessmentForm(_recorded(key))
    return _answer(request, form, [], version, edited, fault)


def _recorded(key: str) -> ReadinessAssessment:
    found = ReadinessAssessment.objects.select_related("request", "scale").filter(key=key).first()
    if found is None:
        raise Http404("There is no such assessment.")
    return found


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
    return _answer(request, form, scales, version, edited)


def _answer(
    request: HttpRequest,
    form: AssessmentForm,
    scales: list[ReadinessScale],
    version: str,
    edited: EditedMeanwhile | None = None,
    fault: str = "",
) -> HttpResponse:
    assessment = form.assessment
    key = form.recorded_key
    deletes = key and _deletes(request)
    context = {
        "title": f"Change the assessment of {assessment.assessed_on}" if key else "New assessment",
        "asked": assessment.request,
        "assessment": assessment,
        "scales": scales,
        "form": form,
        "version": version,
        "edited": edited,
        "back": reverse("advice-request", args=[assessment.request.key]),
        "faults": [*([fault] if fault else []), *(form.non_field_errors() if form.is_bound else [])],
        "action": reverse("advice-reassess", args=[key]) if key else "",
        "delete": reverse("advice-assessment-delete", args=[key]) if deletes else "",
        "deleting": not form.is_bound,
    }
    status = 409 if edited else 400 if fault or (form.is_bound and form.errors) else 200
    return page(request, "advisory/assess.html", context, status=status)


def _deletes(request: HttpRequest) -> bool:
    needed = ["advisory.delete_readinessassessment", "advisory.delete_readinessscore"]
    return bool(request.user.has_perms(needed))
