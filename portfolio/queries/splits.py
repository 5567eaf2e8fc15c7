"""The difference of results between two days, split into the dated facts that caused it.

What is read: the stored results of the earlier day, the facts between the two days, and of earlier events
those of contributions that have such facts. The number of queries does not depend on how many there are.
"""

from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date
from heapq import merge
from typing import Any, NamedTuple, cast

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    EnvelopeRollup,
    EnvelopeTotal,
    PortfolioTotal,
    Project,
    ProjectRollup,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.chips import claims, figure_value_rows, reference_rows
from portfolio.queries.projects import need_of_row, need_rows, stage_rows
from portfolio.queries.results import terms_of
from portfolio.queries.rollups import ENVELOPE_TOTALS, FLAGS, PROJECT_SUMS
from portfolio.queries.split_scope import (
    EVERYTHING,
    STATUS_DATES,
    Named,
    Scope,
    between,
    between_days,
    narrowed,
    with_facts,
    within,
)
from portfolio.queries.streaming import streamed
from portfolio.queries.together import read_together
from portfolio.queries.totals import (
    envelope_sums,
    portfolio_sums,
    selected_chip_reads,
    selected_chips_of,
)
from portfolio.rules.contribution_state import NO_STATE, Event
from portfolio.rules.project_coverage import NO_ESTIMATE
from portfolio.rules.replay import (
    DEPLOYMENT,
    ESTIMATE,
    EVENT,
    STAGE,
    Book,
    CellChange,
    Fact,
    Replay,
)
from portfolio.rules.split_steps import PartOf, Step, steps
from portfolio.rules.standing import ContributionTerms, Deployment, Line, Standing
from portfolio.vocabulary import EventKind, Instrument

KIND_PLACE = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(EventKind)))
PROJECT_EUROS = tuple(name for name in PROJECT_SUMS if name not in FLAGS)
SIGNED_EUROS = ("signed_eur", "signed_in_envelopes_eur")  # what envelopes and the portfolio need of projects
LINE_EUROS = tuple(name for name in ENVELOPE_TOTALS if name not in FLAGS)
SYSTEM = ("id", "project_id", "system", "source__key", "chips", "chip_model__bf16_dense_tflops")
Rows = dict[str, list[Any]]


@contextmanager
def cell_changes(before: ResultSet, until: date, scope: Scope = EVERYTHING) -> Iterator[Iterator[CellChange]]:
    """Give an iterator over what each fact after the day of some results, up to `until`, changed in a cell.

    The results have to be those of the facts as they are: of the current data version, in one snapshot.
    """
    with _book_and_facts(before, until, narrowed(scope, before.as_of, until)) as (book, facts):
        changes = Replay(book).run(facts, until)
        try:
            yield changes
        finally:
            cast(Generator[CellChange, None, None], changes).close()


def split_steps(before: ResultSet, until: date, scope: Scope, part_of: PartOf) -> list[Step]:
    """Return what each fact about money after the day of some results, up to `until`, adds to sums.

    `part_of` gives a project's part of them. The results have to be those of the facts as they are.
    """
    with _book_and_facts(before, until, narrowed(scope, before.as_of, until)) as (book, facts):
        return list(steps(book, facts, part_of))


@contextmanager
def _book_and_facts(before: ResultSet, until: date, scope: Scope) -> Iterator[tuple[Book, Iterator[Fact]]]:
    """Give everything as of the day of some results, and the facts after it in their order."""
    since = before.as_of
    asked = _reads(before, until, scope)
    rows: Rows = defaultdict(list)
    rows |= zip(asked, read_together(*asked.values()), strict=True)
    systems = [_System.of(row) for row in rows["systems"]]
    book = _book(since, scope, rows, systems)
    if scope.followed.money:
        _add_contributions(book, since, until, scope, rows["contributions"])
    parts = [iter(_small_facts(since, until, rows, systems))]
    with closing(_events(since, until, scope)) as events:
        if scope.followed.money:
            parts.append(events)
        yield book, merge(*parts, key=lambda fact: fact.order)


