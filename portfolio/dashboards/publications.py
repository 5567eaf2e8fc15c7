"""The pages of publications: what was frozen under a name, and what has been restated since, and why."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from portfolio.dashboards.frozen_tables import (
    COMPARISON,
    COVERAGE,
    SUMMARY,
    TITLES,
    UTILISATION,
    Names,
    frozen_lacking,
    headlines,
    in_words,
    metrics,
)
from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.scenario_forms import said
from portfolio.dashboards.unchanged import drawn, held_answer, page_tag
from portfolio.exports.change_words import FACT_LABELS, correction_fields, door, record_words
from portfolio.exports.scenario_words import Line
from portfolio.jobs.past_dates import BeingComputed
from portfolio.jobs.publications import (
    PublicationRefused,
    publish_results,
    restated_at_hand,
    restated_results,
)
from portfolio.models import Publication, ResultSet
from portfolio.queries.correction_entries import Correction
from portfolio.queries.coverage_sums import left_out_of
from portfolio.queries.publications import Frozen, frozen, publication_of, publications
from portfolio.queries.restatement_causes import Explained, explain
from portfolio.queries.restatements import Difference, differences
from portfolio.queries.snapshot import reading
from portfolio.queries.together import read_together
from portfolio.rules.dates import DateRefused, parse_as_of
from portfolio.rules.left_out import scope_of
from portfolio.tasks import begin_day

PUBLICATIONS_ON_A_PAGE = 50
DIFFERENCES_ON_A_PAGE = 50
FACTS_SHOWN = 50
CITED = 5
ORDER = (SUMMARY, COVERAGE, UTILISATION, COMPARISON)
# The page on which each table stands as published.
PAGES = {SUMMARY: "overview", COVERAGE: "projects", UTILISATION: "envelopes", COMPARISON: "chips"}


@dataclass(frozen=True, slots=True)
class RestatedLine:
    """A figure as published and as restated, in words, with the facts that bear on it by number."""

    line: Line | None
    explained: Explained
    cited: tuple[int, ...]
    more: int


@dataclass(frozen=True, slots=True)
class RestatedRow:
    """The figures of one row that are restated; `page` is that of what it is about, where it exists today."""

    table: str
    key: str
    name: str
    about: str
    page: str
    lines: list[RestatedLine]


@dataclass(frozen=True, slots=True)
class Restatement:
    """One page of what is restated, and the facts that bear on it."""

    number: int
    shown: Page[Difference]
    rows: list[RestatedRow]
    facts: list[tuple[int, Correction, str, str, str, list[tuple[str, str, str]], str]]
    facts_more: int
    left_out: int


def may_publish(request: HttpRequest) -> bool:
    """Whether who asks may freeze results: an Officer, an Editor or an Administrator."""
    return bool(request.user.has_perm("portfolio.add_publication"))


@require_http_methods(["GET", "HEAD", "POST"])
def show_publications(request: HttpRequest) -> HttpResponse:
    """Answer: what has been published? And freeze the results of a date under a name."""
    refused = ""
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(reverse("publications"))
        if not may_publish(request):
            raise PermissionDenied
        try:
            return HttpResponseRedirect(reverse("publication", args=[_publish(request).slug]))
        except (PublicationRefused, DateRefused) as error:
            refused = str(error)
    results = shown_results(request)
    context = {
        "results": results,
        "publications": [],  # this page shows none of the figures that were published
        "shown": Paginator(publications(), PUBLICATIONS_ON_A_PAGE).get_page(request.GET.get("page")),
        "may_publish": may_publish(request),
        "refused": refused,
        "name": request.POST.get("name", ""),
        "note": request.POST.get("note", ""),
        "day": request.POST.get("as_of", results.as_of.isoformat()),
    }
    return page(request, "portfolio/publications.html", context, status=400 if refused else 200)


def _publish(request: HttpRequest) -> Publication:
    given = request.POST.get("as_of", "").strip()
    return publish_results(
        request.POST.get("name", ""),
        parse_as_of(given) if given else None,
        request.user,
        request.POST.get("note", ""),
    )


@gzip_page
@require_safe
def show_publication(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer: what was published, is it still what was published, and what is restated since, and why?"""
    publication = publication_of(slug)
    if publication is None:
        raise Http404(f"There is no publication “{slug}”.")
    with reading():
        tag = page_tag(request)
        held = held_answer(request, tag)
        if held is not None:
            return held
        results = restated_at_hand(publication)
        if results is not None:
            return drawn(tag, lambda: _drawn(request, publication, results, ""))
    begin_day()
    busy = ""
    try:
        results = restated_results(publication)
    except BeingComputed as error:
        busy = str(error)
    with reading():
        tag = None if busy else page_tag(request)
        return held_answer(request, tag) or drawn(tag, lambda: _drawn(request, publication, results, busy))


