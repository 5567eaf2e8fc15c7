"""Answering for a page that has not changed since it was drawn: nothing is read and drawn again."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

from investai.preferences import theme_of
from portfolio.dashboards.kept_pages import keep, kept_page
from portfolio.exports.unchanged import entity_tag


def page_tag(request: HttpRequest) -> str | None:
    """Return the entity tag of a page as this reader sees it; None where it may say something once only."""
    if settings.DEBUG or len(get_messages(request)):
        return None
    reader = "anybody"
    if request.user.is_authenticated:
        permissions = ",".join(sorted(request.user.get_all_permissions()))
        # A page that a browser kept from before somebody signed in again has forms that are refused now.
        if "CSRF_COOKIE" not in request.META:
            get_token(request)
        reader = f"{request.user.pk}|{request.user.is_staff}|{permissions}|{request.META['CSRF_COOKIE']}"
    return entity_tag(request.get_full_path(), f"{reader}|{get_language()}|{theme_of(request)}")


def held_answer(request: HttpRequest, tag: str | None) -> HttpResponse | None:
    """Return “not modified” to a reader who has the page of this tag, else the page as this process drew it.

    None where it has to be drawn.
    """
    if tag is None:
        return None
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None and unchanged.status_code == 304:
        return _tagged(unchanged, tag)
    kept = kept_page(tag, request)
    return None if kept is None else _tagged(kept, tag)


def drawn(tag: str | None, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the page as its view draws it, kept under its tag."""
    response = view()
    if tag is None or response.status_code != 200:
        return _revalidated(response)
    keep(tag, response)
    return _tagged(response, tag)


def _tagged(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    return _revalidated(response)


def _revalidated(response: HttpResponse) -> HttpResponse:
    """Let a reader keep the page, and ask whether it has changed at every look."""
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response
