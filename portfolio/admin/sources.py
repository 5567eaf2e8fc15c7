"""Admin of sources."""

from django.contrib import admin

from portfolio.admin.base import FactAdmin
from portfolio.models import Source


@admin.register(Source)
class SourceAdmin(FactAdmin):
    ordering = ["folded_name", "key"]
    list_display = ["key", "publisher", "title", "published_on"]
    list_filter = ["published_on"]
    search_fields = ["key", "folded_name", "url"]
    date_hierarchy = "published_on"
