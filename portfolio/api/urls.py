"""Addresses of the API."""

from django.urls import path

from portfolio.api.alerts import alerts
from portfolio.api.explanations import explanation
from portfolio.api.scenarios import scenario_table
from portfolio.api.tables import table

app_name = "api"
urlpatterns = [
    path("alerts/", alerts, name="alerts"),
    path("explanations/<str:table>/<str:key>/<str:column>/", explanation, name="explanation"),
    path("scenarios/<slug:slug>/<slug:name>/", scenario_table, name="scenario-table"),
    path("<slug:name>/", table, name="table"),
]
