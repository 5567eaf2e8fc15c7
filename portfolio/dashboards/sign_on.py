"""Single sign-on by OpenID Connect: to the provider, and back. Without its settings there is none."""

import logging
from functools import cache
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe
from joserfc.errors import JoseError
from requests import RequestException

from investai.single_sign_on import SignOn
from portfolio.dashboards.sign_in import BACKEND, BY_PROVIDER, OWED
from portfolio.jobs.sign_ons import SignOnRefused, account_of, roles_of
from portfolio.queries.callers import address_of

logger = logging.getLogger(__name__)

NEXT = "sign_on_next"
SECONDS, LEEWAY_SECONDS = 10, 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
# What a provider may do wrong: refuse, not answer, answer nonsense, sign nonsense.
FAULTS = (OAuthError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError)


class Provider(DjangoOAuth2App):
    """The provider, by keys of its own only, and under its own name."""

    def load_server_metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = super().load_server_metadata()
        if str(found.get("issuer", "")).rstrip("/") != _agreed()["issuer"]:
            raise ValueError("The provider's description is of another issuer.")
        found["id_token_signing_alg_values_supported"] = ALGORITHMS
        return found


@cache
def provider_of(issuer: str, client_id: str, client_secret: str) -> Any:
    """Return the client of the provider; its description is read when first needed, and kept."""
    registry = OAuth()
    registry.register(
        "provider",
        client_cls=Provider,
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
    return registry.create_client("provider")


def is_offered() -> bool:
    """Whether there is single sign-on here."""
    return settings.OIDC is not None


def _agreed() -> SignOn:
    if settings.OIDC is None:
        raise Http404("There is no single sign-on here.")
    return settings.OIDC


def _provider() -> Any:
    agreed = _agreed()
    return provider_of(agreed["issuer"], agreed["client_id"], agreed["client_secret"])


@never_cache
@login_not_required
@require_safe
def begin_sign_on(request: HttpRequest) -> HttpResponse:
    """Send somebody to the provider, and remember where they wanted to go."""
    provider, wanted = _provider(), request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    request.session[NEXT] = wanted if safe else settings.LOGIN_REDIRECT_URL
    back = request.build_absolute_uri(reverse("sign-on-back"))
    try:
        answer: HttpResponse = provider.authorize_redirect(request, back)
    except FAULTS as fault:
        sentence = "The provider of sign-ins does not answer. Try again in a minute."
        return _refused(request, sentence, fault, 503)
    return answer


@never_cache
@login_not_required
@require_safe
@sensitive_variables("token", "claims")
def end_sign_on(request: HttpRequest) -> HttpResponse:
    """Take back who comes from the provider: sign them in, or say why not."""
    provider, agreed = _provider(), _agreed()
    try:
        required = {
            "iss": {"essential": True, "value": provider.load_server_metadata()["issuer"]},
            "aud": {"essential": True, "value": agreed["client_id"]},
        }
        token = provider.authorize_access_token(request, claims_options=required, leeway=LEEWAY_SECONDS)
        claims = token["userinfo"]
        roles = roles_of(claims.get(agreed["roles_claim"]), agreed["roles"])
        told = claims.get(agreed["name_claim"])
        name = told if isinstance(told, str) else ""
        person = account_of(agreed["issuer"], str(claims["sub"]), name, roles, address_of(request))
    except SignOnRefused as refused:
        return _refused(request, str(refused), refused, 403)
    except FAULTS as fault:
        return _refused(request, "The sign-in at the provider did not succeed. Begin again.", fault, 403)
    wanted = request.session.pop(NEXT, settings.LOGIN_REDIRECT_URL)
    login(request, person, backend=BACKEND)
    request.session[BY_PROVIDER] = True
    request.session.pop(OWED, None)
    return HttpResponseRedirect(wanted)


def _refused(request: HttpRequest, sentence: str, fault: Exception, status: int) -> HttpResponse:
    # By its kind alone: what a provider says may hold names.
    logger.warning("A single sign-on was refused: %s", type(fault).__name__)
    return render(request, "registration/sign_on_refused.html", {"sentence": sentence}, status=status)
