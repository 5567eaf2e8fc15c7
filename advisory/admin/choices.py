"""Admin of the thresholds of advice: values and notes; which there are is for the rules to say."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from advisory.jobs.thresholds import save_threshold
from advisory.models import AdviceThreshold
from portfolio.admin.base import HOW, FactFields
from portfolio.admin.histories import NumberedHistoryAdmin


@admin.register(AdviceThreshold)
class AdviceThresholdAdmin(FactFields, NumberedHistoryAdmin):
    list_display = ["key", "value", "note"]
    readonly_fields = ["key"]

    def save_model(
        self, request: HttpRequest, obj: AdviceThreshold, form: forms.ModelForm, change: bool
    ) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined]
        save_threshold(obj, HOW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
