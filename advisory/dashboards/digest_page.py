"""The page on which people choose what they are told by e-mail."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from advisory.jobs.digests import choose
from advisory.models import Adviser, DigestChoice
from advisory.queries.access import sees_advice
from advisory.queries.digests import digest
from advisory.vocabulary import Frequency
from portfolio.dashboards.page import page
from portfolio.rules.dates import today


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_digest(request: HttpRequest) -> HttpResponse:
    """Answer: what am I told by e-mail, how often, and what would it say today? And take another choice."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not sees_advice(request.user):
        raise PermissionDenied
    fault = ""
    if request.method == "POST":
        frequency = request.POST.get("frequency", "")
        if frequency in Frequency.values:
            choose(
                request.user,
                frequency,
                deliverables="deliverables" in request.POST,
                stalled="stalled" in request.POST,
                own_only="own_only" in request.POST,
            )
            messages.success(request, "Your choice is recorded.")
            return HttpResponseRedirect(reverse("advice-digest"))
        fault = f"“{frequency}” is no choice. Choose one of the list."
    choice = DigestChoice.objects.filter(person=request.user).first() or DigestChoice(person=request.user)
    context = {
        "choice": choice,
        "frequencies": Frequency.choices,
        "fault": fault,
        "adviser": Adviser.objects.filter(account=request.user.get_username()).first(),
        "found": digest(choice, today()),
    }
    return page(request, "advisory/digest.html", context, status=400 if fault else 200)
