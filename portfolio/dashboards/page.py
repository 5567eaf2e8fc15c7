"""What all pages share: the published results they show, and what stands around them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portfolio.models import ResultSet
from portfolio.queries.pages import notice, pending_requests
from portfolio.queries.presence import is_loaded
from portfolio.queries.results import published_set
from portfolio.tasks import begin_day


class NoResults(Exception):
    """There is nothing to show yet."""


def shown_results(request: HttpRequest) -> ResultSet:
    """Return the results that a page shows; raise NoResults before the first recomputation."""
    begin_day()
    results = published_set()
    if results is None:
        raise NoResults
    return results


def nothing_yet(request: HttpRequest) -> HttpResponse:
    """Return the page that says what to do before there are results."""
    return page(request, "portfolio/empty.html", {"results": None, "loaded": is_loaded()})


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page with what stands around its content."""
    around = {"notice": notice(), "pending": pending_requests(), "section": template.split("/")[-1][:-5]}
    return render(request, template, {**around, **context}, status=status)
