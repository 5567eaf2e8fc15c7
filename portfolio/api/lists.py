"""Every list over HTTP: pages of JSON, whole files, and single rows by their key."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from portfolio.api.answers import answered
from portfolio.api.dictionary import metadata_link, metadata_of
from portfolio.api.frozen_tables import frozen_file
from portfolio.api.links import JOINT, links_of, root
from portfolio.api.negotiation import chosen_format
from portfolio.exports.addresses import MANIFEST, PAGING, file_address
from portfolio.exports.answering import version_of
from portfolio.exports.delivery import delivered, without_content
from portfolio.exports.frozen_tables import as_frozen, as_published, is_whole
from portfolio.exports.lists import Asked, Column, ListRows, ListTable, Query, Selection, read_query, select
from portfolio.exports.lists.asking import FORMATS, accepted_names, refused, unknown
from portfolio.exports.lists.counts import count_of
from portfolio.exports.lists.filters import Condition, Filter
from portfolio.exports.lists.kinds import READERS, ValueRefused, json_of, read_text
from portfolio.exports.lists.pages import page_of
from portfolio.exports.lists.refusals import NotThere, ParameterRefused
from portfolio.exports.manifest import FORMATS as MANIFEST_FORMATS
from portfolio.exports.manifest import manifest_of
from portfolio.exports.places import take_place
from portfolio.exports.unchanged import entity_tag, last_modified
from portfolio.exports.writing import About, file_headers, write
from portfolio.queries.fingerprint import fingerprint

ITEM_PARAMETERS = ("as_of", "fields", "format")


class ListView(ViewSet):
    """One list: `table` says which. A class of its own is made for each."""

    table: ListTable | ListRows
    permission_needed = ""

    def list(self, request: Request, **path: str) -> HttpResponseBase:
        """Return a page of the list as JSON, or all of it as a file."""
        table = self.table
        query = read_query(table, dict(request._request.GET.lists()))
        format_ = chosen_format(request, query.format, FORMATS)
        if query.cursor and format_ != "json":
            detail = f"A file is the whole list, never a page of it: leave out cursor, or format={format_}."
            raise ParameterRefused("Contradicting parameters", "cursor", query.cursor, detail)
        if "published" in query.parameters:
            found = as_published(query)
            if format_ == "csv" and is_whole(query):
                return _described(frozen_file(table, found), request, query)
            table, query = as_frozen(table, found, query)
        seen = seen_of(table, request)
        response = unless_unchanged(
            request,
            format_,
            lambda: answered(table, query, path, _Answer(request, table, query, format_), seen),
            exists=not path and "published" not in query.parameters,
            same_for_all=table.sees is None,
            seen=seen,
        )
        return _described(response, request, query) if format_ == "csv" else response

    def manifest(self, request: Request, **path: str) -> HttpResponseBase:
        """Return what proves that a file with the same parameters is complete: rows, sums, SHA-256."""
        table, query = self.table, _read_whole(self.table, request, PAGING)
        if query.format not in ("", *MANIFEST_FORMATS):
            raise refused("format", query.format, ", ".join(MANIFEST_FORMATS))
        chosen_format(request, "", ("json",))
        if "published" in query.parameters:
            table, query = as_frozen(table, as_published(query), query)
        seen = seen_of(table, request)
        return unless_unchanged(
            request,
            "manifest",
            lambda: answered(table, query, path, _Answer(request, table, query, "manifest"), seen),
            seen=seen,
        )

    def csv_metadata(self, request: Request, **path: str) -> HttpResponseBase:
        """Return what the CSV file with the same parameters is, for programs (CSVW)."""
        table, query = self.table, _read_whole(self.table, request, PAGING | {"format"})
        if "published" in query.parameters:
            table, query = as_frozen(table, as_published(query), query)
        return unless_unchanged(request, "csvw", lambda: metadata_of(request, table, query))

    def retrieve(self, request: Request, key: str) -> HttpResponseBase:
        """Return one row of the list by its key: several columns with ~ between."""
        given = dict(request._request.GET.lists())
        query = read_query(self.table, given)
        for name in given:
            if name not in ITEM_PARAMETERS:
                detail = (
                    f"“{name}” is not a parameter of a single row. Accepted: {', '.join(ITEM_PARAMETERS)}."
                )
                raise ParameterRefused("Unknown parameter", name, given[name][0], detail)
        chosen_format(request, query.format, ("json",))
        if query.format not in ("", "json"):
            detail = f"format is “{query.format}”. Accepted: json."
            raise ParameterRefused("Malformed parameter", "format", query.format, detail)
        one, seen = replace(query, conditions=_of_key(self.table, key)), seen_of(self.table, request)
        return unless_unchanged(
            request,
            "json",
            lambda: answered(self.table, one, {}, _Answer(request, self.table, one, "item"), seen),
            seen=seen,
        )


def _read_whole(table: ListTable | ListRows, request: Request, refused_here: frozenset[str]) -> Query:
    """Return what is asked of a list as a whole; raise ParameterRefused for what has no place in that."""
    given = dict(request._request.GET.lists())
    query = read_query(table, given)
    for name in refused_here & set(given):
        accepted = sorted(set(accepted_names(table)) - refused_here)
        raise ParameterRefused("Unknown parameter", name, given[name][0], unknown(name, accepted))
    return query


def _described(response: HttpResponseBase, request: Request, query: Query) -> HttpResponseBase:
    """Return the answer with a CSV file with a header that leads to its metadata."""
    if response.status_code == 200:
        response["Link"] = metadata_link(request, query)
    return response


def seen_of(table: ListTable | ListRows, request: Request) -> frozenset[str]:
    """Return what somebody may see of a list that is not the same for all; nothing of any other."""
    return frozenset() if table.sees is None else table.sees(request.user)


def unless_unchanged(
    request: Request,
    format_: str,
    answer: Any,
    *,
    exists: bool = False,
    same_for_all: bool = True,
    seen: frozenset[str] = frozenset(),
) -> HttpResponseBase:
    """Return the answer, or “not modified” to a reader who has it as it is now: that costs one query.

    `exists`: there is an answer for certain, so that a reader may ask by date, too, whether it has changed.
    `seen`: what the reader may see, where not all readers see the same (`same_for_all`): these are told the
    date, but a date does not say who somebody was when they asked before, so it is no answer to go by.
    """
    if settings.DEBUG:
        return _revalidated(answer())
    address = f"{format_} {request._request.build_absolute_uri()}"
    state = fingerprint()
    tag, since = entity_tag(address, ",".join(sorted(seen)), state), last_modified(state) if exists else None
    asked_by = since if same_for_all else None
    unchanged = get_conditional_response(request._request, etag=tag, last_modified=asked_by)
    if unchanged is not None and unchanged.status_code == 304:
        unchanged["ETag"] = tag
        return _revalidated(unchanged)
    response: HttpResponseBase = answer()
    if response.status_code == 200:
        # Of before the rows were read: where something has changed since, the next question finds out.
        response["ETag"] = tag
        if since is not None:
            response["Last-Modified"] = http_date(since)
    return _revalidated(response)


def _revalidated(response: HttpResponseBase) -> HttpResponseBase:
    patch_cache_control(response, no_cache=True)
    return response


class _Answer:
    """The answer to a list, made in a snapshot."""

    def __init__(self, request: Request, table: ListTable | ListRows, query: Query, format_: str) -> None:
        self.request, self.table, self.query, self.format = request, table, query, format_

    def __call__(self, asked: Asked, stack: ExitStack) -> HttpResponseBase:
        selection = select(self.table, asked, self.query)
        version = version_of(asked)
        if self.format == "item":
            response: HttpResponseBase = self._item(selection)
        elif self.format == "json":
            response = self._page(selection, count_of(selection, fingerprint()), version)
        elif self.format == "manifest":
            response = self._manifest(selection, fingerprint(), version, stack)
        else:
            response = self._file(selection, count_of(selection, fingerprint()), version, stack)
        response.headers["As-Of"] = asked.as_of.isoformat()
        response.headers["Data-Version"] = str(version)
        return response

    def _page(self, selection: Selection, count: int, version: int) -> HttpResponse:
        page = page_of(selection, self._read, version)
        body = {
            "count": count,
            "as_of": selection.asked.as_of.isoformat(),
            "data_version": version,
            "next": self._beside(page.next),
            "previous": self._beside(page.previous),
            "results": [self._row(row) for row in page.rows],
        }
        response = _json(body)
        response["Row-Count"] = str(count)
        return response

    def _item(self, selection: Selection) -> HttpResponse:
        [*rows] = page_of(replace(selection, query=replace(self.query, page_size=1)), self._read, 0).rows
        if not rows:
            raise NotThere("Not found", f"{self.table.title} have no such row. {self._known()}")
        return _json(self._row(rows[0]))

    def _known(self) -> str:
        keys = JOINT.join(self.table.key)
        return f"A row is addressed by {keys}, as of the day asked for."

    def _file(self, selection: Selection, count: int, version: int, stack: ExitStack) -> HttpResponseBase:
        columns = self.query.fields
        counted = {"Row-Count": str(count)}
        if self.request.method == "HEAD":
            return without_content(file_headers(self.table, self.format) | counted)
        take_place(stack, count)
        about = self._about(selection, count, version, self.format)
        written = write(self.table, selection.read(columns), columns, self.format, self.query.dialect, about)
        written.headers.update(counted)
        return delivered(self.request._request, written, stack)

    def _manifest(self, selection: Selection, state: str, version: int, stack: ExitStack) -> HttpResponse:
        count = count_of(selection, state)
        format_ = self.query.format or MANIFEST_FORMATS[0]
        about = self._about(selection, count, version, format_)
        response = _json(manifest_of(selection, about, state, format_, stack))
        response["Row-Count"] = str(count)
        return response

    def _about(self, selection: Selection, count: int, version: int, format_: str) -> About:
        place = self.request._request.path.removesuffix(f"{MANIFEST}/")
        address = file_address(place, self.request._request.GET.dict(), format_)
        as_of, whole = selection.asked.as_of, self.request.build_absolute_uri(address)
        return About(self.table, as_of, version, count, whole, self.query.given)

    @property
    def _read(self) -> tuple[Column, ...]:
        """The columns to read: those asked for; and all that links are made of, where these are given."""
        return self.query.fields

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        cells: dict[str, Any] = {
            column.name: json_of(column.kind, row[column.name]) for column in self.query.fields
        }
        if self._links is not None:
            cells["links"] = self._links(row)
        return cells

    @property
    def _links(self) -> Any:
        if "fields" in self.query.given:
            return None
        if not hasattr(self, "_made"):
            as_of = self.query.as_of.isoformat() if self.query.as_of else ""
            self._made = links_of(self.table, root(self.request), as_of)
        return self._made

    def _beside(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        given = {name: values[0] for name, values in self.request._request.GET.lists()}
        path = self.request._request.path
        return self.request.build_absolute_uri(f"{path}?{urlencode({**given, 'cursor': cursor})}")


def _json(body: Any) -> HttpResponse:
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _of_key(table: ListTable | ListRows, key: str) -> tuple[Condition, ...]:
    """Return the conditions of the row that an address names; raise NotThere for what is no key here."""
    texts = key.split(JOINT, len(table.key) - 1)
    detail = f"A row of {table.title.lower()} is addressed by {JOINT.join(table.key)}."
    if len(texts) < len(table.key):
        raise NotThere("Not found", detail)
    conditions = []
    for name, text in zip(table.key, texts, strict=True):
        column = table.by_name[name]
        try:
            value = READERS.get(column.kind, read_text)(text)
        except ValueRefused as error:
            raise NotThere("Not found", f"{detail} {name} is {error}.") from error
        conditions.append(Condition(Filter(name, column, "exact", ""), value))
    return tuple(conditions)
