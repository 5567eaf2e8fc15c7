"""Problem documents (RFC 9457), and the parameters whose faults they name."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from portfolio.jobs.past_dates import BeingComputed, results_of
from portfolio.models import ResultSet
from portfolio.queries.results import published_set
from portfolio.rules.dates import DateRefused, parse_asked
from portfolio.tasks import begin_day

RETRY_SECONDS = "5"
FORMATS = ("csv",)

View = Callable[..., HttpResponseBase]


class ParameterRefused(Exception):
    """A parameter that cannot be read; `detail` says what is wrong and what is accepted."""

    def __init__(self, title: str, name: str, value: str, detail: str) -> None:
        super().__init__(detail)
        self.title, self.name, self.value = title, name, value


class NoResults(Exception):
    """Nothing has been computed yet."""


def problem(status: int, title: str, detail: str, **members: object) -> JsonResponse:
    """Return a problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def answering(view: View) -> View:
    """Return the view with a problem document for whatever cannot be answered."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ParameterRefused as error:
            return problem(400, error.title, str(error), parameter=error.name, value=error.value)
        except DateRefused as error:
            shown = ", ".join(request.GET.getlist("as_of"))
            return problem(400, "Malformed parameter", str(error), parameter="as_of", value=shown)
        except BeingComputed as error:
            busy = problem(503, "Being computed", str(error))
            busy["Retry-After"] = RETRY_SECONDS
            return busy
        except NoResults:
            return problem(503, "No results yet", "Nothing has been computed yet. Run the recompute command.")

    return answered


def read_parameters(
    request: HttpRequest, accepted: Collection[str], formats: Collection[str] = FORMATS
) -> dict[str, str]:
    """Return the parameters of an address; raise ParameterRefused for an unknown, repeated or odd one."""
    read: dict[str, str] = {}
    for name in request.GET:
        values = request.GET.getlist(name)
        shown = ", ".join(values)
        if name not in accepted:
            detail = f"“{name}” is not a parameter here. Accepted: {', '.join(sorted(accepted))}."
            raise ParameterRefused("Unknown parameter", name, shown, detail)
        if len(values) > 1:
            raise ParameterRefused(
                "Repeated parameter",
                name,
                shown,
                f"{name} is given {len(values)} times: {shown}. Accepted: once.",
            )
        read[name] = values[0]
    if "format" in read and read["format"] not in formats:
        detail = f"format is “{read['format']}”. Accepted: {', '.join(formats)}."
        raise ParameterRefused("Malformed parameter", "format", read["format"], detail)
    return read


def asked_results(request: HttpRequest) -> ResultSet:
    """Return the results of the day that `?as_of=` asks for, computed where they are missing; else today's.

    Raise DateRefused, BeingComputed, or NoResults before the first recomputation.
    """
    begin_day()
    day = parse_asked(request.GET.getlist("as_of"))
    newest = published_set()
    if newest is None:
        raise NoResults
    return newest if day is None or day == newest.as_of else results_of(day)
