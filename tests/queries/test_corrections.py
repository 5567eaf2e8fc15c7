"""Corrections: who changed what of a day's facts, when and how; and nothing that was news."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    ExchangeRate,
    Project,
    ProjectStage,
    Source,
)
from portfolio.queries.correction_entries import Correction
from portfolio.queries.corrections import corrections, end_of_day
from tests.bundles import load, saved
from tests.edits import Edits
from tests.making import Made

pytestmark = pytest.mark.django_db

D1 = date(2026, 3, 31)


def made(folder: Path) -> None:
    portfolio = Made().project("p", need="1000", stages=[("selected", "2026-01-10")]).project("q")
    portfolio.contribution("c", ("signed", "2026-02-01", "100"), currency="PLN")
    portfolio.rate("PLN", "2026-01-01", "4").chips("Main", "500", model="")
    load(saved(portfolio.rows, folder))


def since_now() -> datetime:
    return datetime.now(UTC)


def told(found: list[Correction]) -> list[tuple[str, str, str, list[tuple[str, object, object]]]]:
    return [
        (row.fact, row.label, row.kind, [(field.name, field.old, field.new) for field in row.fields])
        for row in found
    ]


def test_each_change_says_what_was_and_what_is_and_who_when_and_how(tmp_path: Path) -> None:
    made(tmp_path)
    since = since_now()
    event = ContributionEvent.objects.get()
    event.amount = Decimal("120.50")
    event._history_user = User.objects.create(username="anna")  # type: ignore[attr-defined]
    save_fact(event, "admin")
    rate = ExchangeRate.objects.get()
    rate.per_euro = Decimal("5")
    save_fact(rate, "import_exchange_rates")
    delete_fact(ProjectStage.objects.get(), "admin")
    found = corrections(since, None, D1)[0:10]
    assert [(row.fact, row.kind, row.by, row.how) for row in found] == [
        ("project_stages", "deleted", "", "admin"),
        ("exchange_rates", "changed", "", "import_exchange_rates"),
        ("contribution_events", "changed", "anna", "admin"),
    ]
    assert told(found)[2] == (
        "contribution_events",
        "c signed",
        "changed",
        [("amount", Decimal("100.00"), Decimal("120.50"))],
    )
    assert (found[2].project, found[2].day) == ("p", date(2026, 2, 1))
    assert since <= found[2].at <= since_now()
    assert corrections(since, since, D1).count() == 0


def test_news_is_no_correction(tmp_path: Path) -> None:
    made(tmp_path)
    since = since_now()
    source, contribution = Source.objects.get(), Contribution.objects.get()
    new = {"source": source, "confidence": "reported", "contribution": contribution}
    save_fact(ContributionEvent(kind="disbursed", occurred_on=date(2026, 4, 1), **new), "admin")
    late = ContributionEvent(kind="approved", occurred_on=date(2026, 1, 20), amount=Decimal("9.00"), **new)
    save_fact(late, "admin")
    system = ChipDeployment.objects.get()
    system.installed_on = date(2026, 5, 1)
    save_fact(system, "admin")
    assert told(corrections(since, None, D1)[0:10])[0][:3] == ("contribution_events", "c approved", "entered")
    assert corrections(since, None, D1).count() == 1
    assert corrections(since, None, None).count() == 3
    system.installed_on = date(2026, 3, 1)
    save_fact(system, "admin")
    # what is seen of it on the day: no installation before, one now
    assert told(corrections(since, None, D1)[0:1])[0][:3] == ("chip_deployments", "p Main", "changed")
    late.occurred_on = date(2026, 4, 2)
    save_fact(late, "admin")
    assert told(corrections(since, None, D1)[0:1])[0][3] == [
        ("occurred_on", date(2026, 1, 20), date(2026, 4, 2))
    ]


def test_a_project_has_its_own_corrections_and_those_of_shared_facts(tmp_path: Path) -> None:
    made(tmp_path)
    since = since_now()
    event = ContributionEvent.objects.get()
    event.amount = Decimal("1.00")
    save_fact(event, "admin")
    rate = ExchangeRate.objects.get()
    rate.per_euro = Decimal("5")
    save_fact(rate, "admin")
    of = {slug: corrections(since, None, D1, Project.objects.get(slug=slug)) for slug in ("p", "q")}
    assert [row.fact for row in of["p"][0:9]] == ["exchange_rates", "contribution_events"]
    assert [row.fact for row in of["q"][0:9]] == ["exchange_rates"]
    assert sorted(row.fact for row in of["p"]) == ["contribution_events", "exchange_rates"]


def test_the_day_ends_in_brussels() -> None:
    assert end_of_day(D1) == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(4))
def test_streamed_listed_and_counted_are_the_same_after_random_edits(tmp_path: Path, seed: int) -> None:
    made(tmp_path)
    since = since_now()
    edits = Edits(Random(seed))
    for _ in range(60):
        edits.make()
    for day in (D1, date(2025, 6, 15), None):
        found = corrections(since, None, day)
        with CaptureQueriesContext(connection) as queries:
            listed = found[0:1000]
        assert len(queries) <= 13
        assert sorted(map(str, listed)) == sorted(map(str, found))
        assert len(listed) == found.count() > 0
        assert found[3:7] == listed[3:7]
