"""What the split of a difference needs to be read: of which projects, and which facts about them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from json import dumps
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    Project,
    ProjectStage,
)
from portfolio.queries.snapshot import in_this_snapshot
from portfolio.rules.portfolio_summary import FUNDING_METRICS
from portfolio.rules.replay import COLUMNS, COVERAGE, ENVELOPES, SUMMARY, VALUE, Followed
from portfolio.rules.standing import RETIRED, STATUSES
from portfolio.vocabulary import EventKind

STATUS_DATES = {status: f"{status}_on" for status in (*STATUSES, RETIRED)}
# Beyond this many projects, reading all of them is cheaper than naming them.
MOST_NAMED = 5_000
# The columns of envelopes that rest on signed money and needs alone.
OF_SIGNED = frozenset(
    {
        *("signed_eur", "mobilised_eur", "gross_mobilised_eur", "attributed_eur", "multiplier"),
        *("progress", "expected_progress", "on_track"),
    }
)


class Named(NamedTuple):
    """A project, by database id."""

    id: int
    slug: str
    kind: str


class UnknownCell(LookupError):
    """A table, key or column that there is not; its text says which and what there is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to be read and computed for a split: of which projects (ids; None: all), and which rows.

    `found`: those projects, where they were found by their facts.
    `others`: what projects that are left out have of chips is read from the results of the first day.
    `signed`: the cell rests on signed money and needs alone, so payments, and contributions that were never
    signed, change nothing in it.
    """

    followed: Followed
    projects: Collection[int] | None = None
    signed: bool = False
    others: bool = False
    found: Collection[Named] | None = None


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
    about = subject_of(table, key)
    if about is None:
        raise UnknownCell(f"There is no project “{key}”.")
    project, _ = about
    if table == COVERAGE:
        return Scope(Followed(chips=False, summary=False, envelopes=()), [project])
    # other projects bear on a row of chips through the existing baseline alone
    everywhere = column.startswith("ratio_to_existing")
    return Scope(Followed(money=False, summary=False, chip_rows=[project]), None if everywhere else [project])


def _envelope_scope(key: str, column: str) -> Scope:
    about = subject_of(ENVELOPES, key)
    if about is None:
        raise UnknownCell(f"There is no envelope “{key}”.")
    envelope, _ = about
    funded = Contribution.objects.filter(envelope=envelope).order_by().values("project")
    return Scope(
        Followed(chips=False, coverage=False, summary=False, envelopes=[envelope]),
        cast(Collection[int], funded),
        signed=column in OF_SIGNED,
    )


def subject_of(table: str, key: str) -> tuple[int, str] | None:
    """Return database id and name of the project or envelope that a row is about; None: there is none."""
    records: QuerySet[Any] = (Envelope if table == ENVELOPES else Project)._default_manager.filter(slug=key)
    found: tuple[int, str] | None = in_this_snapshot(
        (subject_of, table == ENVELOPES, key), records.values_list("pk", "name").first
    )
    return found


def narrowed(scope: Scope, since: date, until: date) -> Scope:
    """Return a scope of the projects that have facts between the days, where they are few.

    The others change nothing: what they add to totals stands in the totals of the first day. A scope with a
    list of projects is of few.
    """
    if scope.followed.chips:
        return _narrowed_chips(scope, since, until)
    if isinstance(scope.projects, list):
        return scope
    rows = with_facts(scope, since, until).values_list("pk", "slug", "kind")[: MOST_NAMED + 1]
    found = [Named(*row) for row in rows]
    if len(found) > MOST_NAMED:
        return scope
    return replace(scope, projects=_listed([project.id for project in found]), found=found)


def _narrowed_chips(scope: Scope, since: date, until: date) -> Scope:
    """Return a scope of the projects that have facts about chips between the days, where they are few.

    Of the others, the existing baseline and the number of selected projects need what the first day had.
    """
    followed = scope.followed
    if followed.money or followed.chip_rows is None or scope.projects is not None:
        return scope
    reached = Q()
    for name in STATUS_DATES.values():
        reached |= between(name, since, until)
    deployed = ChipDeployment.objects.filter(reached).order_by().values_list("project_id")
    staged = ProjectStage.objects.filter(between("reached_on", since, until)).order_by()
    found = {project for (project,) in deployed.union(staged.values_list("project_id"))}
    found |= {*followed.chip_rows}
    return scope if len(found) > MOST_NAMED else replace(scope, projects=_listed(found), others=True)


def _listed(projects: Collection[int]) -> Any:
    """Return projects to be looked up in as one parameter of a statement, however many they are."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(projects)])
    return RawSQL("SELECT value FROM json_each(%s)", [dumps(list(projects))])


def with_facts(scope: Scope, since: date, until: date) -> QuerySet[Project]:
    """Return the projects of a scope that have facts about money between the days."""
    events = between_days(scope, since, until)
    reached = ProjectStage.objects.filter(between("reached_on", since, until)).order_by()
    estimated = CostEstimate.objects.filter(between("estimated_on", since, until)).order_by()
    return Project.objects.filter(
        within(scope, "pk"),
        Q(pk__in=Contribution.objects.filter(pk__in=events.values("contribution")).values("project"))
        | Q(pk__in=reached.values("project"))
        | Q(pk__in=estimated.values("project")),
    ).order_by()


def between_days(scope: Scope, since: date, until: date) -> QuerySet[ContributionEvent]:
    """Return the events between the days that can change what is asked for, of whatever projects."""
    events = ContributionEvent.objects.filter(between("occurred_on", since, until)).order_by()
    if not scope.signed:
        return events
    signatures = ContributionEvent.objects.filter(
        contribution=OuterRef("contribution"), kind=EventKind.SIGNED, occurred_on__lte=until
    )
    return events.exclude(kind=EventKind.DISBURSED).filter(Exists(signatures.order_by()))


def within(scope: Scope, path: str = "project") -> Q:
    """Return what keeps rows of the projects of a scope, by the path to their project."""
    return Q() if scope.projects is None else Q(**{f"{path}__in": scope.projects})


def between(name: str, since: date, until: date) -> Q:
    """Return what keeps rows after one day up to another, by the name of their date."""
    return Q(**{f"{name}__gt": since, f"{name}__lte": until})
