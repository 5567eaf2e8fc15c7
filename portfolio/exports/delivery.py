"""Sending a file so that a reader who has not got all of it knows.

A server that sends content in chunks, or knows its length, breaks the connection when the content fails
midway. One that does neither would end it as if it were whole: for such a server the file is written to the
end before the first byte is sent.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from socket import socket
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from portfolio.exports.writing import Written
from portfolio.exports.writing_files import Pieces

CHUNKING_SERVERS = ("gunicorn/",)
SECONDS_A_PIECE = 30.0  # that a reader has to take one before the connection is closed
SECONDS = 3_600.0  # that a file has to be read in


class TooSlow(Exception):
    """A reader takes longer than a snapshot and a place can be held for them."""


class Delivery(Iterator[bytes]):
    """The content of a file, with the snapshot it is read in: closed at its end, or when it is dropped."""

    def __init__(self, content: Iterator[bytes], stack: ExitStack, connection: socket | None) -> None:
        self.content, self.stack, self.connection = content, stack, connection
        self.until = time.monotonic() + SECONDS
        if connection is not None:
            stack.callback(_with_time, connection, connection.gettimeout())
            _with_time(connection, SECONDS_A_PIECE)

    def __next__(self) -> bytes:
        try:
            if time.monotonic() > self.until:
                raise TooSlow(f"The file was not read within {SECONDS / 60:.0f} minutes.")
            return next(self.content)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop reading, and let go of the snapshot and whatever is held with it."""
        with self.stack:
            closing = getattr(self.content, "close", None)
            if closing is not None:
                closing()


def delivered(request: HttpRequest, written: Written, stack: ExitStack) -> HttpResponseBase:
    """Return the response that sends a file; it takes the stack over, and closes it in the end."""
    with ExitStack() as own:
        own.push(stack.pop_all())
        content, size = written.content, written.size
        if size is None and not _sends_chunks(request):
            content, size = _spooled(content)
            own.close()
        headers = {**written.headers, **({} if size is None else {"Content-Length": str(size)})}
        connection = request.META.get("gunicorn.socket")
        return StreamingHttpResponse(Delivery(content, own.pop_all(), connection), headers=headers)


def _with_time(connection: socket, seconds: float | None) -> None:
    with suppress(OSError):  # it is closed already
        connection.settimeout(seconds)


def encoded(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines of text as content."""
    for line in lines:
        yield line.encode()


def without_content(headers: dict[str, str]) -> HttpResponseBase:
    """Return the headers of a file alone; none of them says that it has no content."""
    return StreamingHttpResponse((), headers=headers)


def _sends_chunks(request: HttpRequest) -> bool:
    environ: dict[str, Any] = request.META
    server = environ.get("SERVER_SOFTWARE", "")
    return server.startswith(CHUNKING_SERVERS) and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"


def _spooled(content: Iterator[bytes]) -> tuple[Iterator[bytes], int]:
    """Return content that has been read to its end, and its size in bytes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed, and so removed, with the content
    try:
        for piece in content:
            file.write(piece)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Pieces(file), size
