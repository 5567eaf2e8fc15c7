"""In which format an answer is: as `?format=` says, or else as the Accept header prefers."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

MEDIA_TYPES = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
}

BYTES = "application/octet-stream"


class Negotiation(BaseContentNegotiation):
    """Leave the choice to each view, which reads `?format=` and Accept by `chosen_format`."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


def chosen_format(request: Request, asked: str, formats: Sequence[str]) -> str:
    """Return the format of an answer; raise NotAcceptable where the Accept header takes none of them."""
    if asked:
        return asked
    offered = [media_type for media_type, format_ in MEDIA_TYPES.items() if format_ in formats]
    preferred = request._request.get_preferred_type(offered)
    if preferred is None:
        accept = request.headers.get("Accept", "")
        raise NotAcceptable(f"Accept is “{accept[:200]}”. Accepted: {', '.join(offered)}.")
    return MEDIA_TYPES[preferred]


def file_type(request: Request, media_type: str) -> str:
    """Return the media type of a file as it is: its own, unless the reader prefers bytes of any kind."""
    preferred = request._request.get_preferred_type([media_type.split(";")[0], BYTES])
    return BYTES if preferred == BYTES else media_type
