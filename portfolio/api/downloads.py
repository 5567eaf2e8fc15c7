"""Downloads that are prepared, over HTTP: asked for, watched, fetched, removed; and everything at once."""

import json
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from portfolio.api.dictionary import link_to, metadata_beside
from portfolio.api.links import root
from portfolio.api.lists import unless_unchanged
from portfolio.api.negotiation import chosen_format, file_type
from portfolio.api.problems import problem
from portfolio.exports import everything
from portfolio.exports.delivery import delivered, without_content
from portfolio.exports.download_requests import (
    content_type,
    file_name,
    may_read,
    read_everything,
    title_of,
    wanted,
)
from portfolio.exports.lists.asking import once_each, refused
from portfolio.exports.lists.kinds import Kind, text_of
from portfolio.exports.lists.refusals import NotThere, ParameterRefused
from portfolio.exports.places import take_place
from portfolio.exports.writing import Written
from portfolio.exports.writing_files import Pieces
from portfolio.jobs.downloads import RETRY_SECONDS, LimitReached, ask_for, file_of, remove
from portfolio.models import Download
from portfolio.queries.downloads import MAY_MAKE, download_for, downloads_of
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import reading
from portfolio.tasks import look_after_downloads
from portfolio.vocabulary import DownloadState

MOST_BODY = 100_000  # bytes
MOST_ROWS_AT_ONCE = 200_000  # of everything, without having it prepared
TOO_LARGE = (
    "Everything has {rows:,} rows, too many to be sent at once. Have it prepared: POST {path} with {body}."
)


