"""Addresses of the API."""

from django.urls import path

from portfolio.api.scenarios import scenario_table
from portfolio.api.tables import table

app_name = "api"
urlpatterns = [
    path("scenarios/<slug:slug>/<slug:name>/", scenario_table, name="scenario-table"),
    path("<slug:name>/", table, name="table"),
]
