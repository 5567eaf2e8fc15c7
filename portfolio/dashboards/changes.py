"""The pages of what changed between two days, and of why one figure did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import (
    Forgotten,
    NoResults,
    asked_as_of,
    page,
    shown_results,
    with_results,
)
from portfolio.dashboards.scenario_forms import said
from portfolio.exports import change_words as words
from portfolio.models import Contribution, Project, PublishedFigure, ResultSet, Source
from portfolio.queries.correction_entries import Correction
from portfolio.queries.corrections import Corrections, corrections, end_of_day
from portfolio.queries.dated_facts import DatedFact, DatedFacts, first_of, published_among
from portfolio.queries.known_splits import changes_of_cell
from portfolio.queries.remembered import remembered
from portfolio.queries.result_differences import (
    Changed,
    ChangedRows,
    cell_difference,
    changed,
    listed_rows,
)
from portfolio.queries.results import data_version, published_set, stored_sets
from portfolio.queries.split_scope import UnknownCell, scope_of, subject_of
from portfolio.queries.together import read_together
from portfolio.rules.dates import DateRefused, today
from portfolio.rules.period import DAYS, Period, PeriodRefused, parse_period, quick_periods
from portfolio.rules.replay import CHIPS, COVERAGE, ENVELOPES, EVENT, SUMMARY, CellChange

View = Callable[..., HttpResponse]
Rows = ChangedRows | DatedFacts | Corrections
Section = dict[str, Any]

ROWS_SHOWN = 10
EVENTS_ON_OVERVIEW = 5
ROWS_ON_A_PAGE = 50
# Beyond this many facts, a split of the whole portfolio is not worked out while somebody waits.
MOST_FACTS = 100_000
SECTIONS = (COVERAGE, ENVELOPES, CHIPS, "facts", "ended", "corrections")


@dataclass(frozen=True, slots=True)
class Compared:
    """The period that a page is about, and the results at both ends."""

    period: Period
    before: ResultSet
    after: ResultSet


def with_period(view: View) -> View:
    """Return the view with the results of both days of its period computed first."""
    return with_results(view, days=_both_days)


def _both_days(request: HttpRequest, newest: ResultSet | None) -> list[date]:
    """Return the days whose results have to be there; what is wrong with them the view says in its form."""
    if newest is None:
        return []
    try:
        period = asked_period(request, newest)
    except DateRefused:
        return []
    return [day for day in (period.since, period.until) if day != newest.as_of]


def asked_period(request: HttpRequest, newest: ResultSet) -> Period:
    """Return the period asked for: up to the day that pages show, where nothing is said."""
    asked = request.GET
    latest, shown = max(today(), newest.as_of), asked_as_of(request) or newest.as_of
    period = parse_period(asked.getlist("from"), asked.getlist("to"), latest, shown)
    return Period(period.since, min(period.until, newest.as_of))


def _compared(request: HttpRequest) -> Compared:
    """Return the results at both ends; raise Forgotten where they are not those of the facts as they are."""
    newest = published_set()
    if newest is None:
        raise NoResults
    period = asked_period(request, newest)
    stored = stored_sets({period.since, period.until} - {newest.as_of}) | {newest.as_of: newest}
    before, after = stored.get(period.since), stored.get(period.until)
    if before is None or after is None or not all(_is_current(row, newest) for row in (before, after)):
        raise Forgotten("The results of these days are being computed. Ask again in a few seconds.")
    return Compared(period, before, after)


def _is_current(results: ResultSet, newest: ResultSet) -> bool:
    """Whether results are of the facts as they are; the newest may wait for a recomputation."""
    return results.as_of == newest.as_of or results.data_version == data_version()


@require_safe
def show_changes(request: HttpRequest) -> HttpResponse:
    """Answer: what has changed between two days, in the records and in the results?"""
    results = shown_results(request)
    context: dict[str, Any] = {"results": results, "quick_periods": quick_periods(results.as_of)}
    asked = request.GET
    try:
        compared = _compared(request)
    except PeriodRefused as error:
        context |= {"refused": str(error), "since": asked.get("from", ""), "until": asked.get("to", "")}
        return page(request, "portfolio/changes.html", context, status=400)
    period = compared.period
    facts = DatedFacts(period.since, period.until)
    shown = asked.get("show", "") if asked.get("show") in SECTIONS else ""
    lists = _lists([shown] if shown else SECTIONS, compared, facts)
    tables = [rows for rows in lists.values() if isinstance(rows, ChangedRows) and not shown]
    differing = changed(compared.before, compared.after, tables, ROWS_SHOWN)
    dated = [rows for rows in lists.values() if isinstance(rows, DatedFacts) and not shown]
    newest = dict(zip(dated, first_of(dated, ROWS_SHOWN), strict=True))
    sections = [
        _whole(request, name, rows) if shown else _first(name, rows, differing, newest)
        for name, rows in lists.items()
    ]
    context |= {
        "period": period,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "quick_periods": quick_periods(period.until),
        "summary": [words.shown(cell) for cell in differing.summary],
        "section_shown": shown,
        "sections": _worded(sections, lists),
        "numbers": words.numbers_in_words(facts.numbers, said),
    }
    return page(request, "portfolio/changes.html", context)


def _lists(names: Sequence[str], compared: Compared, facts: DatedFacts) -> dict[str, Rows]:
    """Return the lists of the page by name, of which nothing is read yet."""
    since, lists = compared.period.since, dict[str, Rows]()
    for name in names:
        if name in ("facts", "ended"):
            lists[name] = facts.ends() if name == "ended" else facts
        elif name == "corrections":
            lists[name] = corrections(end_of_day(since), None, since)
        else:
            lists[name] = listed_rows(name, compared.before, compared.after)
    return lists


def _whole(request: HttpRequest, name: str, rows: Any) -> Section:
    """Return a page of all rows of a list."""
    shown = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "name": name,
        "whole": True,
        "shown": shown,
        "some": list(shown),
        "number": shown.paginator.count,
    }


def _first(name: str, rows: Rows, differing: Changed, newest: dict[DatedFacts, list[DatedFact]]) -> Section:
    """Return the first rows of a list."""
    some: Sequence[Any]
    if isinstance(rows, DatedFacts):
        some, number = newest[rows], rows.count()
    else:
        some, number = differing.rows[name] if isinstance(rows, ChangedRows) else rows.first(ROWS_SHOWN)
    return {"name": name, "whole": False, "some": some, "number": number, "more": len(some) < number}


def _worded(sections: list[Section], lists: dict[str, Rows]) -> list[Section]:
    """Return the lists with their rows in words; sources and names are read for all of them."""
    facts = [fact for section in sections for fact in section["some"] if isinstance(fact, DatedFact)]
    corrected = [row for section in sections for row in section["some"] if isinstance(row, Correction)]
    named, about, published = read_together(
        Source.objects.filter(key__in={fact.source for fact in facts}).order_by(),
        Project.objects.filter(slug__in={row.project for row in corrected}).order_by(),
        PublishedFigure.objects.filter(pk__in=published_among(facts)).order_by(),
    )
    statements = {figure.pk: figure.statement for figure in published}
    sources = {source.key: source for source in named}
    names = {project.slug: project.name for project in about}
    worded = []
    for section in sections:
        rows, some = lists[section["name"]], section["some"]
        if isinstance(rows, DatedFacts):
            worded.append(section | {"facts": [_fact(fact, sources, statements) for fact in some]})
        elif isinstance(rows, Corrections):
            groups = [(words.group_words(group), group.number) for group in rows.groups]
            listed = [_corrected(row, names) for row in some]
            worded.append(section | {"corrections": listed, "groups": groups})
        else:
            worded.append(
                section
                | {
                    "title": words.TABLE_LABELS[rows.table],
                    "labels": words.leading_labels(rows.table),
                    "rows": words.shown_rows(rows.table, some),
                    "page": "envelope" if rows.table == ENVELOPES else "project",
                }
            )
    return worded


def _fact(
    fact: DatedFact, sources: dict[str, Source], statements: dict[int, str]
) -> tuple[DatedFact, str, str, Source | None]:
    statement = statements.get(fact.id, "") if fact.is_published else ""
    return (
        fact,
        words.FACT_LABELS[fact.fact],
        words.dated_words(fact, said, statement),
        sources.get(fact.source),
    )


def _corrected(row: Correction, names: dict[str, str]) -> tuple[Any, ...]:
    return (
        row,
        names.get(row.project, ""),
        words.FACT_LABELS[row.fact],
        words.door(row.how),
        words.correction_fields(row),
        words.record_words(row, said),
    )


def lately(results: ResultSet) -> dict[str, Any]:
    """Return what the overview says of the last days: how many contribution events, and the largest."""
    numbers, largest = _lately(results)
    return {
        "days": DAYS,
        "since": results.as_of - timedelta(DAYS),
        "until": results.as_of,
        "numbers": words.numbers_in_words(numbers, said),
        "largest": [(fact, words.dated_words(fact)) for fact in largest],
    }


@remembered
def _lately(results: ResultSet) -> tuple[dict[tuple[str, str], int], list[DatedFact]]:
    """Return what is remembered of the last days: no words, which differ by the language of who reads."""
    facts = DatedFacts(results.as_of - timedelta(DAYS), results.as_of)
    return facts.event_numbers, facts.largest(EVENTS_ON_OVERVIEW)


@require_safe
def show_split(request: HttpRequest, table: str, key: str, column: str) -> HttpResponse:
    """Answer: which facts changed this figure between two days, and by how much each?"""
    results = shown_results(request)
    try:
        scope = scope_of(table, key, column)
    except UnknownCell as error:
        raise Http404(str(error)) from error
    context: dict[str, Any] = {
        "results": results,
        "label": words.metric_label(table, key, column),
        "cell": {"table": table, "key": key, "column": column},
        "subject": _subject(table, key),
    }
    try:
        compared = _compared(request)
    except PeriodRefused as error:
        asked = request.GET
        context |= {"refused": str(error), "since": asked.get("from", ""), "until": asked.get("to", "")}
        return page(request, "portfolio/split.html", context, status=400)
    period = compared.period
    cell = cell_difference(compared.before, compared.after, table, key, column)
    context |= {
        "period": period,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "whole": words.shown(cell, short=False),
        "exact_difference": words.exact_ratio(cell.difference),
    }
    facts = DatedFacts(period.since, period.until).count() if scope.projects is None else 0
    if facts > MOST_FACTS:
        return page(request, "portfolio/split.html", {**context, "too_many": facts})
    found = changes_of_cell(compared.before, period.until, table, key, column)
    causes = Paginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "shown": causes,
        "causes": _causes(list(causes)),
        # a change that waits for its recomputation is in the facts but not yet in the published results
        "waits": bool(found) and found[-1].after != cell.after,
    }
    return page(request, "portfolio/split.html", context)


def _subject(table: str, key: str) -> tuple[str, str] | None:
    """Return the name of what a row is about, and the name of its page."""
    if table == SUMMARY:
        return None
    about = subject_of(table, key)
    return None if about is None else (about[1], "envelope" if table == ENVELOPES else "project")


def _causes(changes: list[CellChange]) -> list[dict[str, Any]]:
    facts = [change.fact for change in changes if change.fact is not None]
    funded = {fact.contribution for fact in facts if fact.kind == EVENT}
    named, about, by = read_together(
        Source.objects.filter(key__in={fact.source for fact in facts}).order_by(),
        Project.objects.filter(pk__in={fact.project for fact in facts}).order_by(),
        Contribution.objects.filter(pk__in=funded).select_related("financier").order_by(),
    )
    sources = {source.key: source for source in named}
    projects = {project.pk: project for project in about}
    contributions = {contribution.pk: contribution for contribution in by}
    causes = []
    for change in changes:
        difference, after = words.difference_words(change)
        cause: dict[str, Any] = {"difference": difference, "after": after, "fact": change.fact}
        cause["exact"] = words.exact_ratio(change.difference)
        if change.fact is None:
            cause["words"] = said(words.PASSING)
        else:
            contribution = contributions.get(change.fact.contribution)
            cause |= {
                "words": words.fact_words(change.fact.kind, change.fact, said),
                "project": projects.get(change.fact.project),
                "financier": contribution.financier.name if contribution else "",
                "source": sources.get(change.fact.source),
            }
        causes.append(cause)
    return causes
