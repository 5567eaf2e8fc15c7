"""Why a figure is what it is, over HTTP: JSON by page, or all terms as CSV."""

from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode

from django.http import HttpResponseBase, JsonResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.views import APIView

from portfolio.api.dictionary import METADATA, address_of, link_to, metadata_response
from portfolio.api.negotiation import chosen_format
from portfolio.exports.csvw import file_metadata
from portfolio.exports.delivery import delivered, encoded
from portfolio.exports.explanation_columns import EXPLANATION_COLUMNS
from portfolio.exports.explanations import explanation_csv, explanation_document, pages_of
from portfolio.exports.lists.asking import once_each, refused
from portfolio.exports.lists.refusals import NoResults, NotThere
from portfolio.exports.writing import CONTENT_TYPES, Written
from portfolio.jobs.past_dates import BeingComputed, results_of
from portfolio.models import ResultSet
from portfolio.queries.explanations import Cell, Explanation, NothingToExplain, explain
from portfolio.queries.results import published_set
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import parse_as_of, today
from portfolio.tasks import begin_day

FORMATS = ("json", "csv")
PARAMETERS = ("as_of", "format", "page")


class ExplanationView(APIView):
    """How a cell of a result table is made."""

    describes = "explanation"

    def get(self, request: Request, table: str, key: str, column: str) -> HttpResponseBase:
        """Return how a cell is made, as of a day, down to facts and sources."""
        asked = once_each(dict(request._request.GET.lists()), PARAMETERS)
        if asked.get("format", "json") not in FORMATS:
            raise refused("format", asked["format"], ", ".join(FORMATS))
        format_ = chosen_format(request, asked.get("format", ""), FORMATS)

        def address(cell: Cell) -> str:
            return _address(cell, asked)

        def answer(found: Explanation, stack: ExitStack) -> HttpResponseBase:
            if format_ == "json":
                return JsonResponse(explanation_document(found, address, _page(asked, found)))
            headers = {
                "Content-Type": CONTENT_TYPES["csv"],
                "Content-Disposition": f'attachment; filename="{table}-{key}-{column}.csv"',
                "Link": link_to(request.build_absolute_uri(_address(found.cell, asked, METADATA))),
            }
            content = encoded(explanation_csv(found, address))
            return delivered(request._request, Written(headers, content), stack)

        return _explained(Cell(table, key, column), asked, answer)


class ExplanationMetadataView(APIView):
    """What the CSV file of an explanation is, for programs."""

    describes = "explanation-metadata"

    def get(self, request: Request, table: str, key: str, column: str) -> HttpResponseBase:
        """Return the types, units and meanings of the columns of an explanation's CSV file (CSVW)."""
        asked = once_each(dict(request._request.GET.lists()), ("as_of",))

        def answer(found: Explanation, stack: ExitStack) -> HttpResponseBase:
            title = f"{found.name}: {found.rule.label}"
            meaning = f"{found.rule.statement} The operands of its formula, and every term, fact by fact."
            file = request.build_absolute_uri(_address(found.cell, asked, format="csv"))
            others = address_of(request, asked.get("as_of", ""))
            return metadata_response(file_metadata(title, meaning, EXPLANATION_COLUMNS, file, others))

        return _explained(Cell(table, key, column), asked, answer)


def _address(cell: Cell, asked: dict[str, str], file: str = "", **more: str) -> str:
    """Return the path of a cell's explanation, or of a file beside it, as of the day that is asked for."""
    given = {**({"as_of": asked["as_of"]} if "as_of" in asked else {}), **more}
    return f"{reverse('api:explanation', args=cell)}{file}{f'?{urlencode(given)}' if given else ''}"


def _explained(
    cell: Cell, asked: dict[str, str], answer: Callable[[Explanation, ExitStack], HttpResponseBase]
) -> HttpResponseBase:
    """Return what `answer` makes of an explanation, in a snapshot; raise NotThere where there is none."""
    results = _results(asked.get("as_of", ""))
    try:
        with ExitStack() as stack:
            stack.enter_context(reading())
            found = explain(_still_there(results), *cell)
            response = answer(found, stack)
    except NothingToExplain as error:
        raise NotThere("Nothing to explain", str(error)) from error
    response["As-Of"] = results.as_of.isoformat()
    response["Data-Version"] = str(found.results.data_version)
    return response


def _results(as_of: str) -> ResultSet:
    """Return the results of the day asked for, computed where they are missing; else the newest."""
    begin_day()
    day = parse_as_of(as_of) if as_of else None
    newest = published_set()
    if newest is None:
        raise NoResults
    return newest if day is None or day in (newest.as_of, today()) else results_of(day)


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
    raise refused("page", text, f"1 to {last}")
