"""What is remembered between pages equals what would be read anew, after every kind of change."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portfolio.jobs.alert_thresholds import save_threshold
from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import (
    AlertThreshold,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Project,
    ProjectStage,
    ResultSet,
    Source,
)
from portfolio.queries import contribution_list, flows, overview, project_facets, project_list
from portfolio.queries import corrections as corrections_of
from portfolio.queries.contribution_filters import ENDED, RUNNING, Filters
from portfolio.queries.memories import read_ahead
from portfolio.queries.parts import SumsByProject
from portfolio.queries.results import data_version, published_set
from portfolio.queries.snapshot import reading
from portfolio.vocabulary import EventKind
from tests.bundles import SMALL

pytestmark = pytest.mark.django_db
PAST = date(2026, 6, 30)


@pytest.fixture
def small() -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)


def change_amount() -> None:
    event = ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__gt=0).order_by("pk")[0]
    event.amount = (event.amount or Decimal(0)) + 7
    save_fact(event, "test")


def pay() -> None:
    event = ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__gt=0).order_by("pk")[0]
    paid = ContributionEvent(contribution=event.contribution, kind=EventKind.DISBURSED, amount=Decimal(3))
    paid.occurred_on, paid.confidence, paid.source = event.occurred_on, "reported", event.source
    save_fact(paid, "test")


def withdraw() -> None:
    project = Project.objects.filter(stages__stage="selected").order_by("slug")[0]
    stage = ProjectStage(project=project, stage="withdrawn", reached_on=date(2026, 6, 1))
    stage.confidence, stage.source = "reported", Source.objects.order_by("pk")[0]
    save_fact(stage, "test")


def forget_costs() -> None:
    selected = Project.objects.filter(stages__stage="selected")
    for estimate in CostEstimate.objects.filter(project__in=selected).order_by("pk")[:1]:
        delete_fact(estimate, "test")


def change_everything() -> None:
    recompute()


CHANGES = [change_amount, pay, withdraw, forget_costs, change_everything]


def afresh(results: ResultSet) -> dict[Any, Any]:
    found = SumsByProject(overview._read_sums).of(results)
    return {key: numbers for key, numbers in found.items() if any(numbers)}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("day", [None, PAST])
def test_sums_by_project_follow_every_change(day: date | None) -> None:
    sums = SumsByProject(overview._read_sums)

    def shown() -> ResultSet:
        newest = published_set()
        assert newest is not None
        return newest if day is None else results_of(day)

    assert sums.of(shown())
    for change in CHANGES:
        change()
        answer_requests()
        found = {key: numbers for key, numbers in sums.of(shown()).items() if any(numbers)}
        assert found == afresh(shown()), change.__name__


def lend() -> None:
    contribution = Contribution.objects.filter(instrument="grant", events__isnull=False).order_by("pk")[0]
    contribution.instrument = "loan"
    save_fact(contribution, "test")


def guarantee() -> None:
    contribution = Contribution.objects.filter(instrument="loan", events__isnull=False).order_by("pk")[0]
    contribution.instrument = "guarantee"
    save_fact(contribution, "test")


NARROWED = [
    Filters(),
    Filters(state="secured", stage=RUNNING),
    Filters(state="disbursed"),
    Filters(state="pipeline", stage="any_selected", guarantee=False),
    Filters(state="cancelled", stage=ENDED),
    Filters(stage="none", guarantee=True),
    Filters(kind="ai_factory", financier_kind="eib_group", instrument="loan"),
    Filters(state="disbursed", kind="ai_gigafactory", financier_kind="eu_budget"),
]


def sums_of_contributions(results: ResultSet) -> list[Any]:
    """Return all that is summed over contributions that are narrowed in some way, and not remembered."""
    totals: Any
    largest: Any
    legs: Any
    totals, largest, legs = contribution_list.totals, contribution_list.largest, flows.flows
    totals, largest, legs = totals.__wrapped__, largest.__wrapped__, legs.__wrapped__
    return [
        (
            sorted(totals(results, filters)),
            largest(results, filters, "s.project_id", 3),
            sorted(found.legs),
            found.others,
            found.projects,
        )
        for filters in NARROWED
        for found in [legs(results, filters, 2, 0)]
    ]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("day", [None, PAST])
def test_sums_of_contributions_are_those_of_sql(day: date | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for change in [pay, lend, guarantee, *CHANGES]:
        change()
        answer_requests()
        results = published_set() if day is None else results_of(day)
        assert results is not None
        kept = sums_of_contributions(results)
        with monkeypatch.context() as patched:
            for module in (contribution_list, flows):
                patched.setattr(module, "has_sums", lambda filters: False)
            patched.setattr(flows, "largest", contribution_list.largest.__wrapped__)  # type: ignore[attr-defined]
            assert kept == sums_of_contributions(results), change.__name__


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("number", [2, 100])
def test_the_largest_of_many_are_those_of_all(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pay()
    answer_requests()
    results = published_set()
    assert results is not None
    read = contribution_list._page.__wrapped__  # type: ignore[attr-defined]
    pages = [(filters, start) for filters in NARROWED for start in (0, 3)]
    asked = [read(results, *page, number, 20) for page in pages]
    monkeypatch.setattr(contribution_list, "MANY", 0)
    assert [read(results, *page, number, 20) for page in pages] == asked
    assert asked[0]


@pytest.mark.usefixtures("small")
def test_projects_of_each_choice_follow_every_change() -> None:
    def relax() -> None:
        for threshold in AlertThreshold.objects.all():
            threshold.value = threshold.value * 3
            save_threshold(threshold, "test")

    for change in [pay, lend, relax, *CHANGES]:
        change()
        answer_requests()
        results = published_set()
        assert results is not None
        found = sorted(project_facets._groups_of(results, ""))
        assert found == sorted(project_facets._groups(results, "", timezone.now())), change.__name__
        for filters in (
            project_list.Filters(),
            project_list.Filters(stages=("any_selected",), alerts=("no",)),
        ):
            asked = project_list.totals(project_list.project_rows(results, filters))
            assert project_facets.totals_of(results, filters) == asked, change.__name__


@pytest.mark.usefixtures("small")
def test_what_takes_long_is_read_ahead() -> None:
    results = published_set()
    assert results is not None
    read_ahead(results)
    with reading():
        project_facets.facet_counts(results, project_list.Filters())
        with CaptureQueriesContext(connection) as captured:
            overview._SUMS_OF_STATES.of(results)
            assert contribution_list.totals.__wrapped__(results, Filters())  # type: ignore[attr-defined]
    assert not captured


@pytest.mark.usefixtures("small")
def test_who_reads_in_an_older_snapshot_gets_what_was_then() -> None:
    sums = SumsByProject(overview._read_sums)
    older = ResultSet.objects.latest("as_of")
    before = dict(sums.of(older))
    change_amount()
    answer_requests()
    newer = ResultSet.objects.latest("as_of")
    assert sums.of(newer) != before
    assert sums.of(older) == before
    assert sums.of(newer) == afresh(newer)


@pytest.mark.usefixtures("small")
def test_an_edit_reads_the_parts_of_its_project_alone() -> None:
    asked: list[list[int] | None] = []

    def read(results: ResultSet, projects: list[int] | None) -> list[Any]:
        asked.append(projects)
        return overview._read_sums(results, projects)

    sums = SumsByProject(read)
    newest = ResultSet.objects.latest("as_of")
    sums.of(newest)
    change_amount()
    answer_requests()
    sums.of(ResultSet.objects.latest("as_of"))
    event = ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__gt=0).order_by("pk")[0]
    assert asked == [None, [event.contribution.project_id]]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def settle(moment: datetime) -> None:
        monkeypatch.setattr(corrections_of, "settled_until", lambda now: moment)

    return settle


@pytest.mark.usefixtures("small")
def test_settled_corrections_and_later_ones_are_all_of_them(settled: Callable[[datetime], None]) -> None:
    before = timezone.now() - timedelta(1)
    loaded = timezone.now()
    change_amount()
    pay()
    between = timezone.now()
    withdraw()
    forget_costs()
    for moment in (before, loaded, between, timezone.now()):
        settled(moment)
        for _ in range(2):
            asked = corrections_of.corrections(before, None, None)
            groups = {(one.fact, one.kind, one.how, one.by): one.number for one in asked.groups}
            assert groups == asked.counted(), moment
            assert [one.number for one in asked.groups] == sorted(groups.values(), reverse=True), moment
            ordered = [row for row in asked[0:100] if row.how != "load_portfolio"]
            assert asked.first(3) == (ordered[:3], asked.count()), moment
    assert asked.first(100)[0] == ordered
    assert len(ordered) == 4


@pytest.mark.usefixtures("small")
def test_a_snapshot_is_asked_once_and_only_while_it_is_open() -> None:
    with reading(), CaptureQueriesContext(connection) as captured:
        assert data_version() == data_version()
        assert published_set() is published_set()
    assert len([query for query in captured if "SELECT" in query["sql"]]) == 2
    version = data_version()
    change_amount()
    assert data_version() > version


@pytest.mark.usefixtures("small")
def test_lists_count_their_rows_once(client: Client) -> None:
    for address in ("/projects/", "/projects/?q=giga", "/chips/"):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        assert page.context["shown"].paginator.count == len(page.context["shown"].object_list)
        assert not [
            query for query in captured if "AS __count" in query["sql"] and "coverage" in query["sql"]
        ]


@pytest.mark.usefixtures("small")
def test_contributions_of_an_envelope_follow_an_edit(client: Client) -> None:
    contribution = Contribution.objects.filter(envelope__isnull=False, state_today__amount_eur__gt=0)[0]
    assert contribution.envelope is not None
    address = f"/envelopes/{contribution.envelope.slug}/"
    client.get(address)
    event = contribution.events.filter(kind=contribution.state_today.state).order_by("-occurred_on")[0]
    event.amount = Decimal("999999999.00")
    save_fact(event, "test")
    answer_requests()
    shown = client.get(address).context["shown"]
    assert shown.object_list[0].contribution == contribution
