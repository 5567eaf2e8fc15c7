"""The page of a person's API tokens: which there are, how they were used, a new one, and revoking."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from portfolio.dashboards.page import page
from portfolio.jobs.api_tokens import MOST_TOKENS, TokenRefused, last_day, make_token, revoke_token
from portfolio.queries.api_tokens import MAY_HAVE_TOKENS, USES_SHOWN, tokens_of
from portfolio.queries.callers import address_of
from portfolio.rules.dates import today
from portfolio.vocabulary import TokenScope

PROPOSED = timedelta(days=90)
PAST_SHOWN = 50
EXAMPLE = "/api/v1/project-coverage/?format=csv"
FIELDS = ("name", "scope", "expires_on")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("text")
def show_tokens(request: HttpRequest) -> HttpResponse:
    """Show a person's tokens, and make a new one: its text stands in the answer to that alone."""
    _check(request)
    faults: Mapping[str, str] = {}
    given = {"name": "", "scope": TokenScope.READ.value, "expires_on": (today() + PROPOSED).isoformat()}
    made, text = None, ""
    if request.method == "POST":
        entered = {field: request.POST.get(field, "") for field in FIELDS}
        try:
            owner: User = request.user  # type: ignore[assignment]
            made, text = make_token(owner, **entered, address=address_of(request))
        except TokenRefused as refused:
            faults, given = refused.faults, entered
    return _page(request, {"made": made, "text": text, "faults": faults, "given": given})


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token of the person who asks; those of others are not there."""
    _check(request)
    token = tokens_of(request.user).filter(pk=pk).first()  # type: ignore[arg-type]
    if token is None:
        raise Http404("You have no such token.")
    revoke_token(token, request.user, address_of(request))  # type: ignore[arg-type]
    return HttpResponseRedirect(reverse("tokens"))


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_HAVE_TOKENS):
        raise PermissionDenied


def _page(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    now = timezone.now()
    tokens = list(tokens_of(request.user))  # type: ignore[arg-type]
    working = [token for token in tokens if token.revoked_at is None and token.expires_at > now]
    past = [token for token in tokens if token not in working]
    around = {
        "working": working,
        "past": past[:PAST_SHOWN],
        "more_past": len(past) - PAST_SHOWN,
        "scopes": TokenScope.choices,
        "earliest": today().isoformat(),
        "latest": last_day(today()).isoformat(),
        "latest_day": last_day(today()),
        "most": MOST_TOKENS,
        "uses_shown": USES_SHOWN,
        "example": request.build_absolute_uri(EXAMPLE),
    }
    return page(
        request, "portfolio/tokens.html", {**around, **context}, status=400 if context["faults"] else 200
    )
