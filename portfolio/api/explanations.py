"""Why a figure is what it is, over HTTP: JSON by page, or all terms as CSV."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from portfolio.api.problems import ParameterRefused, answering, asked_results, problem, read_parameters
from portfolio.api.tables import csv_response
from portfolio.exports.explanations import explanation_csv, explanation_document, pages_of
from portfolio.jobs.past_dates import BeingComputed
from portfolio.models import ResultSet
from portfolio.queries.explanations import Cell, Explanation, NothingToExplain, explain
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import parse_asked

FORMATS = ("csv", "json")


@require_safe
@answering
def explanation(request: HttpRequest, table: str, key: str, column: str) -> HttpResponseBase:
    """Return how a cell of a metric table is made, as of a day, down to facts and sources."""
    asked = read_parameters(request, ("as_of", "format", "page"), FORMATS)
    results = asked_results(request)
    day = parse_asked(request.GET.getlist("as_of"))

    def address(cell: Cell) -> str:
        path = reverse("api:explanation", args=cell)
        return f"{path}?{urlencode({'as_of': day.isoformat()})}" if day else path

    try:
        with reading():
            found = explain(_still_there(results), table, key, column)
            if asked.get("format") == "csv":
                response: HttpResponseBase = csv_response(
                    explanation_csv(found, address), f"{table}-{key}-{column}.csv"
                )
            else:
                response = JsonResponse(explanation_document(found, address, _page(asked, found)))
    except NothingToExplain as error:
        return problem(404, "Nothing to explain", str(error))
    response["As-Of"] = results.as_of.isoformat()
    response["Data-Version"] = str(found.results.data_version)
    return response


def _still_there(results: ResultSet) -> ResultSet:
    """Return the results as they are in this snapshot; raise BeingComputed where they were removed again."""
    found = ResultSet.objects.filter(pk=results.pk).first()
    if found is None:
        raise BeingComputed(f"The results as of {results.as_of} are being computed. Ask again.")
    return found


def _page(asked: dict[str, str], found: Explanation) -> int:
    """Return the page of terms asked for; raise ParameterRefused where there is none such."""
    last = max([1, *map(pages_of, found.sections)])
    text = asked.get("page", "1")
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= last:
        return int(text)
    raise ParameterRefused("Malformed parameter", "page", text, f"page is “{text}”. Accepted: 1 to {last}.")
