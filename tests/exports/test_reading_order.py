"""A long list is read in its order on SQLite: it begins at once, and no copy of it is sorted first."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.exports.asking import API

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by its statistics"),
]
SORTED_WHOLE = "USE TEMP B-TREE FOR ORDER BY"


def plan_of(client: Client, address: str) -> list[str]:
    """Return how SQLite reads the rows of a file, step by step."""
    with CaptureQueriesContext(connection) as seen:
        client.get(f"{API}{address}").getvalue()
    [statement] = [query["sql"] for query in seen if query["sql"].startswith("SELECT CAST(")]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement.replace('%', '%%')}", ())
        return [step[3] for step in cursor.fetchall()]


@pytest.mark.parametrize("query", ["format=csv", "format=jsonl", "format=csv&dialect=excel&as_of=2026-03-31"])
def test_events_come_in_the_order_of_their_contributions(client: Client, query: str) -> None:
    plan = plan_of(client, f"contribution-events/?{query}")
    assert plan[0].startswith("SCAN portfolio_contribution USING INDEX"), plan
    assert SORTED_WHOLE not in plan


def test_the_few_that_a_filter_keeps_are_looked_up_and_then_sorted(client: Client) -> None:
    plan = plan_of(client, "contribution-events/?format=csv&project=giga-a")
    assert plan[0].startswith("SEARCH portfolio_project USING"), plan
    assert SORTED_WHOLE in plan
