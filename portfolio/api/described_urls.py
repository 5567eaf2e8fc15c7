"""The addresses that the description of the API is made of."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("portfolio.api.urls"))]
