"""Admin of scales and criteria, and of assessments, which are confidential."""

from django.contrib import admin

from advisory.models import ReadinessAssessment, ReadinessCriterion, ReadinessScale, ReadinessScore
from portfolio.admin.base import FactAdmin, FactInline


class CriterionInline(FactInline):
    model = ReadinessCriterion
    autocomplete_fields = []


@admin.register(ReadinessScale)
class ReadinessScaleAdmin(FactAdmin):
    list_display = ["key", "name", "in_use_from", "ready_at"]
    search_fields = ["key", "name"]
    autocomplete_fields = ["source"]
    inlines = [CriterionInline]


@admin.register(ReadinessCriterion)
class ReadinessCriterionAdmin(FactAdmin):
    list_display = ["key", "scale", "area", "name", "weight"]
    list_filter = ["scale"]
    list_select_related = ["scale"]
    search_fields = ["key", "area", "name"]
    autocomplete_fields = ["scale"]


class ScoreInline(FactInline):
    model = ReadinessScore
    autocomplete_fields = ["criterion", "source"]


@admin.register(ReadinessAssessment)
class ReadinessAssessmentAdmin(FactAdmin):
    """Confidential: who has no right to see assessments does not see that there are any."""

    list_display = ["key", "request", "engagement", "scale", "assessed_on", "assessor"]
    list_filter = ["scale"]
    list_select_related = ["request", "engagement", "scale"]
    search_fields = ["key", "request__key"]
    autocomplete_fields = ["request", "engagement", "scale"]
    inlines = [ScoreInline]
