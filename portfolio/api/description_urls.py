"""Addresses of what describes the API, and the answer to any other address under it."""

from django.urls import path, re_path

from portfolio.api.docs import openapi_json, openapi_yaml, swagger
from portfolio.api.root import nothing_here

urlpatterns = [
    path("openapi.json", openapi_json, name="openapi-json"),
    path("openapi.yaml", openapi_yaml, name="openapi-yaml"),
    path("docs/", swagger, name="api-docs"),
    re_path("", nothing_here),
]
