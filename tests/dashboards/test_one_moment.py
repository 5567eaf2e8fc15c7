"""A page is of one moment, on PostgreSQL: results published while it is read are on the next one."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from portfolio.jobs.facts import save_fact
from portfolio.models import ContributionEvent
from portfolio.queries import overview
from tests.loaded import load_small

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def portfolio() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    load_small()


def sign_one_more_euro() -> None:
    """Change a signature and publish the results, as somebody else's request does."""
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "a test")
    connections.close_all()


def secured(client: Client) -> tuple[Decimal, Decimal]:
    """Return the secured money of giga-a on the overview, and that of all selected projects, read before."""
    context = client.get("/").context
    [place] = [place for place, _ in context["places"] if place.funding.project.slug == "giga-a"]
    return place.funding.secured_eur, context["selected"].secured_eur


def test_results_published_while_a_page_is_read_are_not_on_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = secured(client)
    read = overview.shown
    edits: Iterator[threading.Thread] = iter([threading.Thread(target=sign_one_more_euro)])

    def read_after_an_edit(results: Any, others: Any) -> Any:
        for edit in edits:
            edit.start()
            edit.join(timeout=60)
        return read(results, others)

    monkeypatch.setattr(overview, "shown", read_after_an_edit)
    assert secured(client) == before
    assert secured(client) == tuple(amount + 1 for amount in before)
