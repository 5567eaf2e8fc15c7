"""Problem documents (RFC 9457): what every answer is that cannot be what was asked for."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions

from portfolio.exports.lists.refusals import NoResults, NotAsPublished, NotThere, Outdated, ParameterRefused
from portfolio.exports.places import RETRY_SECONDS as PLACE_SECONDS
from portfolio.exports.places import TooManyExports
from portfolio.exports.writing import CannotBeWritten
from portfolio.jobs.past_dates import BeingComputed
from portfolio.rules.dates import DateRefused

RETRY_SECONDS = "5"
CONTENT_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, **members: object) -> JsonResponse:
    """Return a problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return JsonResponse(
        body, status=status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}
    )


def as_problem(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the problem document of whatever a view raised; None for what is a fault of the program."""
    match error:
        case ParameterRefused():
            return problem(400, error.title, str(error), parameter=error.name, value=error.value)
        case DateRefused():
            shown = ", ".join(context["request"].GET.getlist("as_of"))
            return problem(400, "Malformed parameter", str(error), parameter="as_of", value=shown)
        case CannotBeWritten():
            return problem(400, "Cannot be written", str(error), parameter="format", value="xlsx")
        case TooManyExports():
            busy = problem(429, "Too many large files", str(error))
            busy["Retry-After"] = str(PLACE_SECONDS)
            return busy
        case NotThere():
            return problem(404, error.title, str(error), **error.members)
        case NotAsPublished():
            return problem(500, "Not as published", str(error), publication=error.publication)
        case BeingComputed() | Outdated():
            return _later("Being computed", str(error) or "Results are being computed. Ask again.")
        case NoResults():
            detail = "Nothing has been computed yet. Run the recompute command."
            return _later("No results yet", detail)
        case Http404():
            return problem(404, "Not found", str(error) or "There is nothing at this address.")
        case PermissionDenied():
            return problem(403, "Not for this role", "Your role does not include these records.")
        case exceptions.APIException():
            return _of_framework(error)
    return None


def _later(title: str, detail: str) -> HttpResponse:
    response = problem(503, title, detail)
    response["Retry-After"] = RETRY_SECONDS
    return response


def _of_framework(error: exceptions.APIException) -> HttpResponse:
    """Return what the REST framework refuses as a problem document."""
    title = str(error.default_detail).rstrip(".")
    if "{" in title:  # a sentence to be filled in, as the detail has it
        title = HTTPStatus(error.status_code).phrase
    response = problem(error.status_code, title, str(error.detail))
    if isinstance(error, exceptions.AuthenticationFailed | exceptions.NotAuthenticated):
        response["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    return response
