"""Admin of alerts, to look at, and of the thresholds that decide about them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portfolio.admin.base import HOW, FactFields, ReadOnlyAdmin
from portfolio.admin.guarded import GuardedForm
from portfolio.admin.histories import NumberedHistoryAdmin
from portfolio.jobs.alert_thresholds import save_threshold
from portfolio.jobs.review import save_review_threshold
from portfolio.models import Alert, AlertThreshold, ReviewThreshold
from portfolio.queries.alert_readers import seen_by, visible


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = [
        "sentence",
        "kind",
        "severity",
        "subject_name",
        "first_seen_at",
        "last_seen_at",
        "acknowledged_by",
        "resolved_at",
    ]
    list_filter = ["severity", "kind", "resolved_at", "acknowledged_at"]
    list_select_related = ["acknowledged_by"]
    search_fields = ["subject_key", "subject_name", "sentence"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        rows: QuerySet[Alert] = super().get_queryset(request)
        return rows.filter(visible(seen_by(request.user)))


@admin.register(AlertThreshold)
class AlertThresholdAdmin(FactFields, GuardedForm, NumberedHistoryAdmin):
    """Values and notes are edited; which thresholds there are is for the rules to say."""

    list_display = ["kind", "key", "value", "unit", "note"]
    list_filter = ["kind"]
    readonly_fields = ["kind", "key", "unit"]

    def save_model(
        self, request: HttpRequest, obj: AlertThreshold, form: forms.ModelForm, change: bool
    ) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined]
        save_threshold(obj, HOW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ReviewThreshold)
class ReviewThresholdAdmin(FactFields, GuardedForm, NumberedHistoryAdmin):
    """One number: the amount in euro above which an edit waits for a second person."""

    list_display = ["__str__", "value_eur", "note"]

    def save_model(
        self, request: HttpRequest, obj: ReviewThreshold, form: forms.ModelForm, change: bool
    ) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined]
        save_review_threshold(obj, HOW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not ReviewThreshold.objects.exists() and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
