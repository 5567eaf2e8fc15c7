"""Past dates asked for by many at the same moment, on PostgreSQL: computed once, never half-written."""

from datetime import date
from time import monotonic

import pytest
from django.db import connection

from portfolio.exports.metric_tables import METRIC_TABLES, metric_csv, published_csv
from portfolio.jobs import past_dates
from portfolio.jobs.locks import PAST_DATES
from portfolio.jobs.past_dates import BeingComputed, keep_asked_dates, results_of
from portfolio.jobs.recompute import answer_requests
from portfolio.jobs.verification import verify_results
from portfolio.models import Recomputation, RecomputeRequest, ResultSet
from portfolio.queries.results import compute, data_version
from tests.jobs.test_concurrency import pay, together
from tests.loaded import load_small

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example, with edits that leave their requests to an explicit run."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    monkeypatch.setattr("portfolio.jobs.requests._waker", None)
    load_small()
    RecomputeRequest.objects.all().delete()


def test_a_date_is_computed_once_for_all_who_ask() -> None:
    assert together(*[lambda: results_of(DAY)] * 6) == [None] * 6
    assert Recomputation.objects.filter(trigger="past_date").count() == 1
    assert ResultSet.objects.filter(as_of=DAY).count() == 1


def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_dates, "WAIT_SECONDS", 0.2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PAST_DATES])
    try:
        (told,) = together(lambda: results_of(DAY))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PAST_DATES])
    assert isinstance(told, BeingComputed)
    assert str(told) == f"The results as of {DAY} are being computed. Ask again in a few seconds."


def test_who_works_ahead_waits_for_nobody() -> None:
    results_of(DAY)
    pay("C-001", "1.00")
    answer_requests()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PAST_DATES])
    try:
        started = monotonic()
        assert together(keep_asked_dates) == [None]
        assert monotonic() - started < past_dates.WAIT_SECONDS / 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PAST_DATES])
    assert ResultSet.objects.get(as_of=DAY).data_version < data_version()
    keep_asked_dates()
    assert ResultSet.objects.get(as_of=DAY).data_version == data_version()


def test_edits_while_past_dates_are_read_leave_what_the_facts_say() -> None:
    def edit(reference: str) -> None:
        for _ in range(12):
            pay(reference, "1.00")

    def answer() -> None:
        for _ in range(12):
            answer_requests()

    def read() -> None:
        for day in (DAY, date(2026, 11, 10), date(2026, 9, 30)) * 4:
            results_of(day)

    raised = together(*(lambda ref=ref: edit(ref) for ref in ("C-001", "C-002")), answer, answer, read, read)
    assert raised == [None] * 6
    assert verify_results().differences == []
    results, tables = results_of(date(2026, 11, 10)), compute(date(2026, 11, 10))
    for table in METRIC_TABLES:
        assert "".join(published_csv(table, results)) == "".join(metric_csv(table, tables))
