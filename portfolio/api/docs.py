"""The description of the API in OpenAPI 3.1, and the page that shows it."""

import json
from functools import cache
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import sanitize_result_object

from portfolio.api.schema_shared import share
from portfolio.exports.unchanged import code_version

# Written in C where PyYAML has it: in Python the description takes seconds.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@cache
def description() -> dict[str, Any]:
    """Return the description of the API: made once, since it follows from the program alone."""
    generator = SchemaGenerator(urlconf="portfolio.api.described_urls")
    return share(sanitize_result_object(generator.get_schema(request=None, public=True)))


@cache
def _written(format_: str) -> bytes:
    if format_ == "json":
        return json.dumps(description(), ensure_ascii=False, separators=(",", ":")).encode()
    described = json.loads(_written("json"))
    return yaml.dump(described, Dumper=DUMPER, allow_unicode=True, sort_keys=False).encode()


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Return the description as JSON."""
    return _described(request, "json", "application/json")


@require_safe
def openapi_yaml(request: HttpRequest) -> HttpResponse:
    """Return the description as YAML."""
    return _described(request, "yaml", "application/yaml")


def _described(request: HttpRequest, format_: str, content_type: str) -> HttpResponse:
    tag = f'W/"{code_version()[:32]}-{format_}"'
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = HttpResponse(_written(format_), content_type=content_type)
    response["ETag"] = tag
    patch_cache_control(response, no_cache=True)
    return response


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Return the page on which the API can be read about and tried."""
    return render(request, "portfolio/api_docs.html")
