"""The front page of the admin, by subject: what belongs together stands together, whatever app records it."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

SUBJECTS = {
    "Projects": ("Project", "ProjectStage", "CostEstimate", "Milestone"),
    "Money": ("Contribution", "ContributionEvent", "Financier", "Envelope", "ExchangeRate"),
    "Chips": ("ChipDeployment", "ChipModel"),
    "Programmes and what they published": (
        "Programme",
        "PublishedFigure",
        "PublishedFigureReading",
        "Memorandum",
        "MemorandumAction",
    ),
    "Sources": ("Source",),
    "Alerts and thresholds": ("Alert", "AlertThreshold", "ReviewThreshold", "AdviceThreshold"),
    "People and access": (
        "User",
        "Group",
        "ApiToken",
        "AccessChange",
        "AccessAttempt",
        "AccessLog",
        "AccessFailureLog",
    ),
}
RECORDS_OF = {"portfolio": "Results and runs", "advisory": "Advice"}


class SubjectSite(AdminSite):
    """The admin, whose front page and side bar list records by subject."""

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in as Django's admin does, but for the second factor, which is asked for here too."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        from django.contrib.admin.forms import AdminAuthenticationForm  # the models are there by now

        from portfolio.dashboards.sign_in import SignIn

        around = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        if "next" not in request.GET and "next" not in request.POST:
            around["next"] = reverse("admin:index", current_app=self.name)
        request.current_app = self.name
        view = SignIn.as_view(
            extra_context={**around, **(extra_context or {})},
            authentication_form=self.login_form or AdminAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
        )
        response: HttpResponse = view(request)  # type: ignore[assignment]
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        left = {model["object_name"]: model for app in apps for model in app["models"]}
        groups = []
        for title, names in SUBJECTS.items():
            models = [left.pop(name) for name in names if name in left]
            if models:
                groups.append(_group(title, models))
        for app in apps:
            models = [model for model in app["models"] if model["object_name"] in left]
            if models:
                groups.append(_group(RECORDS_OF.get(app["app_label"], app["name"]), models))
        return groups


def _group(title: str, models: list[Any]) -> dict[str, Any]:
    """Return a group as an app: its title leads to the first of its lists."""
    return {
        "name": title,
        "app_label": title.lower().replace(" ", "-"),
        "app_url": models[0]["admin_url"],
        "has_module_perms": True,
        "models": models,
    }
