"""The Django admin of every fact, by subject."""

from django.contrib import admin

from portfolio.admin import access, alerts, funding, people, programmes, projects, results, sources

__all__ = ["access", "alerts", "funding", "people", "programmes", "projects", "results", "sources"]

admin.site.site_header = "InvestAI portfolio tracker"
admin.site.site_title = "InvestAI portfolio tracker"
admin.site.index_title = "Records"
