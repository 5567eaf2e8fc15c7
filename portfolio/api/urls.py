"""Addresses of the API."""

from django.urls import path

from portfolio.api.tables import table

app_name = "api"
urlpatterns = [path("<slug:name>/", table, name="table")]