class DownloadsView(APIView):
    """The downloads of who asks: all of them, and a new one."""

    describes = "downloads"
    permission_needed = MAY_MAKE

    def get(self, request: Request) -> HttpResponseBase:
        """Return a person's own downloads, the newest first."""
        _only_json(request)
        look_after_downloads()
        found = [_document(request, download) for download in downloads_of(request.user)]
        return _json({"count": len(found), "results": found})

    def post(self, request: Request) -> HttpResponseBase:
        """Have a download made; return it, with its address in Location."""
        once_each(dict(request._request.GET.lists()), [])
        asked = wanted(_body(request), request.user, root(request))
        look_after_downloads()
        try:
            made = ask_for(request.user, asked)  # type: ignore[arg-type]
        except LimitReached as limit:
            return _too_many(limit)
        made.refresh_from_db()
        response = _json(_document(request, made), status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:download", args=[made.key]))
        return response


class DownloadView(APIView):
    """A download: how far it is; and its removal."""

    describes = "download"
    permission_needed = MAY_MAKE

    def get(self, request: Request, key: UUID) -> HttpResponseBase:
        """Return how far a download is."""
        _only_json(request)
        look_after_downloads()
        return _json(_document(request, _found(request, key)))

    def delete(self, request: Request, key: UUID) -> HttpResponseBase:
        """Cancel a download that is not finished, or remove one with its file."""
        once_each(dict(request._request.GET.lists()), [])
        remove(_found(request, key))
        return HttpResponse(status=204)


class DownloadFileView(APIView):
    """The file of a download."""

    describes = "download_file"
    permission_needed = MAY_MAKE

    def get(self, request: Request, key: UUID) -> HttpResponseBase:
        """Return the file, once it is ready."""
        once_each(dict(request._request.GET.lists()), [])
        look_after_downloads()
        download = _found(request, key)
        if not may_read(download, request.user):
            raise PermissionDenied
        refusal = _not_there_yet(download) or _expired(download)
        if refusal is not None:
            return refusal
        try:
            file = file_of(download).open("rb")
        except FileNotFoundError:
            detail = "The file is no longer there. Have the download made again."
            return problem(410, "File gone", detail)
        headers = _file_headers(request, download)
        if request.method == "HEAD":
            file.close()
            return without_content(headers | {"Content-Length": str(download.size)})
        return delivered(request._request, Written(headers, Pieces(file), download.size), ExitStack())


class EverythingView(APIView):
    """The whole portfolio as a zipped bundle, at once where it is small."""

    describes = "everything"

    def get(self, request: Request) -> HttpResponseBase:
        """Return everything that the reader may have."""
        as_of, confidential = read_everything(dict(request._request.GET.lists()))
        contents = everything.contents_for(request.user, as_of, confidential=confidential)
        seen = frozenset(contents.permissions)
        return unless_unchanged(request, "zip", lambda: _everything(request, contents), seen=seen)


def _everything(request: Request, contents: everything.Contents) -> HttpResponseBase:
    with ExitStack() as stack:
        stack.enter_context(reading())
        rows, version = contents.count(), data_version()
        if rows > MOST_ROWS_AT_ONCE:
            body = json.dumps({"list": "everything"})
            detail = TOO_LARGE.format(rows=rows, path=reverse("api:downloads"), body=body)
            return problem(409, "Too large to be sent at once", detail)
        headers = {
            "Content-Type": file_type(request, everything.CONTENT_TYPE),
            "Content-Disposition": f'attachment; filename="{everything.FILE_NAME}"',
            "Data-Version": str(version),
            "Row-Count": str(rows),
        }
        if contents.as_of is not None:
            headers["As-Of"] = contents.as_of.isoformat()
        if request.method == "HEAD":
            return without_content(headers)
        take_place(stack, rows)
        file = TemporaryFile()  # noqa: SIM115 - closed, and so removed, with the content
        try:
            everything.write_everything(file, contents)
        except BaseException:
            file.close()
            raise
    size = file.seek(0, 2)
    file.seek(0)
    return delivered(request._request, Written(headers, Pieces(file), size), ExitStack())


def _body(request: Request) -> Any:
    """Return the JSON value of a request's body; raise ParameterRefused for what is none."""
    sent = request._request
    length = sent.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BODY:
        detail = f"The body has {length} bytes. Accepted: {MOST_BODY:,} at most."
        raise ParameterRefused("Malformed body", "body", "", detail)
    try:
        return json.loads(sent.body, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        detail = f"The body is no JSON ({error}). Accepted: a JSON object with list, format and parameters."
        raise ParameterRefused("Malformed body", "body", "", detail) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name[:100].encode("utf-8", "backslashreplace").decode()
            raise ParameterRefused(
                "Repeated parameter", shown, "", f"{shown} is given twice. Accepted: once."
            )
        found[name] = value
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _only_json(request: Request) -> None:
    given = once_each(dict(request._request.GET.lists()), ["format"])
    if given.get("format", "json") != "json":
        raise refused("format", given["format"], "json")
    chosen_format(request, given.get("format", ""), ("json",))


def _found(request: Request, key: UUID) -> Download:
    download = download_for(request.user, key)
    if download is None:
        raise NotThere("Not found", "You have no such download.")
    return download


def _not_there_yet(download: Download) -> HttpResponse | None:
    if download.state == DownloadState.FAILED:
        return problem(409, "Failed", f"There is no file. {download.message}")
    if download.state not in (DownloadState.QUEUED, DownloadState.RUNNING):
        return None
    response = problem(409, "Not ready", "The file is being made. Ask again.")
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _expired(download: Download) -> HttpResponse | None:
    due = download.expires_at is not None and download.expires_at <= timezone.now()
    if download.state != DownloadState.EXPIRED and not due:
        return None
    detail = f"The download expired at {_moment(download.expires_at)}. Have it made again."
    return problem(410, "Expired", detail)


def _too_many(limit: LimitReached) -> HttpResponse:
    if not limit.waiting:
        return problem(409, "Too many downloads", str(limit))
    response = problem(429, "Too many downloads", str(limit))
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _file_headers(request: Request, download: Download) -> dict[str, str]:
    found = {
        "Content-Type": file_type(request, content_type(download)),
        "Content-Disposition": f'attachment; filename="{file_name(download)}"',
        "ETag": f'"{download.sha256}"',
        "Row-Count": str(download.rows_written),
        "Cache-Control": "private, no-cache",
    }
    if download.format == "csv":
        found["Link"] = link_to(metadata_beside(download.address))
    if download.as_of is not None:
        found["As-Of"] = download.as_of.isoformat()
    if download.data_version is not None:
        found["Data-Version"] = str(download.data_version)
    return found


def _moment(moment: Any) -> str | None:
    return None if moment is None else text_of(Kind.MOMENT, moment)


def _document(request: Request, download: Download) -> dict[str, Any]:
    """Return a download as JSON values."""
    links = {"self": request.build_absolute_uri(reverse("api:download", args=[download.key]))}
    if download.state == DownloadState.READY:
        address = reverse("api:download-file", args=[download.key])
        links["file"] = request.build_absolute_uri(address)
    return {
        "key": str(download.key),
        "list": download.list_name,
        "title": title_of(download),
        "format": download.format,
        "parameters": download.parameters,
        "address": download.address,
        "state": download.state,
        "message": download.message or None,
        "rows_expected": download.rows_expected,
        "rows_written": download.rows_written,
        "as_of": download.as_of and download.as_of.isoformat(),
        "data_version": download.data_version,
        "bytes": download.size,
        "sha256": download.sha256 or None,
        "created_at": _moment(download.created_at),
        "started_at": _moment(download.started_at),
        "finished_at": _moment(download.finished_at),
        "expires_at": _moment(download.expires_at),
        "links": links,
    }


def _json(body: Any, status: int = 200) -> HttpResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
