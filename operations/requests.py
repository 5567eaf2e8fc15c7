"""The outermost middleware: every request has an id, is counted and, where asked for, logged."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from operations.logs import REQUESTS, scrub
from operations.metrics import errors, exports, exports_under_way, request_seconds, requests_answered
from operations.tracing import HEADER, begin
from operations.urls import PROBES
from portfolio.exports.giving_way import being_answered

logger = logging.getLogger(REQUESTS)

NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
# What browsers offer to pages and no page here uses.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)
SAY_THEMSELVES = ("/api/", "/static/")  # for how long, and for whom, their answers may be kept
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
FORMS = {"text/csv": "csv", "spreadsheetml": "xlsx", "jsonl": "jsonl", "ndjson": "jsonl"}

Answer = Callable[[HttpRequest], HttpResponseBase]


class EveryRequest:
    """Middleware, before all others."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = begin(request.headers.get(HEADER, ""))
        probe = PROBES.get(request.path_info)
        response: HttpResponseBase
        if probe:
            response = probe(request)
        else:
            with being_answered():
                response = self.get_response(request)
        if probe:
            response._has_been_logged = True  # type: ignore[attr-defined] # "not ready" is no error of ours
            response.headers["Cache-Control"] = "no-store"
            response.headers["Content-Security-Policy"] = NOTHING_ALLOWED
            response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers[HEADER] = request_id
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if not request.path_info.startswith(SAY_THEMSELVES):
            # A page shows who is signed in: no cache between keeps one that says nothing else.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        _count(request, response, time.perf_counter() - began)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Count what a view raised and Django turns into an error page."""
        errors.labels(type(exception).__name__).inc()


def _count(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    method = request.method if request.method in METHODS else "other"
    route = _route(request)
    requests_answered.labels(method, route, str(response.status_code)).inc()
    request_seconds.labels(method, route).observe(seconds)
    _count_export(response)
    if logger.isEnabledFor(logging.INFO):
        path, milliseconds = scrub(request.path), round(1000 * seconds, 1)
        fields = {
            "method": method,
            "path": path,
            "route": route,
            "status": response.status_code,
            "milliseconds": milliseconds,
        }
        line = f"{method} {path} {response.status_code} {milliseconds} ms"
        logger.info("%s", line, extra={"fields": fields})


def _route(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return f"/{match.route}"
    if request.path_info in PROBES:
        return request.path_info
    return "static files" if request.path_info.startswith("/static/") else "none"


def _count_export(response: HttpResponseBase) -> None:
    kind = response.headers.get("Content-Type", "")
    form = next((form for text, form in FORMS.items() if text in kind), None)
    if form is None or response.status_code != 200:
        return
    exports.labels(form).inc()
    if response.streaming:
        exports_under_way.inc()
        response._resource_closers.append(exports_under_way.dec)  # type: ignore[attr-defined]
