"""What no address may have in its path, whatever pattern would take it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from portfolio.api.problems import problem

Answer = Callable[[HttpRequest], HttpResponseBase]


class NoNul:
    """Middleware, after the gate of the API: PostgreSQL has no text with a NUL, so nothing is called so."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" not in request.path_info:
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            return problem(404, "Not found", "There is nothing at this address: it has a NUL character.")
        raise Http404
