"""The tables of the portfolio as CSV over HTTP."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from portfolio.exports.fact_tables import FILE_BY_NAME, fact_csv
from portfolio.exports.metric_tables import METRIC_TABLES, published_csv
from portfolio.queries.results import published_set
from portfolio.tasks import begin_day

METRICS = {table.name.replace("_", "-"): table for table in METRIC_TABLES}
FACTS = {name.replace("_", "-"): file for name, file in FILE_BY_NAME.items()}
FORMATS = ("csv",)


def problem(status: int, title: str, detail: str, **members: object) -> JsonResponse:
    """Return a problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _refused_parameter(request: HttpRequest) -> JsonResponse | None:
    for name in request.GET:
        if name != "format":
            return problem(
                400, "Unknown parameter", f"“{name}” is not a parameter. Accepted: format.", parameter=name
            )
        values = request.GET.getlist(name)
        if len(values) > 1 or values[0] not in FORMATS:
            shown = ", ".join(values)
            return problem(
                400,
                "Malformed parameter",
                f"format is “{shown}”. Accepted: {', '.join(FORMATS)}, once.",
                parameter=name,
                value=shown,
            )
    return None


@require_safe
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return one table whole: a metric table as published, or a file of the bundle."""
    if refused := _refused_parameter(request):
        return refused
    if name in METRICS:
        begin_day()
        results = published_set()
        if results is None:
            return problem(503, "No results yet", "Nothing has been computed yet. Run the recompute command.")
        response = _csv(published_csv(METRICS[name], results), METRICS[name].file_name)
        response["As-Of"] = results.as_of.isoformat()
        return response
    if name in FACTS:
        return _csv(fact_csv(FACTS[name]), FACTS[name].file_name)
    accepted = ", ".join(sorted([*METRICS, *FACTS]))
    return problem(404, "Unknown table", f"“{name}” is not a table. Accepted: {accepted}.")


def _csv(lines: Iterable[str], file_name: str) -> HttpResponse | StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
