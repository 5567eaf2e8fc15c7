"""Admin of programmes, published figures, envelopes and memoranda."""

from django.contrib import admin

from portfolio.admin.base import FactAdmin, FactInline
from portfolio.admin.computed import EnvelopeFigures
from portfolio.models import (
    Envelope,
    Memorandum,
    MemorandumAction,
    Programme,
    PublishedFigure,
    PublishedFigureReading,
)


@admin.register(Programme)
class ProgrammeAdmin(FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "name", "source"]
    list_select_related = ["source"]
    search_fields = ["slug", "folded_name"]
    autocomplete_fields = ["source"]


class ReadingInline(FactInline):
    model = PublishedFigureReading


@admin.register(PublishedFigure)
class PublishedFigureAdmin(FactAdmin):
    list_display = ["key", "statement", "value", "unit", "as_of", "confidence", "source"]
    list_filter = ["programme", "confidence", "unit"]
    list_select_related = ["source"]
    search_fields = ["key", "statement"]
    autocomplete_fields = ["programme", "source"]
    inlines = [ReadingInline]


@admin.register(PublishedFigureReading)
class PublishedFigureReadingAdmin(FactAdmin):
    list_display = ["figure", "value", "confidence", "source"]
    list_filter = ["confidence"]
    list_select_related = ["figure", "source"]
    search_fields = ["figure__key", "note"]
    autocomplete_fields = ["figure", "source"]


@admin.register(Envelope)
class EnvelopeAdmin(EnvelopeFigures, FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "name", "kind", "amount_eur", "starts_on", "ends_on", "parent"]
    list_filter = ["kind", "programme", "confidence"]
    list_select_related = ["parent"]
    search_fields = ["slug", "folded_name"]
    autocomplete_fields = ["programme", "parent", "source"]


class ActionInline(FactInline):
    model = MemorandumAction
    autocomplete_fields = []


@admin.register(Memorandum)
class MemorandumAdmin(FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "title", "signed_on", "source"]
    list_select_related = ["source"]
    search_fields = ["slug", "folded_name"]
    autocomplete_fields = ["source"]
    inlines = [ActionInline]


@admin.register(MemorandumAction)
class MemorandumActionAdmin(FactAdmin):
    list_display = ["key", "title", "area", "due_on", "done_on", "memorandum"]
    list_filter = ["area", "memorandum"]
    list_select_related = ["memorandum"]
    search_fields = ["key", "title"]
    autocomplete_fields = ["memorandum"]
