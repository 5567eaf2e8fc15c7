"""What the operator sees: alive, ready, metrics, and the page of operations.

The first three are answered before sessions and hosts are looked at (requests.py): they have to work where a
load balancer asks by address, and where the database is down.
"""

import hmac
import time
from collections.abc import Callable, Sequence
from functools import wraps
from ipaddress import ip_address
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required, login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operations.checks import Check, all_checks
from operations.heartbeats import heard_of, task_records
from operations.installation import space, versions, work
from operations.metrics import CONTENT_TYPE, exposition
from portfolio.dashboards.page import page
from portfolio.queries.callers import address_of
from portfolio.queries.recomputations import last_verification

MAY_OPERATE = "auth.change_user"  # what Administrators alone may
RUNS_SHOWN = 10
CHECKS_HOLD_SECONDS = 1.0

View = Callable[..., HttpResponse]


def is_operator(request: HttpRequest) -> bool:
    """Whether a program shows the operator's token, or asks from this machine where that is enough."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if settings.OPERATOR_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), settings.OPERATOR_TOKEN.encode())
    # Behind a proxy that nobody counted, everybody would seem to ask from this machine.
    uncounted = "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES
    return settings.OPERATOR_LOOPBACK and not uncounted and _is_loopback(address_of(request))


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is looked at."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether all is there: a word for everybody, what was found for operators; 503 where it is not.

    With `?for=traffic`, only what requests can't be answered without counts: for load balancers.
    """
    found = _checks()
    counted = [check for check in found if check.for_traffic or request.GET.get("for") != "traffic"]
    ok = all(check.ok for check in counted)
    if is_operator(request):
        return JsonResponse(_described(found, ok), status=200 if ok else 503)
    word = "ready\n" if ok else "not ready\n"
    return HttpResponse(word, status=200 if ok else 503, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to an operator; 401 for others."""
    if not is_operator(request):
        sentence = "Send the operator's token (Authorization: Bearer …; the setting OPERATOR_TOKEN).\n"
        response = HttpResponse(sentence, status=401, content_type="text/plain; charset=utf-8")
        response["WWW-Authenticate"] = 'Bearer realm="operations"'
        return response
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def for_administrators(view: View) -> View:
    """Let Administrators in, send who is unknown to the login, refuse others."""

    @never_cache
    @login_required
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(MAY_OPERATE):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_administrators
def show_checks(request: HttpRequest) -> HttpResponse:
    """Return what was found, as programs read it."""
    found = all_checks()
    return JsonResponse(_described(found, all(check.ok for check in found)))


@for_administrators
def show_operations(request: HttpRequest) -> HttpResponse:
    """Answer: is all there, what waits, how do the runs and tasks go, what is used, what runs?"""
    found = all_checks()
    context: dict[str, Any] = {
        "checks": found,
        "failing": [check for check in found if not check.ok],
        "work": work(),
        "runs_shown": RUNS_SHOWN,
        "verification": last_verification(),
        "space": space(),
        "versions": versions(),
        "broker": bool(settings.CELERY_BROKER_URL),
        "now": timezone.now(),
    }
    if settings.CELERY_BROKER_URL:
        try:
            context |= {"processes": heard_of(), "tasks": task_records()}
        except redis.RedisError:
            context["broker_silent"] = True
    return page(request, "operations/operations.html", context)


class _Held:
    """What the checks found a moment ago: anybody may ask, so they are not made anew for each."""

    found: Sequence[Check] = ()
    until = 0.0


def _checks() -> Sequence[Check]:
    if time.monotonic() >= _Held.until:
        _Held.found = all_checks()
        _Held.until = time.monotonic() + CHECKS_HOLD_SECONDS
    return _Held.found


def _described(found: Sequence[Check], ok: bool) -> dict[str, object]:
    return {
        "state": "ready" if ok else "not ready",
        "at": timezone.now().isoformat(timespec="seconds"),
        "release": settings.RELEASE,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "needed_for_traffic": check.for_traffic,
                "detail": check.detail,
            }
            for check in found
        ],
    }
