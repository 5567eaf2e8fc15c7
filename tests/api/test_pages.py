"""Pages of JSON: every row once, in one order, forwards and backwards, whatever is equal or unknown."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.models import Alert, ContributionEvent, Scenario
from tests.api.asking import column, page, pages, refusal, rows
from tests.bundles import load, saved
from tests.making import Made

pytestmark = pytest.mark.django_db

EQUAL = 250


def equal_amounts(tmp_path: Path) -> None:
    """Record 250 payments of the same amount, and ten events of an unknown one."""
    made = Made().project()
    first = date(2024, 1, 1)
    for number in range(10):
        days = [(first + timedelta(number * 30 + day)).isoformat() for day in range(25)]
        made.contribution(f"c{number}", *(("disbursed", day, "100.00") for day in days))
        made.add(
            "contribution_events",
            contribution=f"c{number}",
            kind="announced",
            occurred_on="2023-01-01",
            confidence="reported",
            source="src",
        )
    load(saved(made.rows, tmp_path))


@pytest.mark.parametrize("ordering", ["amount_eur", "-amount_eur", "-amount_eur,kind", "project_name"])
def test_equal_amounts_come_once_each_in_both_directions(
    client: Client, tmp_path: Path, ordering: str
) -> None:
    equal_amounts(tmp_path)
    address = f"contribution-events/?ordering={ordering}&page_size=10"
    forwards = list(pages(client, address))
    ids = [row["id"] for found in forwards for row in found["results"]]
    assert len(forwards) == 26
    assert {found["count"] for found in forwards} == {EQUAL + 10}
    assert sorted(ids) == sorted(ContributionEvent.objects.values_list("pk", flat=True))
    last = forwards[-2]["next"]
    assert last is not None
    backwards = list(pages(client, last, "previous"))
    assert [row["id"] for found in reversed(backwards) for row in found["results"]] == ids
    assert backwards[-1]["previous"] is None


@pytest.mark.parametrize("ordering", ["amount_eur", "-amount_eur"])
def test_what_is_unknown_comes_last(client: Client, tmp_path: Path, ordering: str) -> None:
    equal_amounts(tmp_path)
    found = column(client, f"contribution-events/?ordering={ordering}&page_size=1000", "amount_eur")
    assert found == ["100.00"] * EQUAL + [None] * 10


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "address",
    [
        "projects/?ordering=city,-latitude",
        "contribution-events/?",
        "contribution-events/?ordering=-envelope,kind",
        "envelope-utilisation/?ordering=-headroom_eur",
        "project-coverage/?ordering=-stage,coverage&as_of=2026-03-31",
        "portfolio-summary/?ordering=-value",
        "contribution-states/?ordering=-signed_on,state",
        "published-figures/?ordering=value",
        "published-figure-checks/?ordering=-measured",
        "exchange-rates/?ordering=-per_euro",
        "recomputations/?",
        "alerts/?ordering=severity,-first_seen_at",
        "changes/?from=2025-12-31&to=2026-06-30",
        "differences/?from=2025-12-31&to=2026-06-30&table=portfolio_summary&key=secured_eur&column=value",
    ],
)
def test_pages_make_up_the_whole_list(client: Client, address: str) -> None:
    whole = rows(client, f"{address}&page_size=1000")
    size = max(len(whole) // 3, 1)
    parts = list(pages(client, f"{address}&page_size={size}"))
    assert [row for found in parts for row in found["results"]] == whole
    back = list(pages(client, parts[-1]["previous"], "previous")) if parts[-1]["previous"] else []
    joined = [row for found in reversed(back) for row in found["results"]] + parts[-1]["results"]
    assert joined == whole


@pytest.mark.usefixtures("small")
def test_a_page_says_what_it_holds(client: Client) -> None:
    found = page(client, "envelopes/?page_size=1&ordering=-amount_eur")
    assert list(found) == ["count", "as_of", "data_version", "next", "previous", "results"]
    assert found["previous"] is None
    [row] = found["results"]
    assert row["amount_eur"] == "250000000000.00"
    assert row["parent"] is None
    assert row["links"]["self"].endswith(f"/api/v1/envelopes/{row['slug']}/")
    for link in row["links"].values():
        assert client.get(link).status_code == 200, link


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "other",
    ["ordering=-kind", "kind=signed", "as_of=2026-06-30", "search=giga"],
)
def test_a_cursor_holds_for_what_it_was_given_for(client: Client, other: str) -> None:
    following = page(client, "contribution-events/?page_size=5")["next"]
    refused = refusal(client, f"contribution-events/?{following.split('?')[1]}&{other}")
    assert refused["parameter"] == "cursor"
    assert "same filters" in refused["detail"]


@pytest.mark.usefixtures("small")
def test_a_page_may_have_another_size_or_other_columns(client: Client) -> None:
    following = page(client, "contribution-events/?page_size=5")["next"]
    cursor = following.split("cursor=")[1]
    found = rows(client, f"contribution-events/?page_size=3&fields=amount,id&cursor={cursor}")
    assert [list(row) for row in found] == [["amount", "id"]] * 3


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("cursor", ["x", "WyJuZXh0IixbXSwiIl0:x", "%00", ":", "a:b:c"])
def test_a_made_up_cursor_is_refused(client: Client, cursor: str) -> None:
    assert refusal(client, f"projects/?cursor={cursor}")["parameter"] == "cursor"


@pytest.mark.usefixtures("small")
def test_a_row_that_goes_takes_no_other_row_along(client: Client) -> None:
    first = page(client, "scenarios/")
    assert first["count"] == 0
    for number in range(6):
        Scenario.objects.create(slug=f"s{number}", name="What if")
    start = page(client, "scenarios/?page_size=2&ordering=slug")
    Scenario.objects.filter(slug="s1").delete()
    rest = [row["slug"] for found in pages(client, start["next"]) for row in found["results"]]
    assert rest == ["s2", "s3", "s4", "s5"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "address", ["contribution-events/", "contribution-states/", "project-coverage/", "alerts/"]
)
def test_a_page_costs_the_same_number_of_queries_whatever_its_size(client: Client, address: str) -> None:
    numbers = []
    page(client, address)  # counts the rows, once for each state of the records
    for size in (1, 20):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client, f"{address}?page_size={size}")
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 15


@pytest.mark.usefixtures("small")
def test_alerts_as_of_a_past_day_say_what_was_known_then(client: Client) -> None:
    alert = Alert.objects.latest("pk")
    Alert.objects.exclude(pk=alert.pk).delete()
    Alert.objects.update(
        first_seen_at="2026-01-01T10:00:00Z",
        last_seen_at="2026-05-01T10:00:00Z",
        resolved_at="2026-05-01T10:00:00Z",
        acknowledged_at="2026-02-01T10:00:00Z",
        acknowledgement_note="known",
    )
    [then] = rows(client, "alerts/?as_of=2026-01-15")
    assert (then["state"], then["resolved_at"], then["acknowledgement_note"]) == ("open", None, None)
    assert then["last_seen_at"] == "2026-01-15T23:00:00Z"
    assert column(client, "alerts/?as_of=2026-03-01", "state") == ["acknowledged"]
    assert column(client, "alerts/?as_of=2026-03-01&state=resolved", "state") == []
    assert column(client, "alerts/?resolved_at__gte=2026-05-01&resolved_at__lte=2026-05-01", "state") == [
        "resolved"
    ]


@pytest.mark.usefixtures("small")
def test_money_is_exact_text(client: Client) -> None:
    event = ContributionEvent.objects.filter(kind="signed").latest("pk")
    for amount in ("0.00", "0.10", "20000000000.00", "999999999999.99"):
        ContributionEvent.objects.filter(pk=event.pk).update(amount=Decimal(amount))
        [row] = rows(client, f"contribution-events/?id={event.pk}")
        assert row["amount"] == amount
        assert page(client, f"contribution-events/?amount={amount}&id={event.pk}")["count"] == 1
