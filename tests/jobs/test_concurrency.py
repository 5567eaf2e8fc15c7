"""People and jobs at the same moment, on PostgreSQL: nothing lost, nothing double, nothing half-written."""

import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from portfolio.jobs import publishing
from portfolio.jobs import recompute as job
from portfolio.jobs.facts import FactRefused, save_fact
from portfolio.jobs.incremental import publish_projects
from portfolio.models import (
    Contribution,
    ContributionEvent,
    Project,
    ProjectStage,
    PublishedFigure,
    Recomputation,
    RecomputeRequest,
    Source,
)
from portfolio.queries.results import compute
from tests.jobs.test_recompute import everything_derived, secured
from tests.loaded import load_small

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example, with edits that leave their requests to an explicit run."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    monkeypatch.setattr("portfolio.jobs.requests._waker", None)
    load_small()
    RecomputeRequest.objects.all().delete()


def together(*actions: Callable[[], Any]) -> list[BaseException | None]:
    """Run actions at the same moment, each with its own connection; return what each raised."""
    start = threading.Barrier(len(actions))
    raised: list[BaseException | None] = [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            start.wait()
            action()
        except BaseException as error:
            raised[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def select(project: Project) -> None:
    source = Source.objects.get(key="example")
    stage = ProjectStage(
        project=project, stage="selected", reached_on=date(2026, 11, 1), confidence="confirmed", source=source
    )
    save_fact(stage, "a test")


def pay(reference: str, amount: str) -> None:
    event = ContributionEvent(
        contribution=Contribution.objects.get(reference=reference),
        kind="disbursed",
        occurred_on=date(2026, 11, 1),
        amount=Decimal(amount),
        confidence="confirmed",
        source=Source.objects.get(key="example"),
    )
    save_fact(event, "a test")


def test_one_place_and_two_people_who_take_it_at_the_same_moment() -> None:
    PublishedFigure.objects.filter(key="gigafactory_limit").update(value=Decimal(3))
    source = Source.objects.get(key="example")
    for attempt in range(5):
        candidates = [
            Project.objects.create(
                slug=f"new-{attempt}-{number}", name="New", kind="ai_gigafactory", source=source
            )
            for number in range(2)
        ]
        raised = together(*(lambda project=project: select(project) for project in candidates))
        assert sorted(type(error).__name__ for error in raised) == ["FactRefused", "NoneType"]
        assert any(isinstance(error, FactRefused) and "is 3" in str(error) for error in raised)
        ProjectStage.objects.filter(project__in=candidates).delete()


def test_edits_during_recomputations_are_not_lost() -> None:
    def edit(reference: str) -> None:
        for _ in range(15):
            pay(reference, "1.00")

    def answer() -> None:
        for _ in range(15):
            job.answer_requests()

    raised = together(
        *(lambda ref=ref: edit(ref) for ref in ("C-001", "C-002", "C-008")), answer, answer, job.recompute
    )
    assert raised == [None] * 6
    job.answer_requests()
    published = everything_derived()
    assert not RecomputeRequest.objects.exists()
    assert not Recomputation.objects.filter(outcome="failed").exists()
    job.recompute()
    assert everything_derived() == published
    assert ContributionEvent.objects.filter(occurred_on=date(2026, 11, 1)).count() == 45


def test_a_recomputation_killed_in_the_middle_leaves_the_old_results(monkeypatch: pytest.MonkeyPatch) -> None:
    pay("C-001", "5.00")
    before = everything_derived()
    reached, killed = threading.Event(), threading.Event()
    pid: list[int] = []

    def stop_there(*args: Any, **options: Any) -> Any:
        changed = publish_projects(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid.append(cursor.fetchone()[0])
        reached.set()
        killed.wait(timeout=30)
        return changed

    def kill() -> None:
        reached.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", pid)
        time.sleep(0.2)
        killed.set()

    with monkeypatch.context() as patch:
        patch.setattr(job, "publish_projects", stop_there)
        raised = together(job.answer_requests, kill)
    assert isinstance(raised[0], OperationalError)
    assert everything_derived() == before
    assert RecomputeRequest.objects.count() == 1
    assert job.answer_requests() is not None
    assert everything_derived() != before


def test_a_run_sees_the_facts_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit that commits while a run computes belongs to the next run, whole."""
    before = secured()
    computing, edited = threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:
        computing.set()
        edited.wait(timeout=30)
        return compute(*args)

    def edit() -> None:
        computing.wait(timeout=30)
        with transaction.atomic():
            contribution = Contribution.objects.get(reference="C-003")
            contribution.project = Project.objects.get(slug="giga-b")
            save_fact(contribution, "a test")
        edited.set()

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "compute", slow)
        assert together(job.recompute, edit) == [None, None]
    assert secured() == before
    assert RecomputeRequest.objects.count() == 2
    job.answer_requests()
    assert Decimal(before) - Decimal(secured()) == Decimal("1050000000.00")
