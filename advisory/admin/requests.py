"""Admin of requests, decisions, meetings and notes."""

from django.contrib import admin

from advisory.models import AdvisoryMeeting, AdvisoryNote, AdvisoryRequest, AdvisoryTriage
from portfolio.admin.base import FactAdmin, FactInline


class TriageInline(FactInline):
    model = AdvisoryTriage


@admin.register(AdvisoryRequest)
class AdvisoryRequestAdmin(FactAdmin):
    list_display = ["key", "project", "requester", "country", "received_on"]
    list_filter = ["received_on", "country"]
    list_select_related = ["project"]
    search_fields = ["key", "requester", "need", "project__slug", "project__name"]
    autocomplete_fields = ["project", "source"]
    inlines = [TriageInline]


@admin.register(AdvisoryTriage)
class AdvisoryTriageAdmin(FactAdmin):
    list_display = ["request", "decided_on", "outcome", "estimated_days"]
    list_filter = ["outcome"]
    list_select_related = ["request"]
    search_fields = ["request__key", "reason"]
    autocomplete_fields = ["request", "source"]


@admin.register(AdvisoryMeeting)
class AdvisoryMeetingAdmin(FactAdmin):
    """Confidential: who has no right to see meetings does not see that there are any."""

    list_display = ["key", "request", "held_on", "subject"]
    list_select_related = ["request"]
    search_fields = ["key", "request__key", "subject"]
    autocomplete_fields = ["request"]


@admin.register(AdvisoryNote)
class AdvisoryNoteAdmin(FactAdmin):
    """Confidential: the list shows no text, so that it can be looked at beside others."""

    list_display = ["key", "request", "written_on", "author"]
    list_select_related = ["request"]
    search_fields = ["key", "request__key", "author"]
    autocomplete_fields = ["request", "meeting"]
