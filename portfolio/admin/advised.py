"""Advice at the point of entry: a form says what would need attention before it saves."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from portfolio.admin.merging import ANYWAY, ASKS, BACK, OPENED, REASON, hidden
from portfolio.admin.reviewed import ReviewedAdmin
from portfolio.jobs.entry_amounts import large_amounts
from portfolio.jobs.entry_warnings import Advice, advice_about

UNSAVED = "Nothing is saved yet: change what you like, then save."


class AdviceGiven(Exception):
    """What is saved would need attention, and nobody has said yet to save it anyway."""

    def __init__(self, advice: list[Advice]) -> None:
        super().__init__("Look at what would need attention.")
        self.advice = advice


class AdvisedAdmin(ReviewedAdmin):
    """Admin of records whose forms warn by the checks that raise alerts."""

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if ASKS in request.POST and ANYWAY not in request.POST:
            written = self.edits(request).written
            advice = [*large_amounts(written), *advice_about(written)]
            if advice:
                raise AdviceGiven(advice)

    def advised_form(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        """Return the form, or the page that says what would need attention if it were saved as it is."""
        if BACK in request.POST:
            request.fact_refused = UNSAVED  # type: ignore[attr-defined]
        try:
            return self.reviewed_form(request, object_id, form_url, extra_context)
        except AdviceGiven as given:
            context = {
                **self.admin_site.each_context(request),
                "title": "Look before you save",
                "opts": self.opts,
                "advice": given.advice,
                "hidden": hidden(request.POST),
                "opened": (extra_context or {}).get("opened", "") or request.POST.get(OPENED, ""),
                "reason": request.POST.get(REASON, ""),
            }
            return TemplateResponse(request, "admin/facts/advice.html", context)
