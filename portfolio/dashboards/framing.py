"""Which sites may show a page in a frame: none, but for the pages that are made for it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def may_be_framed(view: View) -> View:
    """Return the view of a page that this site, and the origins of EMBED_ANCESTORS, may show in a frame.

    Whatever the view answers may be framed, so it must show no menu and no form that changes anything.
    """

    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        ancestors: list[str] = settings.EMBED_ANCESTORS
        response._csp_replace = {"frame-ancestors": [SELF, *ancestors]}  # type: ignore[attr-defined]
        if ancestors:
            # The older header knows this site or nobody: where others may, the policy alone decides.
            response.xframe_options_exempt = True
        else:
            response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    return framed
