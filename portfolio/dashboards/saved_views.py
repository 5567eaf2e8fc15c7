"""The page of a person's saved views of the list of projects: each to open, to rename or to delete."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portfolio.dashboards.page import page
from portfolio.dashboards.projects import address_of_view
from portfolio.jobs.saved_views import LONGEST_NAME, ViewRefused, delete_view, rename_view
from portfolio.models import SavedView
from portfolio.queries.saved_views import MAY_SAVE_VIEWS, views_of


@never_cache
@login_required
@require_safe
def show_saved_views(request: HttpRequest) -> HttpResponse:
    """Answer: which lists of projects have I kept?"""
    _check(request)
    return _page(request)


@never_cache
@login_required
@require_POST
def rename_saved_view(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take another name for a view; a refused one is shown again with what is wrong."""
    view = _own(request, key)
    name = request.POST.get("name", "")
    try:
        rename_view(view, name)
    except ViewRefused as refused:
        return _page(request, view, name, str(refused))
    return HttpResponseRedirect(reverse("saved-views"))


@never_cache
@login_required
@require_POST
def delete_saved_view(request: HttpRequest, key: UUID) -> HttpResponse:
    """Remove a view."""
    delete_view(_own(request, key))
    return HttpResponseRedirect(reverse("saved-views"))


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_SAVE_VIEWS):
        raise PermissionDenied


def _own(request: HttpRequest, key: UUID) -> SavedView:
    """Return a view of the person who asks; those of others are not there."""
    _check(request)
    view = views_of(request.user).filter(key=key).first()
    if view is None:
        raise Http404("You have no such view.")
    return view


def _page(
    request: HttpRequest, refused: SavedView | None = None, name: str = "", fault: str = ""
) -> HttpResponse:
    context = {
        "results": None,
        "views": [(view, address_of_view(view)) for view in views_of(request.user)],
        "refused": refused.pk if refused else None,
        "entered_name": name,
        "fault": fault,
        "longest_name": LONGEST_NAME,
    }
    return page(request, "portfolio/saved_views.html", context, status=400 if fault else 200)
