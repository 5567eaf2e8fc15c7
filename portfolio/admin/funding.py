"""Admin of financiers, contributions, their events, and exchange rates."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portfolio.admin.base import FactAdmin, FactInline
from portfolio.admin.computed import ComputedFigures
from portfolio.models import Contribution, ContributionEvent, ExchangeRate, Financier
from portfolio.queries.states_today import totals_by_state


@admin.register(Financier)
class FinancierAdmin(FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "name", "kind", "country"]
    list_filter = ["kind"]
    search_fields = ["slug", "folded_name"]


class EventInline(FactInline):
    model = ContributionEvent
    readonly_fields = ["amount_eur", "rate_on"]


@admin.register(Contribution)
class ContributionAdmin(ComputedFigures, FactAdmin):
    computed = ("state", "euro", "disbursed")
    list_display = [
        "reference",
        "project",
        "financier",
        "instrument",
        "envelope",
        "currency",
        "state",
        "euro",
        "disbursed",
    ]
    list_filter = ["state_today__state", "instrument", "financier__kind", "envelope", "currency"]
    list_select_related = ["project", "financier", "envelope", "state_today"]
    search_fields = ["reference", "project__slug", "project__folded_name", "financier__folded_name", "note"]
    autocomplete_fields = ["project", "financier", "envelope", "source"]
    inlines = [EventInline]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Add the totals of the contributions that the list shows, on all its pages, by state."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["state_totals"] = totals_by_state(shown["cl"].queryset)
        return response

    @admin.display(description="state today", ordering="state_today__state")
    def state(self, contribution: Contribution) -> str:
        today = getattr(contribution, "state_today", None)
        return today.get_state_display() or "" if today else ""

    @admin.display(description="euro", ordering="state_today__amount_eur")
    def euro(self, contribution: Contribution) -> str:
        today = getattr(contribution, "state_today", None)
        if today is None or today.state is None:
            return ""
        return "unknown" if today.amount_eur is None else f"{today.amount_eur:,}"

    @admin.display(description="disbursed, euro", ordering="state_today__disbursed_eur")
    def disbursed(self, contribution: Contribution) -> str:
        today = getattr(contribution, "state_today", None)
        return f"{today.disbursed_eur:,}" if today else ""


@admin.register(ContributionEvent)
class ContributionEventAdmin(FactAdmin):
    list_display = ["contribution", "kind", "occurred_on", "amount", "amount_eur", "rate_on", "confidence"]
    list_filter = ["kind", "confidence"]
    list_select_related = ["contribution"]
    search_fields = ["contribution__reference", "contribution__project__slug"]
    autocomplete_fields = ["contribution", "source"]
    readonly_fields = ["amount_eur", "rate_on"]
    date_hierarchy = "occurred_on"


@admin.register(ExchangeRate)
class ExchangeRateAdmin(FactAdmin):
    list_display = ["currency", "date", "per_euro"]
    list_filter = ["currency"]
    search_fields = ["currency"]
    date_hierarchy = "date"
