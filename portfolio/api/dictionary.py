"""The data dictionary as JSON, and the metadata that stands beside each CSV file (CSVW)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from rest_framework.request import Request
from rest_framework.views import APIView

from portfolio.api.links import root
from portfolio.api.negotiation import chosen_format
from portfolio.exports.csvw import MEDIA_TYPE, csv_metadata
from portfolio.exports.dictionary import file_entries, list_entries
from portfolio.exports.lists import Query
from portfolio.exports.lists.asking import once_each, refused
from portfolio.exports.lists.columns import AnyList
from portfolio.exports.unchanged import entity_tag
from portfolio.rules import RULES_VERSION

METADATA = "csv-metadata.json"
SHOWN_ONLY = ("format", "cursor", "page_size")


class DictionaryView(APIView):
    """What every column is."""

    describes = "dictionary"

    def get(self, request: Request) -> HttpResponseBase:
        """Return the entry of every list and of every file of the bundle."""
        given = once_each(dict(request._request.GET.lists()), ["format"])
        if given.get("format", "json") != "json":
            raise refused("format", given["format"], "json")
        chosen_format(request, given.get("format", ""), ("json",))
        # It follows from the program alone, and its addresses from where it is asked for.
        base = root(request)
        tag = entity_tag(base, "", "dictionary")
        response = get_conditional_response(request._request, etag=tag)
        if response is None:
            response = JsonResponse(_document(base), json_dumps_params={"ensure_ascii": False})
        response["ETag"] = tag
        patch_cache_control(response, no_cache=True)
        return response


def _document(base: str) -> dict[str, Any]:
    lists = [
        {
            **entry,
            "address": f"{base}{entry['path']}/",
            "csv": f"{base}{entry['path']}/?format=csv",
            "csv_metadata": f"{base}{entry['path']}/{METADATA}",
        }
        for entry in list_entries().values()
    ]
    return {"rules_version": RULES_VERSION, "lists": lists, "files": list(file_entries().values())}


def metadata_link(request: Request, query: Query) -> str:
    """Return the header Link of a CSV file: where its metadata is, for the same parameters."""
    return link_to(_beside(request, METADATA, query))


def link_to(metadata: str) -> str:
    """Return the header Link that leads to the metadata at an address."""
    return f'<{metadata}>; rel="describedby"; type="{MEDIA_TYPE}"'


def metadata_beside(file: str) -> str:
    """Return the address of the metadata of a list's CSV file, whose own address is given."""
    place, _, query = file.partition("?")
    asked = urlencode([(name, text) for name, text in parse_qsl(query) if name not in SHOWN_ONLY])
    return f"{place}{METADATA}{f'?{asked}' if asked else ''}"


def metadata_of(request: Request, table: AnyList, query: Query) -> HttpResponse:
    """Return the metadata of the CSV file that the same parameters give."""
    address = _beside(request, "", query, format="csv")
    others = address_of(request, query.given.get("as_of", ""))
    return metadata_response(csv_metadata(table, query.fields, address, query.dialect, others))


def address_of(request: Request, as_of: str) -> Callable[[AnyList], str]:
    """Return what gives the address of a list's whole CSV file, as of a day where one is asked for."""

    def address(table: AnyList) -> str:
        day = {"as_of": as_of} if as_of and table.dated else {}
        return f"{root(request)}{table.path}/?{urlencode({**day, 'format': 'csv'})}"

    return address


def metadata_response(document: dict[str, Any]) -> HttpResponse:
    """Return metadata as an answer."""
    return JsonResponse(document, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def _beside(request: Request, file: str, query: Query, **more: str) -> str:
    """Return the address of a file beside a list, with the list's parameters in the order of their names."""
    path = request._request.path.removesuffix(METADATA)
    given = {name: text for name, text in query.given.items() if name not in SHOWN_ONLY}
    asked = urlencode({**given, **more})
    return str(request.build_absolute_uri(f"{path}{file}{f'?{asked}' if asked else ''}"))
