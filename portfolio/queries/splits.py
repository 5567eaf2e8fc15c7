"""The difference of results between two days, split into the dated facts that caused it.

What is read: the stored results of the earlier day, the facts between the two days, and of earlier events
those of contributions that have such facts. The number of queries does not depend on how many there are.
"""

from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from heapq import merge
from json import dumps
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    EnvelopeRollup,
    Project,
    ProjectRollup,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.chips import claims, figure_values, reference_tflops
from portfolio.queries.projects import needs, stages
from portfolio.queries.results import envelope_terms
from portfolio.queries.rollups import ENVELOPE_TOTALS, FLAGS, PROJECT_SUMS
from portfolio.queries.streaming import streamed
from portfolio.queries.totals import envelope_totals, portfolio_totals, selected_chips
from portfolio.rules.contribution_state import NO_STATE, Event
from portfolio.rules.portfolio_summary import FUNDING_METRICS
from portfolio.rules.project_coverage import NO_ESTIMATE
from portfolio.rules.replay import (
    COLUMNS,
    COVERAGE,
    DEPLOYMENT,
    ENVELOPES,
    ESTIMATE,
    EVENT,
    STAGE,
    SUMMARY,
    VALUE,
    Book,
    CellChange,
    Fact,
    Followed,
    Replay,
)
from portfolio.rules.split_steps import PartOf, Step, steps
from portfolio.rules.standing import RETIRED, STATUSES, ContributionTerms, Deployment, Line, Standing
from portfolio.vocabulary import EventKind, Instrument

KIND_PLACE = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(EventKind)))
STATUS_DATES = {status: f"{status}_on" for status in (*STATUSES, RETIRED)}
PROJECT_EUROS = tuple(name for name in PROJECT_SUMS if name not in FLAGS)
SIGNED_EUROS = ("signed_eur", "signed_in_envelopes_eur")  # what envelopes and the portfolio need of projects
LINE_EUROS = tuple(name for name in ENVELOPE_TOTALS if name not in FLAGS)
# Beyond this many projects, reading all of them is cheaper than naming them.
MOST_NAMED = 5_000
# The columns of envelopes that rest on signed money and needs alone.
OF_SIGNED = frozenset(
    {
        *("signed_eur", "mobilised_eur", "gross_mobilised_eur", "attributed_eur", "multiplier"),
        *("progress", "expected_progress", "on_track"),
    }
)


class UnknownCell(LookupError):
    """A table, key or column that there is not; its text says which and what there is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to be read and computed for a split: of which projects (ids; None: all), and which rows.

    `others`: what projects that are left out have of chips is read from the results of the first day.
    `signed`: the cell rests on signed money and needs alone, so payments, and contributions that were never
    signed, change nothing in it.
    """

    followed: Followed
    projects: Collection[int] | None = None
    signed: bool = False
    others: bool = False


EVERYTHING = Scope(Followed())


def scope_of(table: str, key: str, column: str) -> Scope:
    """Return what the split of one cell needs; raise UnknownCell."""
    if table == SUMMARY:
        if column != VALUE:
            raise UnknownCell(f"“{column}” is not a column of {table}. Accepted: {VALUE}.")
        money = key in FUNDING_METRICS
        return Scope(Followed(money, not money, coverage=False, envelopes=(), chip_rows=()), signed=money)
    if table not in COLUMNS:
        accepted = ", ".join([*COLUMNS, SUMMARY])
        raise UnknownCell(f"“{table}” is not a metric table. Accepted: {accepted}.")
    if column not in COLUMNS[table]:
        raise UnknownCell(f"“{column}” is not a column of {table}. Accepted: {', '.join(COLUMNS[table])}.")
    if table == ENVELOPES:
        return _envelope_scope(key, column)
    project = Project.objects.filter(slug=key).values_list("pk", flat=True).first()
    if project is None:
        raise UnknownCell(f"There is no project “{key}”.")
    if table == COVERAGE:
        return Scope(Followed(chips=False, summary=False, envelopes=()), [project])
    # other projects bear on a row of chips through the existing baseline alone
    everywhere = column.startswith("ratio_to_existing")
    return Scope(Followed(money=False, summary=False, chip_rows=[project]), None if everywhere else [project])


def _envelope_scope(key: str, column: str) -> Scope:
    envelope = Envelope.objects.filter(slug=key).values_list("pk", flat=True).first()
    if envelope is None:
        raise UnknownCell(f"There is no envelope “{key}”.")
    funded = Contribution.objects.filter(envelope=envelope).order_by().values("project")
    return Scope(
        Followed(chips=False, coverage=False, summary=False, envelopes=[envelope]),
        cast(Collection[int], funded),
        signed=column in OF_SIGNED,
    )


@contextmanager
def cell_changes(before: ResultSet, until: date, scope: Scope = EVERYTHING) -> Iterator[Iterator[CellChange]]:
    """Give an iterator over what each fact after the day of some results, up to `until`, changed in a cell.

    The results have to be those of the facts as they are: of the current data version, in one snapshot.
    """
    with _book_and_facts(before, until, _narrowed_scope(scope, before.as_of, until)) as (book, facts):
        if scope.followed.money:
            book.totals = envelope_totals(before)
            book.funding = portfolio_totals(before)
        changes = Replay(book).run(facts, until)
        try:
            yield changes
        finally:
            cast(Generator[CellChange, None, None], changes).close()


