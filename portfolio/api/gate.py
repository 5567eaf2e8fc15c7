"""The gate of the API: every address under /api/ lies behind it, whatever answers there.

It finds out who asks (a token, else the session), whether they may read, and how often they have asked, and
gives every answer the headers that keep it safe in browsers and caches. It refuses with problem documents.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from portfolio.api.problems import problem
from portfolio.api.rates import Count, count
from portfolio.jobs.api_tokens import note_use
from portfolio.models import ApiToken
from portfolio.queries.api_tokens import token_behind
from portfolio.queries.callers import address_of
from portfolio.rules.addresses import network
from portfolio.vocabulary import TokenScope

UNDER = "/api/"
REALM = 'Bearer realm="api"'
NOT_HTML_POLICY = "default-src 'none'; frame-ancestors 'none'"
EXPORT_FORMATS = frozenset({"csv", "xlsx", "jsonl"})
EXPORT_TYPES = ("text/csv", "spreadsheetml", "jsonl", "ndjson")
FILES = (".zip", "/file/")
READING = ("GET", "HEAD", "OPTIONS")

Answer = Callable[[HttpRequest], HttpResponseBase]


class Gate:
    """Middleware, after the one that reads sessions and before the one that asks for a login."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(UNDER):
            return self.get_response(request)
        refused = _recognise(request)
        counted = _count(request, known=refused is None)
        if counted is not None and counted.exceeded:
            response: HttpResponseBase = _too_many(counted)
        elif refused is not None:
            response = refused
        elif not (settings.PUBLIC_READ or request.user.is_authenticated):
            response = sign_in_needed()
        else:
            request.passed_gate = True  # type: ignore[attr-defined]
            response = self.get_response(request)
        return _finished(request, response, counted)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Return a refusal where what was asked for needs more than reading in general."""
        if not request.path_info.startswith(UNDER):
            return None
        stated = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
        permission = getattr(stated, "permission_needed", "")
        if permission and not request.user.has_perm(permission):
            return _role_needed() if request.user.is_authenticated else sign_in_needed()
        token: ApiToken | None = getattr(request, "api_token", None)
        if token is not None and request.method not in READING and token.scope == TokenScope.READ:
            detail = "The token may read only. Make one whose scope is “download” for this."
            return problem(403, "Beyond the token's scope", detail)
        return None


class TokenAuthentication(BaseAuthentication):
    """For the REST framework: the token that the gate has recognised. Sessions are asked for after it."""

    def authenticate(self, request: Any) -> tuple[Any, ApiToken] | None:
        token: ApiToken | None = getattr(request._request, "api_token", None)
        return None if token is None else (token.owner, token)

    def authenticate_header(self, request: Any) -> str:
        return REALM


class PassedGate(BasePermission):
    """For the REST framework: nothing is answered that did not come through the gate."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return getattr(request._request, "passed_gate", False)


def sign_in_needed() -> HttpResponse:
    """Return the answer to somebody unknown where reading is not open to all."""
    response = problem(401, "Sign-in needed", "Send an API token (Authorization: Bearer …), or sign in.")
    response["WWW-Authenticate"] = REALM
    return response


def _role_needed() -> HttpResponse:
    return problem(403, "Not for this role", "Your role does not include these records.")


def _recognise(request: HttpRequest) -> HttpResponse | None:
    """Let a request with a token be one of its owner; return a refusal of a token that does not count."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = token_behind(credentials.strip())
    if token is None:
        # The same words whatever is wrong, so that nobody learns which tokens there are.
        detail = (
            "The token does not count: it is malformed, unknown, expired or revoked, "
            "or its owner may not use it."
        )
        response = problem(401, "Token refused", detail)
        response["WWW-Authenticate"] = f'{REALM}, error="invalid_token"'
        return response
    request.user = token.owner
    request.api_token = token  # type: ignore[attr-defined]
    note_use(token, address_of(request))
    return None


def _count(request: HttpRequest, *, known: bool) -> Count | None:
    """Count the request for whoever asks: a token, a person, or else an address; exports apart."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is not None:
        policy, whom = "token", f"token {token.pk}"
    elif known and request.user.is_authenticated:
        policy, whom = "signed-in", f"person {request.user.pk}"
    else:
        address = address_of(request)
        policy, whom = "anonymous", f"address {network(address) if address else 'unknown'}"
    return count("exports" if _is_export(request) else policy, whom)


def _is_export(request: HttpRequest) -> bool:
    if request.path_info.endswith(FILES):
        return True
    if "format" in request.GET:
        return request.GET["format"] in EXPORT_FORMATS
    accepted = request.headers.get("Accept", "")
    return any(kind in accepted for kind in EXPORT_TYPES)


def _too_many(counted: Count) -> HttpResponse:
    detail = (
        f"More than {counted.quota} requests in a minute ({counted.policy}). "
        f"Ask again in {counted.seconds_left} seconds."
    )
    response = problem(429, "Too many requests", detail)
    response["Retry-After"] = str(counted.seconds_left)
    return response


def _finished(request: HttpRequest, response: HttpResponseBase, counted: Count | None) -> HttpResponseBase:
    """Return the answer with the headers that all answers of the API have."""
    if counted is not None:
        response.headers.setdefault("RateLimit-Policy", counted.policy_header)
        response.headers.setdefault("RateLimit", counted.limit_header)
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        response.headers["Content-Security-Policy"] = NOT_HTML_POLICY
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    if response.status_code in (401, 403, 429):
        patch_cache_control(response, no_store=True)
    elif request.user.is_authenticated or not settings.PUBLIC_READ:
        patch_cache_control(response, private=True)
    return response
