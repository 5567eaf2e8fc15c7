"""What all pages share: the results they show, as of which day, and what stands around them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page

from portfolio.dashboards.frozen_pages import FREEZABLE, as_published
from portfolio.dashboards.unchanged import drawn, held_answer, page_tag
from portfolio.jobs.past_dates import BeingComputed, are_up_to_date, results_of
from portfolio.jobs.recompute import is_of_an_earlier_day
from portfolio.models import ResultSet
from portfolio.queries.alert_list import unacknowledged
from portfolio.queries.alert_readers import seen_by
from portfolio.queries.page_facts import notice
from portfolio.queries.pages import pending_requests
from portfolio.queries.presence import is_loaded
from portfolio.queries.restatements import restated_of
from portfolio.queries.results import published_set, stored_sets
from portfolio.queries.series import Months, Series, months, portfolio_months
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import DateRefused, parse_asked, quick_dates, today
from portfolio.tasks import begin_day, work_on_series

View = Callable[..., HttpResponse]
Days = Callable[[HttpRequest, ResultSet | None], list[date]]
RETRY_SECONDS = 5
ATTEMPTS = 3


class NoResults(Exception):
    """There is nothing to show yet."""


class Forgotten(Exception):
    """The results of the date asked for were removed again before the page could read them."""


def asked_as_of(request: HttpRequest) -> date | None:
    """Return the day that `?as_of=` asks for, None for today; raise DateRefused with a sentence."""
    return parse_asked(request.GET.getlist("as_of"))


def _shown_day(request: HttpRequest, _: ResultSet | None) -> list[date]:
    day = asked_as_of(request)
    return [] if day is None else [day]


def with_results(view: View, *, series: bool = False, days: Days = _shown_day) -> View:
    """Return the view with results computed first, `series` of them too, and read in one snapshot.

    `days` says of which days beside the newest; where they cannot be computed, the answer is a page that says
    why and what to do.
    """

    @gzip_page
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if series:
                request.months = work_on_series()  # type: ignore[attr-defined]
            return _shown(view, days, request, *args, **kwargs)
        except NoResults:
            return page(request, "portfolio/empty.html", {"results": None, "loaded": is_loaded()})
        except DateRefused as error:
            return page(request, "portfolio/refused_date.html", {"sentence": str(error)}, status=400)
        except (BeingComputed, Forgotten) as error:
            response = page(request, "portfolio/being_computed.html", {"sentence": str(error)}, status=503)
            response["Retry-After"] = str(RETRY_SECONDS)
            return response

    return shown


def _shown(view: View, days: Days, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        _compute_what_is_asked(request, days)
        return view(request, *args, **kwargs)
    if "published" in request.GET:
        return as_published(request, page)
    for attempt in range(ATTEMPTS + 1):
        try:
            with reading():
                tag = page_tag(request)
                held = held_answer(request, tag)
                if held is not None:
                    return held
                if attempt or _is_computed(request, days):
                    return drawn(tag, lambda: view(request, *args, **kwargs))
        except Forgotten:
            if attempt == ATTEMPTS:
                raise
        _compute_what_is_asked(request, days)
    raise AssertionError("the last attempt returns or raises")


def _is_computed(request: HttpRequest, days: Days) -> bool:
    """Whether all results that a page asks for are there, as facts are now."""
    newest = published_set()
    if newest is None or is_of_an_earlier_day(newest):
        return False
    asked = set(days(request, newest))
    return not asked or are_up_to_date(asked)


def _compute_what_is_asked(request: HttpRequest, days: Days) -> None:
    begin_day()
    newest = published_set()
    asked = days(request, newest)
    if newest is not None:
        for day in asked:
            results_of(day)


def shown_months(request: HttpRequest, results: ResultSet) -> Months:
    """Return the month ends up to the day that a page shows, for a view `with_results(…, series=True)`."""
    found: Months | None = request.months  # type: ignore[attr-defined]
    return (found or months(_yesterday())).until(results.as_of)


def shown_portfolio_months(
    request: HttpRequest, results: ResultSet, metrics: Sequence[str]
) -> tuple[Months, Series]:
    """Return `shown_months` with some metrics of the portfolio at them; one statement, or two."""
    found: Months | None = request.months  # type: ignore[attr-defined]
    return portfolio_months(results, found, _yesterday(), metrics)


def _yesterday() -> date:
    return today() - timedelta(1)


def shown_results(request: HttpRequest) -> ResultSet:
    """Return the results that a page shows: the newest, or those of the day asked for.

    Raise NoResults before the first recomputation, DateRefused for a day that no figure is known of.
    """
    results = published_set()
    if results is None:
        raise NoResults
    day = asked_as_of(request)
    if day is not None and day != results.as_of:
        results = stored_sets([day]).get(day)
        if results is None:
            raise Forgotten(f"The results as of {day} are being computed. Ask again in a few seconds.")
    return results


def is_embedded(request: HttpRequest) -> bool:
    """Whether a page stands in a frame of another site, without the menu."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").startswith(("embed-", "picture-"))


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page with what stands around its content."""
    results = context.get("results")
    asked = results.as_of if results and request.GET.get("as_of") else None
    around = {
        "notice": notice(),
        "pending": pending_requests(),
        "today": today(),
        "asked_as_of": asked if asked and asked < today() else None,
        "quick_dates": quick_dates(today()),
        "publications": restated_of(results) if isinstance(results, ResultSet) else [],
        "around": "embed.html" if is_embedded(request) else "base.html",
        "freezable": request.resolver_match is not None and request.resolver_match.url_name in FREEZABLE,
    }
    if "to_acknowledge" not in context:
        day = results.as_of if results else today()
        around["to_acknowledge"] = unacknowledged(day, seen_by(request.user))
    return render(request, template, {**around, **context}, status=status)
