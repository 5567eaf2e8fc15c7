"""Addresses of the API."""

from django.urls import path

from portfolio.api.alerts import alerts
from portfolio.api.changes import changes, differences
from portfolio.api.explanations import explanation
from portfolio.api.publications import publication_list, restated_figures
from portfolio.api.scenarios import scenario_table
from portfolio.api.tables import table

app_name = "api"
urlpatterns = [
    path("alerts/", alerts, name="alerts"),
    path("changes/", changes, name="changes"),
    path("differences/", differences, name="differences"),
    path("explanations/<str:table>/<str:key>/<str:column>/", explanation, name="explanation"),
    path("publications/", publication_list, name="publications"),
    path("publications/<str:slug>/restated/", restated_figures, name="restated"),
    path("scenarios/<slug:slug>/<slug:name>/", scenario_table, name="scenario-table"),
    path("<slug:name>/", table, name="table"),
]