def split_steps(before: ResultSet, until: date, scope: Scope, part_of: PartOf) -> list[Step]:
    """Return what each fact about money after the day of some results, up to `until`, adds to sums.

    `part_of` gives a project's part of them. A scope with a list of projects is of few, not to be narrowed.
    The results have to be those of the facts as they are.
    """
    if not isinstance(scope.projects, list):
        scope = _narrowed(scope, before.as_of, until)
    with _book_and_facts(before, until, scope) as (book, facts):
        return list(steps(book, facts, part_of))


@contextmanager
def _book_and_facts(before: ResultSet, until: date, scope: Scope) -> Iterator[tuple[Book, Iterator[Fact]]]:
    """Give everything as of the day of some results, and the facts after it in their order."""
    since = before.as_of
    systems = _systems(scope) if scope.followed.chips else []
    book = _book(before, until, scope, systems)
    parts = [iter(_small_facts(since, until, scope, systems))]
    with closing(_events(since, until, scope)) as events:
        if scope.followed.money:
            parts.append(events)
        yield book, merge(*parts, key=lambda fact: fact.order)


def _narrowed_scope(scope: Scope, since: date, until: date) -> Scope:
    narrowed = _narrowed_chips if scope.followed.chips else _narrowed
    return narrowed(scope, since, until)


def _narrowed(scope: Scope, since: date, until: date) -> Scope:
    """Return a scope of the projects that have facts about money between the days, where they are few.

    The others change nothing: what they add to totals stands in the totals of the first day.
    """
    found = _with_facts(scope, since, until).values_list("pk", flat=True)[: MOST_NAMED + 1]
    projects = list(found)
    return scope if len(projects) > MOST_NAMED else replace(scope, projects=_named(projects))


def _narrowed_chips(scope: Scope, since: date, until: date) -> Scope:
    """Return a scope of the projects that have facts about chips between the days, where they are few.

    Of the others, the existing baseline and the number of selected projects need what the first day had.
    """
    followed = scope.followed
    if followed.money or followed.chip_rows is None or scope.projects is not None:
        return scope
    reached = Q()
    for name in STATUS_DATES.values():
        reached |= _between(name, since, until)
    deployed = ChipDeployment.objects.filter(reached).order_by().values_list("project_id", flat=True)
    staged = ProjectStage.objects.filter(_between("reached_on", since, until)).order_by()
    found = {*deployed, *staged.values_list("project_id", flat=True), *followed.chip_rows}
    return scope if len(found) > MOST_NAMED else replace(scope, projects=_named(found), others=True)


