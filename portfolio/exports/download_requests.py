"""What may be asked for as a download that is prepared, and for whom its file is."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.core.exceptions import PermissionDenied

from portfolio.exports import everything
from portfolio.exports.addresses import file_address
from portfolio.exports.frozen_tables import PUBLISHED, as_frozen, as_published
from portfolio.exports.lists import LISTS, ListRows, ListTable, ParameterRefused, Query, read_query
from portfolio.exports.lists.asking import accepted_names, once_each, refused, unknown
from portfolio.exports.writing import CONTENT_TYPES
from portfolio.jobs.downloads import Wanted
from portfolio.models import Download
from portfolio.rules.dates import DateRefused, parse_as_of

EVERYTHING, ZIP = "everything", "zip"
FORMATS = ("csv", "xlsx", "jsonl")
MEMBERS = ("list", "format", "parameters")
OF_PAGES = ("cursor", "page_size", "format")
OF_EVERYTHING = ("as_of", "confidential")
MOST_CHARACTERS = 200


def wanted(document: Any, reader: Any, root: str) -> Wanted:
    """Return what somebody wants prepared: `list`, `format` and `parameters`, as JSON values, checked.

    `root` is the absolute address of the API. Raise ParameterRefused, NotThere, NotAsPublished, or
    PermissionDenied.
    """
    name, format_, parameters = _members(document)
    if name == EVERYTHING:
        if format_ not in ("", ZIP):
            raise refused("format", format_, f"{ZIP}, for everything")
        as_of, confidential = read_everything({key: [text] for key, text in parameters.items()})
        contents = everything.contents_for(reader, as_of, confidential=confidential)
        asked = f"?{urlencode(parameters)}" if parameters else ""
        return Wanted(name, ZIP, parameters, f"{root}everything.zip{asked}", list(contents.permissions))
    table = LISTS.get(name)
    if table is None:
        detail = unknown(name, [*LISTS, EVERYTHING], "is not a list")
        raise ParameterRefused("Unknown list", "list", _shown(name), detail)
    if format_ not in ("", *FORMATS):
        raise refused("format", format_, ", ".join(FORMATS))
    format_ = format_ or FORMATS[0]
    if table.permission and not reader.has_perm(table.permission):
        raise PermissionDenied
    read_list(table, parameters, format_)
    seen = sorted(table.sees(reader)) if table.sees else []
    permissions = [table.permission] if table.permission else []
    return Wanted(name, format_, parameters, _address(root, table, parameters, format_), permissions, seen)


def read_everything(given: Mapping[str, Any]) -> tuple[date | None, bool]:
    """Return as on which day everything is asked for, and whether with what is confidential."""
    texts = once_each(given, OF_EVERYTHING)
    confidential = texts.get("confidential", "true")
    if confidential not in ("true", "false"):
        raise refused("confidential", confidential, "true, false")
    try:
        return (parse_as_of(texts["as_of"]) if "as_of" in texts else None), confidential == "true"
    except DateRefused as error:
        raise ParameterRefused("Malformed parameter", "as_of", _shown(texts["as_of"]), str(error)) from error


def read_list(
    table: ListTable | ListRows, parameters: Mapping[str, str], format_: str
) -> tuple[ListTable | ListRows, Query, dict[str, str]]:
    """Return the list, what is asked of it, and the parameters that are part of its address."""
    in_path = {parameter.name for parameter in table.parameters if parameter.in_path}
    for name in in_path - set(parameters):
        detail = f"{name} is needed: it is part of the address of this list."
        raise ParameterRefused("Missing parameter", name, "", detail)
    for name in OF_PAGES:
        if name in parameters:
            accepted = sorted({*accepted_names(table), *in_path} - set(OF_PAGES))
            raise ParameterRefused("Unknown parameter", name, parameters[name], unknown(name, accepted))
    given = {name: [text] for name, text in parameters.items() if name not in in_path}
    try:
        query = read_query(table, {**given, "format": [format_]})
    except DateRefused as error:
        shown = _shown(parameters.get("as_of", ""))
        raise ParameterRefused("Malformed parameter", "as_of", shown, str(error)) from error
    path = {name: parameters[name] for name in in_path}
    if PUBLISHED not in query.parameters:
        return table, query, path
    frozen, narrowed = as_frozen(table, as_published(query), query)
    return frozen, narrowed, path


def _members(document: Any) -> tuple[str, str, dict[str, str]]:
    if not isinstance(document, dict):
        detail = "The body is no JSON object. Accepted: one with list, and format and parameters if needed."
        raise ParameterRefused("Malformed body", "body", _shown(document), detail)
    for name in document:
        if name not in MEMBERS:
            detail = unknown(_shown(name), MEMBERS, "is not accepted here")
            raise ParameterRefused("Unknown parameter", _shown(name), _shown(document[name]), detail)
    for name in ("list", "format"):
        if name in document and not _is_text(document[name]):
            raise refused(name, _shown(document[name]), "a text")
    if "list" not in document:
        raise ParameterRefused("Missing parameter", "list", "", "list is needed: the name of a list.")
    parameters = document.get("parameters", {})
    if not isinstance(parameters, dict):
        raise refused("parameters", _shown(parameters), "an object of texts, as the list's address has them")
    for name, text in parameters.items():
        if not (_is_text(name) and _is_text(text)):
            detail = f"{_shown(name)} is {_shown(text)}. Accepted: a text, as in an address."
            raise ParameterRefused("Malformed parameter", _shown(name), _shown(text), detail)
    return document["list"], document.get("format", ""), parameters


def _is_text(value: Any) -> bool:
    """Whether a value of JSON is text that a database and an address can hold."""
    return isinstance(value, str) and "\0" not in value and not _is_broken(value)


def _is_broken(text: str) -> bool:
    """Whether a text has halves of characters, which JSON can escape and UTF-8 cannot say."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def _shown(value: Any) -> str:
    text = (value if isinstance(value, str) else repr(value))[:MOST_CHARACTERS]
    return text.encode("utf-8", "backslashreplace").decode()


def _address(root: str, table: ListTable | ListRows, parameters: Mapping[str, str], format_: str) -> str:
    in_path = {own.name for own in table.parameters if own.in_path}
    place = table.path.format(**{name: quote(parameters[name], safe="") for name in in_path})
    query = {name: text for name, text in parameters.items() if name not in in_path}
    return file_address(f"{root}{place}/", query, format_)


def file_name(download: Download) -> str:
    """Return what the file of a download is called where it is saved."""
    if download.list_name == EVERYTHING:
        return everything.FILE_NAME
    return f"{download.list_name.replace('-', '_')}.{download.format}"


def content_type(download: Download) -> str:
    """Return the media type of the file of a download."""
    return everything.CONTENT_TYPE if download.format == ZIP else CONTENT_TYPES[download.format]


def title_of(download: Download) -> str:
    """Return what a download is, in words."""
    table = LISTS.get(download.list_name)
    return table.title if table else download.list_name.replace("-", " ").capitalize()


def may_read(download: Download, person: Any) -> bool:
    """Whether somebody has the rights that the content of a download takes."""
    table = LISTS.get(download.list_name)
    seen = table.sees(person) if table and table.sees else frozenset()
    return bool(person.has_perms(download.permissions)) and set(download.seen) <= seen
