"""Answering for a page that has not changed since it was drawn: nothing is read and drawn again."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

from investai.preferences import theme_of
from portfolio.dashboards.kept_pages import keep, kept_page
from portfolio.exports.unchanged import entity_tag


def page_tag(request: HttpRequest) -> str | None:
    """Return the entity tag of a page as this reader sees it; None where it may say something once only."""
    if len(get_messages(request)):
        return None
    reader = "anybody"
    if request.user.is_authenticated:
        permissions = ",".join(sorted(request.user.get_all_permissions()))
        # A page that a browser kept from before somebody signed in again has forms that are refused now.
        reader = f"{request.user.pk}|{request.user.is_staff}|{permissions}|{request.META.get('CSRF_COOKIE')}"
    return entity_tag(request.get_full_path(), f"{reader}|{get_language()}|{theme_of(request)}")


def unless_unchanged(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the page, as it was drawn where that still holds, or “not modified” to a reader who has it."""
    tag = None if settings.DEBUG else page_tag(request)
    if tag is not None:
        unchanged = get_conditional_response(request, etag=tag)
        if unchanged is not None and unchanged.status_code == 304:
            unchanged["ETag"] = tag
            return _revalidated(unchanged)
        kept = kept_page(tag, request)
        if kept is not None:
            kept["ETag"] = tag
            return _revalidated(kept)
    response = view()
    if tag is not None and response.status_code == 200:
        keep(tag, response)
        response["ETag"] = tag
    return _revalidated(response)


def _revalidated(response: HttpResponse) -> HttpResponse:
    """Let a reader keep the page, and ask whether it has changed at every look."""
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response