def _reads(before: ResultSet, until: date, scope: Scope) -> dict[str, QuerySet[Any]]:
    """Return what is read of facts and results, events apart, of which there may be many."""
    since, followed = before.as_of, scope.followed
    reached = ProjectStage.objects.filter(within(scope), between("reached_on", since, until)).order_by()
    asked: dict[str, QuerySet[Any]] = {
        "stages": stage_rows(since, scope.projects),
        "reached": reached.values_list(
            "id", "reached_on", "project_id", "stage", "project__slug", "source__key"
        ),
    }
    if scope.found is None:
        all_of_them = followed.chips or isinstance(scope.projects, list)
        of_scope = Project.objects.filter(within(scope, "pk"))
        projects = of_scope if all_of_them else with_facts(scope, since, until)
        asked["projects"] = projects.order_by().values_list("pk", "slug", "kind")
    if followed.money:
        asked |= _reads_of_money(before, until, scope)
    if followed.chips:
        systems = ChipDeployment.objects.filter(within(scope)).order_by()
        asked["systems"] = systems.values_list(*STATUS_DATES.values(), *SYSTEM)
        asked |= {"figures": figure_value_rows(), "reference": reference_rows()}
    if scope.others:
        asked["selected"], asked["present"] = selected_chip_reads(before, scope.projects or ())
    return asked


def _reads_of_money(before: ResultSet, until: date, scope: Scope) -> dict[str, QuerySet[Any]]:
    since, followed = before.as_of, scope.followed
    estimates = CostEstimate.objects.filter(within(scope), between("estimated_on", since, until)).order_by()
    rollups = ProjectRollup.objects.filter(within(scope), result_set=before).order_by()
    asked: dict[str, QuerySet[Any]] = {
        "needs": need_rows(since, scope.projects),
        "estimates": estimates.values_list(
            *("id", "estimated_on", "project_id", "project__slug", "source__key"),
            *("amount", "currency", "amount_eur"),
        ),
        "sums": rollups.values_list("project_id", *_sums_of(scope)),
        "contributions": _wanted(since, until, scope).values_list(
            "pk", "project_id", "envelope_id", "financier__kind", "instrument"
        ),
        "envelopes": Envelope.objects.order_by(),
    }
    if followed.envelopes is None or followed.envelopes:
        lines, totals = (
            model._default_manager.filter(result_set=before).order_by()
            for model in (EnvelopeRollup, EnvelopeTotal)
        )
        if followed.envelopes is not None:
            lines = lines.filter(envelope__in=followed.envelopes)
            totals = totals.filter(envelope__in=followed.envelopes)
        columns = ("project_id", "envelope_id", "counted_lines", "counted_signed_eur", *LINE_EUROS)
        asked |= {"lines": lines.filter(within(scope)).values_list(*columns), "totals": totals}
    if followed.summary:
        asked["funding"] = PortfolioTotal.objects.filter(result_set=before).order_by()
    return asked


def _sums_of(scope: Scope) -> tuple[str, ...]:
    return PROJECT_EUROS if scope.followed.coverage else SIGNED_EUROS


def _book(since: date, scope: Scope, rows: Rows, systems: list["_System"]) -> Book:
    """Return what facts will change, as of the first day; contributions apart."""
    book = Book(since, scope.followed, _standings(scope, rows))
    if scope.followed.chips:
        figures = dict(rows["figures"])
        book.claims, book.reference_tflops = claims(figures), next(iter(rows["reference"]), None)
        book.gigafactory_limit = figures.get("gigafactory_limit")
    if scope.followed.money:
        book.envelopes = dict(terms_of(rows["envelopes"]))
        book.totals = envelope_sums(rows["totals"])
        if rows["funding"]:
            book.funding = portfolio_sums(rows["funding"])
        _add_sums(book, scope, rows)
    if scope.others:
        chips = selected_chips_of(rows["selected"], rows["present"])
        book.present, book.selected = list(chips.present.values()), chips.selected
    for system in systems:
        if system.project in book.projects:
            deployment = Deployment(system.chips, system.tflops)
            for status, day in system.days:
                if day <= since:
                    deployment.reach(status)
            book.projects[system.project].deployments[system.id] = deployment
    return book


def _standings(scope: Scope, rows: Rows) -> dict[int, Standing]:
    """Return projects with stage and need: all that chips need, else those with facts between the days."""
    stage_of = dict(rows["stages"])
    need_of = {project: need_of_row(euro) for project, euro in rows["needs"]}
    return {
        id_: Standing(slug, kind, stage_of.get(id_, ""), need_of.get(id_, NO_ESTIMATE))
        for id_, slug, kind in (map(Named._make, rows["projects"]) if scope.found is None else scope.found)
    }


