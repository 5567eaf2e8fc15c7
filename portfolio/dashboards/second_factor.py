"""The page of a person's second factor: set it up, new recovery codes, switch it off; and its picture."""

from io import BytesIO

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from portfolio.dashboards.login import show_locked_out
from portfolio.dashboards.page import page
from portfolio.dashboards.sign_in import BY_PROVIDER, SHOWN, count_wrong, may_try
from portfolio.jobs.second_factors import accept, replace_codes, set_up, take_away
from portfolio.models import SecondFactor
from portfolio.queries.callers import address_of
from portfolio.queries.second_factors import codes_left, factor_of, must_have
from portfolio.rules.second_factor import as_address, as_text, new_secret, seal, unseal

NEW = "second_factor_new"  # in the session: the sealed secret of one that is being set up
SITE = "InvestAI"  # without a blank, which apps would show as a plus
TEMPLATE = "portfolio/second_factor.html"
WRONG_FIRST = (
    "This code is not right. Enter the one that the app shows now. The device's clock has to be right."
)
WRONG = "This is not right: neither your password, nor a code that can still be used."


@sensitive_post_parameters("code")
@sensitive_variables("sealed", "secret", "codes")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_second_factor(request: HttpRequest) -> HttpResponse:
    """Show where a person's second factor stands, and change that."""
    person: User = request.user  # type: ignore[assignment]
    if request.session.get(BY_PROVIDER):
        return page(request, TEMPLATE, {"by_provider": True})
    factor = factor_of(person)
    if factor is not None:
        return _change(request, person, factor)
    sealed = request.session.get(NEW, "")
    codes = None
    if request.method == "POST" and sealed:
        codes = set_up(person, sealed, request.POST.get("code", ""), address_of(request))
        if codes is not None:
            del request.session[NEW]
            request.session.cycle_key()
            request.session[SHOWN] = SecondFactor.objects.get(owner=person).pk
            return page(request, TEMPLATE, {"codes": codes, "just_set_up": True})
    secret = unseal(sealed, settings.SECRET_KEY)
    if secret is None:
        secret = new_secret()
        request.session[NEW] = seal(secret, settings.SECRET_KEY)
    fault = WRONG_FIRST if request.method == "POST" else ""
    context = {"secret": as_text(secret), "must": must_have(person), "fault": fault}
    return page(request, TEMPLATE, context, status=400 if fault else 200)


@never_cache
@login_required
@require_safe
def show_picture(request: HttpRequest) -> HttpResponse:
    """Draw the QR code of what this session is setting up; of a second factor that stands there is none."""
    secret = unseal(request.session.get(NEW, ""), settings.SECRET_KEY)
    if secret is None:
        raise Http404("No second factor is being set up here.")
    drawn = BytesIO()
    address = as_address(secret, request.user.get_username(), SITE)
    segno.make(address, micro=False).save(
        drawn, kind="svg", omitsize=True, border=4, light="#fff", dark="#000"
    )
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def _change(request: HttpRequest, person: User, factor: SecondFactor) -> HttpResponse:
    action = request.POST.get("action") if request.method == "POST" else None
    context: dict[str, object] = {}
    if action in ("codes", "off"):
        if not may_try(request, person):
            return show_locked_out(request, None)
        given = request.POST.get("code", "")
        if not (person.check_password(given) or accept(factor, given, address_of(request))):
            count_wrong(request, person)
            context = {"fault": WRONG, "faulty": action}
        elif action == "codes":
            context = {"codes": replace_codes(factor, address_of(request))}
        else:
            take_away(person, person, address_of(request))
            request.session.pop(SHOWN, None)
            return page(request, TEMPLATE, {"switched_off": True, "must": must_have(person)})
    around = {"factor": factor, "left": codes_left(factor), "must": must_have(person)}
    return page(request, TEMPLATE, {**around, **context}, status=400 if "fault" in context else 200)
