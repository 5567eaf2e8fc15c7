"""What somebody sees whose attempts to sign in were too many."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def show_locked_out(
    request: HttpRequest, refused: HttpResponse | None, credentials: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return the page that says for how long; the same whether or not there is such an account."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = {"attempts": settings.AXES_FAILURE_LIMIT, "minutes": seconds // 60}
    response = render(request, "registration/locked_out.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response
