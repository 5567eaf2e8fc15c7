"""The addresses of a list's files: for links of pages and of the admin to exactly what they show."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from portfolio.exports.lists import LISTS, read_query

MANIFEST = "manifest"
PAGING = frozenset({"cursor", "page_size"})


def list_address(name: str, given: Mapping[str, str] | None = None, format_: str = "csv", **path: str) -> str:
    """Return the address under which the API gives a list with the same parameters, whole, as a file.

    `given` are its filters, ordering, fields, day and dialect by name; empty ones are left out. `format_` is
    csv, xlsx or jsonl, or manifest for what proves a CSV file complete. `path` are the parameters in the
    address of a list that is part of something. Raise ParameterRefused for what the list does not know.
    """
    parameters = {name_: text for name_, text in (given or {}).items() if text}
    read_query(LISTS[name], {name_: [text] for name_, text in parameters.items()})
    if format_ == MANIFEST:
        address = reverse(f"api:{name}-manifest", kwargs=path or None)
    else:
        address = reverse(f"api:{name}", kwargs=path or None)
        parameters["format"] = format_
    return f"{address}?{urlencode(parameters)}" if parameters else address


def file_address(place: str, given: Mapping[str, str], format_: str) -> str:
    """Return the address of a whole file below a list's: the same for the same parameters in any order."""
    asked = {name: text for name, text in given.items() if name not in PAGING} | {"format": format_}
    return f"{place}?{urlencode(sorted(asked.items()))}"
