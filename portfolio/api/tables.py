"""The tables of the portfolio as CSV over HTTP."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from portfolio.api.problems import answering, asked_results, problem, read_parameters
from portfolio.exports.fact_tables import FILE_BY_NAME, fact_csv
from portfolio.exports.metric_tables import METRIC_TABLES, published_csv
from portfolio.exports.published_checks import CHECK_TABLES, check_csv
from portfolio.rules.dates import parse_asked

METRICS = {table.name.replace("_", "-"): table for table in METRIC_TABLES}
CHECKS = {table.name.replace("_", "-"): table for table in CHECK_TABLES}
FACTS = {name.replace("_", "-"): file for name, file in FILE_BY_NAME.items()}


@require_safe
@answering
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return one table whole, as of a day: a metric table as published, or a file of the bundle."""
    if name not in METRICS and name not in CHECKS and name not in FACTS:
        accepted = ", ".join(sorted([*METRICS, *CHECKS, *FACTS]))
        return problem(404, "Unknown table", f"“{name}” is not a table. Accepted: {accepted}.")
    read_parameters(request, ("as_of", "format"))
    if name in FACTS:
        as_of = parse_asked(request.GET.getlist("as_of"))
        response = csv_response(fact_csv(FACTS[name], as_of), FACTS[name].file_name)
        if as_of is not None:
            response["As-Of"] = as_of.isoformat()
        return response
    results = asked_results(request)
    if name in CHECKS:
        response = csv_response(check_csv(CHECKS[name], results), CHECKS[name].file_name)
    else:
        response = csv_response(published_csv(METRICS[name], results), METRICS[name].file_name)
    response["As-Of"] = results.as_of.isoformat()
    response["Data-Version"] = str(results.data_version)
    return response


def csv_response(lines: Iterable[str], file_name: str) -> StreamingHttpResponse:
    """Return lines of CSV text as a file to download."""
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
