"""Admin of recomputations, to look at."""

from django.contrib import admin

from portfolio.admin.base import ReadOnlyAdmin
from portfolio.models import Recomputation, RecomputeRequest


@admin.register(Recomputation)
class RecomputationAdmin(ReadOnlyAdmin):
    list_display = [
        "started_at",
        "finished_at",
        "trigger",
        "as_of",
        "outcome",
        "projects",
        "rows_changed",
        "requests",
        "message",
    ]
    list_filter = ["trigger", "outcome"]


@admin.register(RecomputeRequest)
class RecomputeRequestAdmin(ReadOnlyAdmin):
    list_display = ["requested_at", "project", "reason"]
    list_select_related = ["project"]
