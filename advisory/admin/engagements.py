"""Admin of providers, advisers and their capacities, engagements, work packages and deliverables."""

from django.contrib import admin

from advisory.models import (
    Adviser,
    AdviserCapacity,
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryProvider,
    AdvisoryWorkPackage,
)
from portfolio.admin.base import FactAdmin, FactInline


@admin.register(AdvisoryProvider)
class AdvisoryProviderAdmin(FactAdmin):
    list_display = ["key", "name", "kind", "country"]
    list_filter = ["kind"]
    search_fields = ["key", "name"]
    autocomplete_fields = ["source"]


class CapacityInline(FactInline):
    model = AdviserCapacity
    autocomplete_fields = []


@admin.register(Adviser)
class AdviserAdmin(FactAdmin):
    list_display = ["key", "name", "provider", "account"]
    list_filter = ["provider"]
    list_select_related = ["provider"]
    search_fields = ["key", "name", "account"]
    autocomplete_fields = ["provider"]
    inlines = [CapacityInline]


@admin.register(AdviserCapacity)
class AdviserCapacityAdmin(FactAdmin):
    list_display = ["adviser", "since", "days_per_month"]
    list_select_related = ["adviser"]
    search_fields = ["adviser__key", "adviser__name"]
    autocomplete_fields = ["adviser"]


class WorkPackageInline(FactInline):
    model = AdvisoryWorkPackage
    autocomplete_fields = []


@admin.register(AdvisoryEngagement)
class AdvisoryEngagementAdmin(FactAdmin):
    list_display = ["key", "request", "provider", "kind", "lead", "budget_days", "starts_on", "ends_on"]
    list_filter = ["kind", "provider__kind", "provider", "lead"]
    list_select_related = ["request", "provider", "lead"]
    search_fields = ["key", "request__key", "scope"]
    autocomplete_fields = ["request", "provider", "lead", "source"]
    inlines = [WorkPackageInline]


class DeliverableInline(FactInline):
    model = AdvisoryDeliverable
    autocomplete_fields = []


@admin.register(AdvisoryWorkPackage)
class AdvisoryWorkPackageAdmin(FactAdmin):
    list_display = ["key", "engagement", "title", "budget_days", "due_on", "done_on"]
    list_select_related = ["engagement"]
    search_fields = ["key", "title", "engagement__key"]
    autocomplete_fields = ["engagement"]
    inlines = [DeliverableInline]


@admin.register(AdvisoryDeliverable)
class AdvisoryDeliverableAdmin(FactAdmin):
    list_display = ["key", "work_package", "title", "due_on", "done_on"]
    list_filter = ["due_on", "done_on"]
    list_select_related = ["work_package"]
    search_fields = ["key", "title"]
    autocomplete_fields = ["work_package"]