def _add_sums(book: Book, scope: Scope, rows: Rows) -> None:
    wanted = _sums_of(scope)
    for project, *sums in rows["sums"]:
        if project in book.projects:
            book.projects[project].sums = dict(zip(wanted, sums, strict=True))
    for project, envelope, counted, signed, *sums in rows["lines"]:
        if project in book.projects:
            line = Line(dict(zip(LINE_EUROS, sums, strict=True)), counted_lines=counted)
            line.counted_signed_eur = signed
            book.projects[project].lines[envelope] = line


def _add_contributions(book: Book, since: date, until: date, scope: Scope, terms: list[Any]) -> None:
    """Add the contributions with facts between the days, and those that lacked something on the first.

    The latter count what a project lacks, which sums cannot tell.
    """
    for id_, project, envelope, financier, instrument in terms:
        counts = ContributionTerms(project, envelope, financier, instrument == Instrument.GUARANTEE)
        book.contributions[id_] = (counts, NO_STATE)
    wanted = _wanted(since, until, scope)
    events = ContributionEvent.objects.filter(contribution__in=wanted.values("pk"), occurred_on__lte=since)
    if scope.signed:
        events = events.exclude(kind=EventKind.DISBURSED)
    ordered = events.order_by("contribution_id", "occurred_on", KIND_PLACE, "id")
    with streamed(ordered, ["contribution_id", "kind", "occurred_on", "amount", "amount_eur"]) as rows:
        for id_, kind, day, amount, euro in rows:
            counts, state = book.contributions[id_]
            book.contributions[id_] = (counts, state.after(Event(kind, day, euro, amount is not None)))
    for counts, state in book.contributions.values():
        standing = book.projects.get(counts.project)
        if standing is not None:
            standing.lacking.change(state, 1)
            if counts.envelope is not None and state != NO_STATE:
                standing.lines.setdefault(counts.envelope, Line()).lacking.change(state, 1)


def _wanted(since: date, until: date, scope: Scope) -> QuerySet[Contribution]:
    wanted = _with(between_days(scope, since, until), scope)
    if not scope.signed:
        lacking = ContributionEvent.objects.filter(occurred_on__lte=since, amount_eur=None).order_by()
        wanted |= _with(lacking.exclude(kind=EventKind.CANCELLED), scope)
    return Contribution.objects.filter(within(scope), wanted).order_by()


def _with(events: QuerySet[ContributionEvent], scope: Scope) -> Q:
    """Return what keeps contributions that have some of these events: of few projects, looked up by each."""
    if isinstance(scope.projects, list):
        return Q(Exists(events.filter(contribution=OuterRef("pk"))))
    return Q(pk__in=events.values("contribution"))


def _events(since: date, until: date, scope: Scope) -> Generator[Fact, None, None]:
    events = between_days(scope, since, until).filter(within(scope, "contribution__project"))
    events = events.order_by("occurred_on", KIND_PLACE, "id")
    columns = [
        *("id", "occurred_on", "contribution__project_id", "kind", "contribution__reference", "source__key"),
        *("contribution_id", "amount", "contribution__currency", "amount_eur"),
    ]
    with streamed(events, columns) as rows:
        for row in rows:
            yield Fact(EVENT, *row)


def _small_facts(since: date, until: date, rows: Rows, systems: list["_System"]) -> list[Fact]:
    """Return stages, estimates and statuses between the days: few beside events."""
    facts = [Fact(STAGE, *row) for row in rows["reached"]]
    facts += [
        Fact(ESTIMATE, id_, day, project, "", slug, source, 0, *worth)
        for id_, day, project, slug, source, *worth in rows["estimates"]
    ]
    facts += [
        Fact(DEPLOYMENT, system.id, day, system.project, status, system.system, system.source)
        for system in systems
        for status, day in system.days
        if since < day <= until
    ]
    return sorted(facts, key=lambda fact: fact.order)


class _System(NamedTuple):
    """A deployment with the days of its statuses."""

    days: list[tuple[str, date]]
    id: int
    project: int
    system: str
    source: str
    chips: int | None
    tflops: Any

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "_System":
        """Return the system of a row of STATUS_DATES and SYSTEM."""
        dates = zip(STATUS_DATES, row, strict=False)
        days = [(str(status), day) for status, day in dates if day is not None]
        return cls(days, *row[len(STATUS_DATES) :])
