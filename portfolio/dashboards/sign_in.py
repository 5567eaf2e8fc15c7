"""Signing in by password, and by a second factor where an account has one: until its code, nobody is.

The session of somebody who passed says so. SignedIn believes no other session of such an account, so that no
door opens to one that began before, or elsewhere.
"""

import time
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portfolio.dashboards.login import show_locked_out
from portfolio.jobs.second_factors import accept
from portfolio.queries.callers import address_of
from portfolio.queries.second_factors import Accounts, factor_of, must_have

# What a session says: who gave a password and owes a code; which second factor was shown; that it was begun
# at the provider of single sign-on.
OWED, SHOWN, BY_PROVIDER = "second_factor_owed", "second_factor_shown", "signed_on"
OWED_SECONDS = 600
BACKEND = f"{Accounts.__module__}.{Accounts.__qualname__}"
FOR_SETTING_UP = ("second-factor", "second-factor-picture", "logout", "login")


class SignedIn(AuthenticationMiddleware):
    """Who asks: the person of the session, once all is shown that the account has or must have."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        of_session = request.user
        del request.auser  # it would believe the session as it is; no view here is asynchronous
        request.user = SimpleLazyObject(lambda: _believed(request, of_session))  # type: ignore[assignment]

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Lead whoever must have a second factor, and has none, to where it is set up."""
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not settings.SECOND_FACTOR_ROLES or not known or request.path_info.startswith("/api/"):
            return None
        str(request.user)  # found out now
        if not getattr(request, "has_to_set_up", False) or _is_for_setting_up(request):
            return None
        return HttpResponseRedirect(reverse("second-factor"))


def _believed(request: HttpRequest, of_session: Any) -> User | AnonymousUser:
    if not of_session.is_authenticated or request.session.get(BY_PROVIDER):
        return _itself(of_session)
    person: User = _itself(of_session)
    factor = factor_of(person)
    if factor is not None:
        return person if request.session.get(SHOWN) == factor.pk else AnonymousUser()
    if must_have(person):
        request.has_to_set_up = True  # type: ignore[attr-defined]
        return person if _is_for_setting_up(request) else AnonymousUser()
    return person


def _itself(person: Any) -> Any:
    """Return what stands behind a lazy object, whose class it already shows."""
    return person._wrapped if isinstance(person, SimpleLazyObject) else person


def _is_for_setting_up(request: HttpRequest) -> bool:
    return request.path_info in {reverse(name) for name in FOR_SETTING_UP}


class SignIn(LoginView):
    """Sign in by password; who has a second factor is asked for its code first."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        person = form.get_user()
        if factor_of(person) is None:
            response = super().form_valid(form)
            self.request.session.pop(BY_PROVIDER, None)
            return response
        self.request.session.cycle_key()
        self.request.session[OWED] = {
            "person": person.pk,
            "password": person.get_session_auth_hash(),
            "since": time.time(),
            "next": self.get_success_url(),
        }
        return HttpResponseRedirect(reverse("second-factor-code"))


@sensitive_post_parameters("code")
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask who gave the password for a code, and sign them in by it."""
    person = _owing(request)
    factor = None if person is None else factor_of(person)
    if person is None or factor is None:
        request.session.pop(OWED, None)
        return HttpResponseRedirect(reverse("login"))
    if request.method != "POST":
        return render(request, "registration/second_factor.html", {"wrong": False})
    if not may_try(request, person):
        return show_locked_out(request, None)
    if not accept(factor, request.POST.get("code", ""), address_of(request)):
        count_wrong(request, person)
        return render(request, "registration/second_factor.html", {"wrong": True})
    wanted = request.session.pop(OWED)["next"]
    login(request, person, backend=BACKEND)
    request.session.cycle_key()
    request.session.pop(BY_PROVIDER, None)
    request.session[SHOWN] = factor.pk
    return HttpResponseRedirect(wanted)


def may_try(request: HttpRequest, person: User) -> bool:
    """Whether a code or a password may be tried: wrong ones count with those of the sign-in."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": person.get_username()}))


def count_wrong(request: HttpRequest, person: User) -> None:
    """Count a wrong code as a wrong password is counted: after five the answer is that one has to wait."""
    user_login_failed.send(sender=__name__, credentials={"username": person.get_username()}, request=request)


def _owing(request: HttpRequest) -> User | None:
    owed = request.session.get(OWED)
    if not owed or not 0 <= time.time() - owed["since"] <= OWED_SECONDS:
        return None
    person = Accounts().get_user(owed["person"])
    if person is None or not constant_time_compare(person.get_session_auth_hash(), owed["password"]):
        return None
    return person
