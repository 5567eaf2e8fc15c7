"""How many statements the first look at a page takes, after which it is kept."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import answer_requests
from portfolio.models import (
    Contribution,
    ContributionEvent,
    Financier,
    Milestone,
)
from portfolio.queries.memories import forget_everything
from portfolio.rules.dates import today
from tests.dashboards.scenario_pages import PAGE, added

pytestmark = pytest.mark.usefixtures("small")

DAY = today() - timedelta(60)
PAST = f"?as_of={DAY}"
# Of a process that keeps nothing yet; results of past dates are there. Two of them open and close a test's
# savepoint, which is a transaction elsewhere.
MOST = {
    "/": 14,
    f"/{PAST}": 16,
    "/projects/": 11,
    f"/projects/{PAST}": 11,
    "/projects/giga-a/": 12,
    f"/projects/giga-a/{PAST}": 13,
    "/envelopes/": 7,
    "/envelopes/techeu-mobilisation/": 13,
    f"/envelopes/techeu-mobilisation/{PAST}": 14,
    "/chips/": 11,
    f"/chips/{PAST}": 12,
    "/flows/": 10,
    "/map/": 13,
    "/timeline/": 13,
    "/memorandum/": 8,
    "/published-figures/": 15,
    "/alerts/": 8,
    "/contributions/": 12,
    "/recomputations/": 12,
    "/data/": 6,
    "/changes/": 20,
    f"/changes/?from={DAY}": 20,
    "/changes/project_coverage/giga-a/secured_eur/": 13,
    "/changes/envelope_utilisation/techeu-mobilisation/mobilised_eur/": 14,
    "/changes/portfolio_summary/secured_eur/value/": 17,
    "/changes/portfolio_summary/gigafactory_chips_total/value/": 14,
    "/changes/chip_comparison/giga-a/ratio_to_existing_mean/": 13,
    "/explain/envelope_utilisation/techeu-mobilisation/attributed_eur/": 15,
    "/explain/portfolio_summary/coverage_selected/value/": 11,
}


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave results of month ends to others, as where there are many projects."""
    monkeypatch.setattr("portfolio.tasks.is_large", lambda: True)


@pytest.mark.parametrize("address", MOST)
def test_the_first_look_takes_few_statements(client: Client, address: str) -> None:
    assert_few(client, address, MOST[address])


def test_the_first_look_at_a_scenario_takes_few_statements(officer: Client) -> None:
    signed = Contribution.objects.filter(state_today__state="signed")[0].reference
    added(officer, "cancel_contribution", contribution=signed)
    added(officer, "change_cost", project="giga-a", percent="10")
    added(officer, "drop_project", project="factory-1")
    officer.logout()
    assert_few(officer, PAGE, 16)


def test_the_first_look_at_a_publication_takes_few_statements(client: Client) -> None:
    call_command("publish_results", "Board", "--as-of", str(DAY), verbosity=0)
    event = ContributionEvent.objects.filter(kind="signed", occurred_on__lte=DAY, amount__gt=0)[0]
    event.amount = Decimal(5)
    save_fact(event, "admin")
    answer_requests()
    assert_few(client, "/publications/board/", 23)


@pytest.mark.parametrize(("address", "most"), [("/history/", 11), ("/projects/giga-a/", 21), ("/", 18)])
def test_the_first_look_of_who_is_signed_in_takes_few_statements(
    admin_client: Client, address: str, most: int
) -> None:
    changed: dict[Any, str] = {Contribution: "reference", Milestone: "title", Financier: "name"}
    for kind, name in changed.items():  # changes of many kinds
        for fact in kind.objects.all()[:2]:
            setattr(fact, name, f"{getattr(fact, name)} too")
            save_fact(fact, "admin")
    answer_requests()
    assert_few(admin_client, address, most)


def assert_few(client: Client, address: str, most: int) -> None:
    assert client.get(address).status_code == 200
    forget_everything()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    taken = [query["sql"] for query in captured]
    assert len(taken) <= most, "\n".join([f"{address}: {len(taken)}", *(sql[:200] for sql in taken)])
