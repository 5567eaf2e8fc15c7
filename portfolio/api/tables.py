"""The tables of the portfolio as CSV over HTTP."""

from collections.abc import Callable, Iterable
from functools import partial

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from portfolio.api.frozen_tables import frozen_table
from portfolio.api.problems import answering, asked_results, problem, read_parameters
from portfolio.exports.fact_tables import FILE_BY_NAME, fact_csv
from portfolio.exports.metric_tables import METRIC_TABLES, MetricTable, published_csv, series_csv
from portfolio.exports.published_checks import CHECK_TABLES, check_csv
from portfolio.models import ResultSet
from portfolio.queries.series import series_sets
from portfolio.rules.dates import parse_asked
from portfolio.tasks import bring_series_up_to_date

SERIES = "-series"


def _series(table: MetricTable, results: ResultSet) -> Iterable[str]:
    return series_csv(table, series_sets(results.as_of))


def address(name: str) -> str:
    """Return a table's name as addresses write it."""
    return name.replace("_", "-")


RESULTS: dict[str, Callable[[ResultSet], Iterable[str]]] = {
    **{address(table.name): partial(published_csv, table) for table in METRIC_TABLES},
    **{address(table.name) + SERIES: partial(_series, table) for table in METRIC_TABLES},
    **{address(table.name): partial(check_csv, table) for table in CHECK_TABLES},
}
METRICS = {address(table.name) for table in METRIC_TABLES}
FACTS = {address(name): file for name, file in FILE_BY_NAME.items()}


@require_safe
@answering
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return one table whole, as of a day: results, their series at month ends, or a file of the bundle.

    A metric table is given as published too, with `?published=` and the slug of a publication.
    """
    if name not in RESULTS and name not in FACTS:
        accepted = ", ".join(sorted([*RESULTS, *FACTS]))
        return problem(404, "Unknown table", f"“{name}” is not a table. Accepted: {accepted}.")
    published = ("published",) if name in METRICS else ()
    asked = read_parameters(request, ("as_of", "format", *published))
    if "published" in asked:
        return frozen_table(name, asked)
    file_name = f"{name.replace('-', '_')}.csv"
    if name in FACTS:
        as_of = parse_asked(request.GET.getlist("as_of"))
        response = csv_response(fact_csv(FACTS[name], as_of), file_name)
        if as_of is not None:
            response["As-Of"] = as_of.isoformat()
        return response
    results = asked_results(request)
    months = bring_series_up_to_date() if name.endswith(SERIES) else None
    response = csv_response(RESULTS[name](results), file_name)
    response["As-Of"] = results.as_of.isoformat()
    response["Data-Version"] = str(results.data_version)
    if months is not None:
        response["Month-Ends-Outdated"] = str(len(months.until(results.as_of).outdated))
    return response


def csv_response(lines: Iterable[str], file_name: str) -> StreamingHttpResponse:
    """Return lines of CSV text as a file to download."""
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