def _drawn(
    request: HttpRequest, publication: Publication, results: ResultSet | None, busy: str
) -> HttpResponse:
    found = frozen(publication)
    context: dict[str, Any] = {
        "results": None,
        "publication": publication,
        "faults": found.faults,
        "busy": busy,
        "tables": [(found.tables[name], TITLES[name], PAGES[name]) for name in ORDER if name in found.tables],
    }
    if not found.faults:
        context["headlines"] = headlines(found)
        context["metrics"] = metrics(found, Names.of_metrics())
        context["restated"] = results and _restatement(found, results, request.GET.get("page"))
    return page(request, "portfolio/publication.html", context)


def _restatement(found: Frozen, results: ResultSet, number: str | None) -> Restatement:
    order = {name: place for place, name in enumerate(ORDER)}
    differing = sorted(differences(found, results), key=lambda difference: order[difference.table])
    shown = Paginator(differing, DIFFERENCES_ON_A_PAGE).get_page(number)
    explanation = explain(found.publication, differing, shown.start_index() - 1, shown.end_index())
    reasons = _reasons(found, results, list(shown))
    named = {difference.key for difference in shown if found.tables[difference.table].by_project}
    names = Names.of_some(named | {fact.project for fact in explanation.facts.values()})
    rows = []
    for (table, key), lines in groupby(
        explanation.differences, key=lambda line: (line.difference.table, line.difference.key)
    ):
        about = found.tables[table].key if table != SUMMARY else ""
        name = names.name(found.tables[table].key, key)
        rows.append(
            RestatedRow(
                table,
                key,
                name or key,
                about,
                about if name else "",
                [_line(explained, reasons) for explained in lines],
            )
        )
    facts = [
        (
            number,
            fact,
            names.name("project", fact.project) or fact.project,
            FACT_LABELS[fact.fact],
            door(fact.how),
            correction_fields(fact),
            record_words(fact, said),
        )
        for number, fact in list(explanation.facts.items())[:FACTS_SHOWN]
    ]
    more = len(explanation.facts) - len(facts)
    return Restatement(len(differing), shown, rows, facts, more, explanation.left_out)


def _line(explained: Explained, reasons: dict[tuple[str, str], tuple[str, str]]) -> RestatedLine:
    difference = explained.difference
    told = None
    if difference.column:
        told = in_words(
            difference.table,
            difference.key,
            difference.column,
            (difference.published, difference.restated),
            reasons.get((difference.table, difference.key), ("", "")),
        )
    cited = tuple(number for number in explained.facts if number <= FACTS_SHOWN)[:CITED]
    return RestatedLine(told, explained, cited, len(explained.facts) - len(cited))


def _reasons(
    found: Frozen, results: ResultSet, differing: list[Difference]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what is incomplete of each row, as published and as restated, by table and key."""
    reasons: dict[tuple[str, str], tuple[str, str]] = {}
    tables: dict[str, Any] = {
        COVERAGE: results.projectcoverage_rows,
        UTILISATION: results.envelopeutilisation_rows,
        COMPARISON: results.chipcomparison_rows,
    }
    keys = {name: {row.key for row in differing if row.table == name} for name in tables}
    stored = read_together(
        *(
            rows.filter(**{f"{found.tables[name].key}__slug__in": keys[name]})
            .order_by()
            .values_list(f"{found.tables[name].key}__slug", "incomplete")
            for name, rows in tables.items()
        ),
    )
    for name, rows in zip(tables, stored, strict=True):
        now = dict(rows)
        then = {key: found.tables[name].row(key) or {} for key in keys[name]}
        reasons |= {(name, key): (row.get("incomplete", ""), now.get(key, "")) for key, row in then.items()}
    before, after = frozen_lacking(found), left_out_of(results)
    for difference in differing:
        if difference.table == SUMMARY:
            scope = scope_of(difference.key)
            reasons[SUMMARY, difference.key] = (before[scope], after[scope])
    return reasons
