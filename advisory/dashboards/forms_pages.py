"""The pages with forms: people record, decide and assess here, without the administration."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from advisory.dashboards.forms import KINDS, RecordKind, new_record, parent_model, record_form
from advisory.jobs.edits import EditedMeanwhile, change, record, version_of
from advisory.jobs.removing import remove
from advisory.models import Adviser, AdvisoryRequest
from investai.wording.book import filled
from portfolio.dashboards.page import page
from portfolio.jobs.facts import FactRefused

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
    back = _back_to_parent(described, parent)
    return _form_page(request, described, form, back, title=described.new)


def _back_to_parent(kind: RecordKind, parent: Any) -> str:
    """Return the page that is left for when a record is not there: that of what it belongs to."""
    if parent is None or isinstance(parent, Adviser):
        return reverse(kind.home)
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
    return _form_page(request, described, form, back, _title(described, name), version, edited, key=key)


def _title(kind: RecordKind, name: str) -> str:
    return filled(kind.change, {"1": name})


@never_cache
@login_required
@require_POST
def delete_record(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Delete a record; where it stays, show it again with what stands in the way or who changed it."""
    described = _kind(kind)
    if (refused := _allowed(request, described, "delete")) is not None:
        return refused
    fact = _recorded(described, key)
    name, version, edited = str(fact), request.POST.get("version", ""), None
    parent = getattr(fact, described.parent) if described.parent else None
    fault = ""
    try:
        remove(fact, version, request.user, described.fields)  # type: ignore[arg-type]
        return HttpResponseRedirect(_back_to_parent(described, parent))
    except FactRefused as error:
        fault = str(error)
    except EditedMeanwhile as error:
        edited, version = error, error.version
    form = record_form(described, _recorded(described, key))
    back, title = described.back(form.instance), _title(described, name)
    return _form_page(request, described, form, back, title, version, edited, key=key, fault=fault)


def _form_page(
    request: HttpRequest,
    kind: RecordKind,
    form: Any,
    back: str,
    title: str,
    version: str = "",
    edited: EditedMeanwhile | None = None,
    *,
    key: str = "",
    fault: str = "",
) -> HttpResponse:
    faults = [*([fault] if fault else []), *(form.non_field_errors() if form.is_bound else [])]
    deletes = key and request.user.has_perm(kind.permission("delete"))
    context = {
        "title": title,
        "kind": kind,
        "form": form,
        "back": back,
        "version": version,
        "edited": edited,
        "faults": faults,
        "action": reverse("advice-change", args=[kind.slug, key]) if key else "",
        "delete": reverse("advice-delete", args=[kind.slug, key]) if deletes else "",
        "deleting": not form.is_bound,
    }
    status = 409 if edited else 400 if fault or (form.is_bound and form.errors) else 200
    return page(request, "advisory/form.html", context, status=status)
