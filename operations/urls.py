"""Addresses of operations. The first three are answered by requests.py, before all other middleware."""

from django.urls import path

from operations import views

PROBES = {"/healthz": views.healthz, "/readyz": views.readyz, "/metrics": views.metrics}

urlpatterns = [
    *(path(address[1:], view) for address, view in PROBES.items()),
    path("operations/", views.show_operations, name="operations"),
    path("operations/checks/", views.show_checks, name="operations-checks"),
]
