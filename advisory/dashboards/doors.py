"""Who comes into the pages of advice: who is signed in and may see it; others are sent away at the door."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from advisory.queries.access import sees_advice


def for_readers_of_advice(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the view for who may see advice: others learn nothing, not even whether there is such a record.

    Who is not signed in is sent to the login; who is, and may not, gets 403.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not sees_advice(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