def _named(projects: Collection[int]) -> Any:
    """Return projects to be looked up in as one parameter of a statement, however many they are."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(projects)])
    return RawSQL("SELECT value FROM json_each(%s)", [dumps(list(projects))])


def _with_facts(scope: Scope, since: date, until: date) -> QuerySet[Project]:
    events = _between_days(scope, since, until)
    reached = ProjectStage.objects.filter(_between("reached_on", since, until)).order_by()
    estimated = CostEstimate.objects.filter(_between("estimated_on", since, until)).order_by()
    return Project.objects.filter(
        _within(scope, "pk"),
        Q(pk__in=Contribution.objects.filter(pk__in=events.values("contribution")).values("project"))
        | Q(pk__in=reached.values("project"))
        | Q(pk__in=estimated.values("project")),
    ).order_by()


def _between_days(scope: Scope, since: date, until: date) -> QuerySet[ContributionEvent]:
    """Return the events between the days that can change what is asked for, of whatever projects."""
    events = ContributionEvent.objects.filter(_between("occurred_on", since, until)).order_by()
    if not scope.signed:
        return events
    signatures = ContributionEvent.objects.filter(
        contribution=OuterRef("contribution"), kind=EventKind.SIGNED, occurred_on__lte=until
    )
    return events.exclude(kind=EventKind.DISBURSED).filter(Exists(signatures.order_by()))


def _within(scope: Scope, path: str = "project") -> Q:
    return Q() if scope.projects is None else Q(**{f"{path}__in": scope.projects})


def _between(name: str, since: date, until: date) -> Q:
    return Q(**{f"{name}__gt": since, f"{name}__lte": until})


def _book(before: ResultSet, until: date, scope: Scope, systems: list["_System"]) -> Book:
    """Return everything that facts will change, as of the day of the results."""
    since, followed = before.as_of, scope.followed
    book = Book(since, followed, _standings(since, until, scope))
    if followed.chips:
        figures = figure_values()
        book.claims, book.reference_tflops = claims(figures), reference_tflops()
        book.gigafactory_limit = figures.get("gigafactory_limit")
    if followed.money:
        book.envelopes = dict(envelope_terms())
        _add_sums(book, before, scope)
        _add_contributions(book, since, until, scope)
    if scope.others:
        chips = selected_chips(before, scope.projects or ())
        book.present, book.selected = list(chips.present.values()), chips.selected
    for system in systems:
        if system.project in book.projects:
            deployment = Deployment(system.chips, system.tflops)
            for status, day in system.days:
                if day <= since:
                    deployment.reach(status)
            book.projects[system.project].deployments[system.id] = deployment
    return book


def _standings(since: date, until: date, scope: Scope) -> dict[int, Standing]:
    """Return projects with stage and need: all that chips need, else those with facts between the days."""
    projects = Project.objects.filter(_within(scope, "pk")).order_by()
    if not scope.followed.chips:
        projects = _with_facts(scope, since, until)
    stage_of, need_of = stages(since, scope.projects), needs(since, scope.projects)
    return {
        id_: Standing(slug, kind, stage_of.get(id_, ""), need_of.get(id_, NO_ESTIMATE))
        for id_, slug, kind in projects.values_list("pk", "slug", "kind")
    }


def _add_sums(book: Book, before: ResultSet, scope: Scope) -> None:
    rollups = ProjectRollup.objects.filter(_within(scope), result_set=before)
    wanted = PROJECT_EUROS if scope.followed.coverage else SIGNED_EUROS
    for project, *sums in rollups.values_list("project_id", *wanted):
        if project in book.projects:
            book.projects[project].sums = dict(zip(wanted, sums, strict=True))
    if scope.followed.envelopes is not None and not scope.followed.envelopes:
        return
    lines = EnvelopeRollup.objects.filter(_within(scope), result_set=before)
    if scope.followed.envelopes is not None:
        lines = lines.filter(envelope__in=scope.followed.envelopes)
    columns = ("counted_lines", "counted_signed_eur", *LINE_EUROS)
    for project, envelope, counted, signed, *sums in lines.values_list("project_id", "envelope_id", *columns):
        if project in book.projects:
            line = Line(dict(zip(LINE_EUROS, sums, strict=True)), counted_lines=counted)
            line.counted_signed_eur = signed
            book.projects[project].lines[envelope] = line


def _add_contributions(book: Book, since: date, until: date, scope: Scope) -> None:
    """Add the contributions with facts between the days, and those that lacked something on the first.

    The latter count what a project lacks, which sums cannot tell.
    """
    wanted = _wanted(since, until, scope)
    terms = wanted.values_list("pk", "project_id", "envelope_id", "financier__kind", "instrument")
    for id_, project, envelope, financier, instrument in terms:
        counts = ContributionTerms(project, envelope, financier, instrument == Instrument.GUARANTEE)
        book.contributions[id_] = (counts, NO_STATE)
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
    between = _between_days(scope, since, until)
    if scope.signed:
        return Contribution.objects.filter(_within(scope), pk__in=between.values("contribution")).order_by()
    lacking = ContributionEvent.objects.filter(occurred_on__lte=since, amount_eur=None).order_by()
    lacking = lacking.exclude(kind=EventKind.CANCELLED)
    return Contribution.objects.filter(
        _within(scope),
        Q(pk__in=between.values("contribution")) | Q(pk__in=lacking.values("contribution")),
    ).order_by()


def _events(since: date, until: date, scope: Scope) -> Generator[Fact, None, None]:
    events = _between_days(scope, since, until).filter(_within(scope, "contribution__project"))
    events = events.order_by("occurred_on", KIND_PLACE, "id")
    columns = [
        *("id", "occurred_on", "contribution__project_id", "kind", "contribution__reference", "source__key"),
        *("contribution_id", "amount", "contribution__currency", "amount_eur"),
    ]
    with streamed(events, columns) as rows:
        for row in rows:
            yield Fact(EVENT, *row)


def _small_facts(since: date, until: date, scope: Scope, systems: list["_System"]) -> list[Fact]:
    """Return stages, estimates and statuses between the days: few beside events."""
    reached = ProjectStage.objects.filter(_within(scope), _between("reached_on", since, until)).order_by()
    columns = ["id", "reached_on", "project_id", "stage", "project__slug", "source__key"]
    facts = [Fact(STAGE, *row) for row in reached.values_list(*columns)]
    if scope.followed.money:
        estimates = CostEstimate.objects.filter(_within(scope), _between("estimated_on", since, until))
        rows = estimates.order_by().annotate(word=Value(""), none=Value(0))
        columns = ["id", "estimated_on", "project_id", "word", "project__slug", "source__key", "none"]
        facts += [
            Fact(ESTIMATE, *row) for row in rows.values_list(*columns, "amount", "currency", "amount_eur")
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


def _systems(scope: Scope) -> list[_System]:
    columns = ["id", "project_id", "system", "source__key", "chips", "chip_model__bf16_dense_tflops"]
    deployments = ChipDeployment.objects.filter(_within(scope)).order_by()
    systems = []
    for row in deployments.values_list(*STATUS_DATES.values(), *columns):
        dates = zip(STATUS_DATES, row, strict=False)
        days = [(str(status), day) for status, day in dates if day is not None]
        systems.append(_System(days, *row[len(STATUS_DATES) :]))
    return systems
