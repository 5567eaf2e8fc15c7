"""The front page of the admin, by subject: what belongs together stands together, whatever app records it."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

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
