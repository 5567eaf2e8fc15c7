"""Admin of projects and what belongs to them."""

from django.contrib import admin

from portfolio.admin.base import FactAdmin, FactInline
from portfolio.admin.computed import ProjectFigures
from portfolio.models import ChipDeployment, ChipModel, CostEstimate, Milestone, Project, ProjectStage


class StageInline(FactInline):
    model = ProjectStage


class EstimateInline(FactInline):
    model = CostEstimate
    readonly_fields = ["amount_eur", "rate_on"]


class DeploymentInline(FactInline):
    model = ChipDeployment
    autocomplete_fields = ["chip_model", "source"]


class MilestoneInline(FactInline):
    model = Milestone


@admin.register(Project)
class ProjectAdmin(ProjectFigures, FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "name", "kind", "countries", "city", "host"]
    list_filter = ["kind"]
    search_fields = ["folded_text"]
    autocomplete_fields = ["source"]
    inlines = [StageInline, EstimateInline, DeploymentInline, MilestoneInline]


@admin.register(ProjectStage)
class ProjectStageAdmin(FactAdmin):
    list_display = ["project", "stage", "reached_on", "confidence", "source"]
    list_filter = ["stage", "confidence"]
    list_select_related = ["project", "source"]
    search_fields = ["project__slug", "project__folded_name", "note"]
    autocomplete_fields = ["project", "source"]
    date_hierarchy = "reached_on"


@admin.register(CostEstimate)
class CostEstimateAdmin(FactAdmin):
    list_display = ["project", "estimated_on", "amount", "currency", "amount_eur", "rate_on", "confidence"]
    list_filter = ["currency", "confidence"]
    list_select_related = ["project"]
    search_fields = ["project__slug", "project__folded_name"]
    autocomplete_fields = ["project", "source"]
    readonly_fields = ["amount_eur", "rate_on"]


@admin.register(Milestone)
class MilestoneAdmin(FactAdmin):
    list_display = ["project", "title", "due_on", "done_on", "source"]
    list_filter = ["due_on", "done_on"]
    list_select_related = ["project", "source"]
    search_fields = ["key", "title", "project__slug", "project__folded_name"]
    autocomplete_fields = ["project", "source"]


@admin.register(ChipModel)
class ChipModelAdmin(FactAdmin):
    ordering = ["folded_name", "slug"]
    list_display = ["slug", "vendor", "name", "bf16_dense_tflops", "memory_gb", "source"]
    list_filter = ["vendor"]
    list_select_related = ["source"]
    search_fields = ["slug", "folded_name"]
    autocomplete_fields = ["source"]


@admin.register(ChipDeployment)
class ChipDeploymentAdmin(FactAdmin):
    list_display = [
        "project",
        "system",
        "chip_model",
        "chips",
        "bound",
        "planned_on",
        "contracted_on",
        "installed_on",
        "operational_on",
    ]
    list_filter = ["bound", "confidence", "chip_model"]
    list_select_related = ["project", "chip_model"]
    search_fields = ["project__slug", "project__folded_name", "system"]
    autocomplete_fields = ["project", "chip_model", "source"]
