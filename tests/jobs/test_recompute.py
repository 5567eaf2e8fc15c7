"""Recomputations: after an edit, once a day, all or nothing, and incremental equal to everything."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client

from investai.celery import app
from portfolio.jobs import publishing
from portfolio.jobs import recompute as job
from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.models import (
    ChipComparison,
    Contribution,
    ContributionEvent,
    ContributionState,
    CostEstimate,
    Envelope,
    EnvelopeRollup,
    EnvelopeTotal,
    EnvelopeUtilisation,
    Financier,
    PortfolioSummary,
    PortfolioTotal,
    Project,
    ProjectCoverage,
    ProjectRollup,
    Recomputation,
    RecomputeRequest,
    ResultSet,
    Source,
)
from portfolio.queries import results as queries
from portfolio.vocabulary import Trigger

pytestmark = pytest.mark.usefixtures("small")

BRUSSELS = ZoneInfo("Europe/Brussels")


def signed(reference: str = "C-004", amount: str = "1000.00") -> ContributionEvent:
    return ContributionEvent(
        contribution=Contribution.objects.get(reference=reference),
        kind="signed",
        occurred_on=date(2026, 11, 1),
        amount=Decimal(amount),
        confidence="confirmed",
        source=Source.objects.get(key="example"),
    )


def secured(slug: str = "giga-a") -> str:
    results = ResultSet.objects.latest("as_of")
    return str(ProjectCoverage.objects.get(result_set=results, project__slug=slug).secured_eur)


def test_without_a_broker_an_edit_is_published_after_its_commit(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save_fact(signed(), "a test")
        assert secured() == "2042743603.10", "not before the commit"
    assert secured() == "2042744603.10"
    assert not RecomputeRequest.objects.exists()
    run = Recomputation.objects.latest("id")
    assert (run.trigger, run.outcome, run.projects, run.requests) == ("edit", "succeeded", 1, 1)
    assert run.rows_changed < 10, "what did not change was not written"


def test_requests_are_answered_once() -> None:
    save_fact(signed(), "a test")
    assert job.answer_requests() is not None
    assert job.answer_requests() is None


def test_a_failed_recomputation_keeps_the_last_good_results(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("a rule that fails")

    save_fact(signed(), "a test")
    with monkeypatch.context() as patch:
        patch.setattr("portfolio.jobs.incremental.project_coverage", fail)
        with pytest.raises(ZeroDivisionError):
            job.answer_requests()
    assert secured() == "2042743603.10"
    assert RecomputeRequest.objects.count() == 1
    run = Recomputation.objects.latest("id")
    assert (run.outcome, run.message) == ("failed", "ZeroDivisionError: a rule that fails")
    assert job.answer_requests() is not None
    assert secured() == "2042744603.10"


def test_a_new_day_is_computed_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = ResultSet.objects.latest("as_of").as_of + timedelta(days=1)
    assert job.start_new_day() is None
    monkeypatch.setattr(job, "today", lambda: tomorrow)
    assert job.start_new_day() is not None
    assert [job.start_new_day() for _ in range(3)] == [None, None, None]
    assert Recomputation.objects.filter(trigger=Trigger.NEW_DAY, as_of=tomorrow).count() == 1
    assert ResultSet.objects.latest("as_of").as_of == tomorrow


@pytest.mark.parametrize("night", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 11, 25)])
def test_the_schedule_fires_once_a_brussels_day_across_clock_changes(night: date) -> None:
    schedule = app.conf.beat_schedule["new-day"]["schedule"]
    clock = datetime(night.year, night.month, night.day, 12, tzinfo=BRUSSELS)
    last, fired = clock, []
    for _ in range(4 * 24 * 6):
        clock = (clock.astimezone(ZoneInfo("UTC")) + timedelta(minutes=10)).astimezone(BRUSSELS)
        schedule.nowfun = lambda now=clock: now
        if schedule.is_due(last).is_due:
            fired.append(clock.date())
            last = clock
    assert fired == [night + timedelta(days=number) for number in range(1, 5)]


def test_a_past_date_is_published_beside_today() -> None:
    call_command("recompute", as_of=date(2026, 6, 30), verbosity=0)
    assert secured() == "2042743603.10"
    past = ResultSet.objects.get(as_of=date(2026, 6, 30))
    assert str(past.projectcoverage_rows.get(project__slug="giga-a").secured_eur) == "1992743603.10"
    save_fact(signed(), "a test")
    job.answer_requests()
    assert past.data_version < queries.data_version(), "it can be told that facts have changed since"


DERIVED = (ContributionState, ProjectRollup, EnvelopeRollup, EnvelopeTotal, PortfolioTotal)
RESULTS = (ProjectCoverage, EnvelopeUtilisation, ChipComparison, PortfolioSummary)


def everything_derived() -> dict[str, list[str]]:
    """Return every derived row without its id, as text, by table."""
    newest = ResultSet.objects.latest("as_of")
    derived: dict[str, list[str]] = {}
    for model in (*DERIVED, *RESULTS):
        names = [
            field.attname for field in model._meta.concrete_fields if field.name not in ("id", "result_set")
        ]
        chosen = {} if model is ContributionState else {"result_set": newest}
        rows: Any = model._default_manager
        derived[model.__name__] = sorted(map(str, rows.filter(**chosen).order_by().values_list(*names)))
    return derived


@pytest.mark.parametrize("seed", range(4))
def test_what_single_edits_publish_equals_a_recomputation_of_everything(seed: int) -> None:
    chance = random.Random(seed)
    for number in range(40):
        try:
            edit_something(chance, number)
        except FactRefused:
            continue
        job.answer_requests()
        if number % 8 == 7:
            published = everything_derived()
            job.recompute()
            assert everything_derived() == published
    assert not Recomputation.objects.filter(outcome="failed").exists()


def edit_something(chance: random.Random, number: int) -> None:
    """Add, move, change or delete a fact."""
    source = Source.objects.get(key="example")
    contributions = list(Contribution.objects.order_by("pk"))
    projects = list(Project.objects.order_by("pk"))
    envelopes = [None, *Envelope.objects.order_by("pk")]
    day = date(2024, 6, 1) + timedelta(days=chance.randrange(1000))
    amount = Decimal(chance.randrange(10**11)).scaleb(-2)
    choice = chance.choice(["event", "event", "estimate", "delete", "contribution", "move", "kind", "stage"])
    if choice == "event":
        kind = chance.choice(["announced", "approved", "signed", "disbursed", "cancelled"])
        contribution = chance.choice(contributions)
        if not contribution.events.filter(kind=kind, occurred_on=day).exists():
            save_fact(
                ContributionEvent(
                    contribution=contribution,
                    kind=kind,
                    occurred_on=day,
                    amount=chance.choice([None, amount]),
                    confidence="confirmed",
                    source=source,
                ),
                "a test",
            )
    elif choice == "estimate":
        project = chance.choice(projects)
        if not project.cost_estimates.filter(estimated_on=day).exists():
            save_fact(
                CostEstimate(
                    project=project,
                    estimated_on=day,
                    amount=amount,
                    currency=chance.choice(["EUR", "PLN", "USD"]),
                    confidence="estimate",
                    source=source,
                ),
                "a test",
            )
    elif choice == "delete":
        delete_fact(chance.choice(list(ContributionEvent.objects.order_by("pk"))), "a test")
    elif choice == "contribution":
        save_fact(
            Contribution(
                reference=f"new-{number}",
                project=chance.choice(projects),
                financier=chance.choice(list(Financier.objects.order_by("pk"))),
                instrument=chance.choice(["loan", "grant", "guarantee"]),
                envelope=chance.choice(envelopes),
                currency="EUR",
                source=source,
            ),
            "a test",
        )
    elif choice == "move":
        contribution = chance.choice(contributions)
        contribution.project, contribution.envelope = chance.choice(projects), chance.choice(envelopes)
        save_fact(contribution, "a test")
    elif choice == "kind":
        financier = chance.choice(list(Financier.objects.order_by("pk")))
        financier.kind = chance.choice(["eu_budget", "eib_group", "private"])
        save_fact(financier, "a test")
    else:
        project = chance.choice(projects)
        word = chance.choice(["proposal", "selected", "construction", "withdrawn"])
        if not project.stages.filter(stage=word, reached_on=day).exists():
            save_fact(
                project.stages.model(
                    project=project, stage=word, reached_on=day, confidence="confirmed", source=source
                ),
                "a test",
            )


def test_without_a_broker_the_first_page_of_a_day_computes_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = ResultSet.objects.latest("as_of").as_of + timedelta(days=1)
    monkeypatch.setattr(job, "today", lambda: tomorrow)
    shown = f'As of <time datetime="{tomorrow}">'
    assert shown in client.get("/").content.decode()
    assert shown in client.get("/projects/").content.decode()
    assert Recomputation.objects.filter(trigger=Trigger.NEW_DAY).count() == 1


def test_a_new_day_that_fails_leaves_yesterday_on_the_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = ResultSet.objects.latest("as_of").as_of

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("a rule that fails")

    monkeypatch.setattr(job, "today", lambda: newest + timedelta(days=1))
    monkeypatch.setattr(publishing, "compute", fail)
    assert f'As of <time datetime="{newest}">' in client.get("/").content.decode()
    assert Recomputation.objects.latest("id").outcome == "failed"
