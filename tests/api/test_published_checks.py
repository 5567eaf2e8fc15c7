"""Published figures against records as CSV: one row a figure, and the parts of what some are about."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client

from portfolio.models import PublishedFigure
from tests.loaded import load_small

pytestmark = pytest.mark.django_db

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def portfolio() -> None:
    load_small()


def rows(client: Client, name: str, as_of: str = "2026-11-25") -> list[dict[str, str]]:
    response = client.get(f"/api/v1/{name}/?format=csv&as_of={as_of}")
    assert response.status_code == 200
    assert response["As-Of"] == as_of
    return list(csv.DictReader(StringIO(response.getvalue().decode())))


@pytest.mark.usefixtures("portfolio")
def test_a_figure_is_a_row_with_its_verdict(client: Client) -> None:
    found = {row["key"]: row for row in rows(client, "published-figure-checks")}
    assert list(found) == sorted(PublishedFigure.objects.values_list("key", flat=True))
    assert found["gigafactory_limit"] == {
        "key": "gigafactory_limit",
        "programme": "investai",
        "statement": "Gigafactories to be set up, at most",
        "value": "5",
        "unit": "facilities",
        "as_of": "2025-12-04",
        "claim": "at_most",
        "measure": "selected AI gigafactories",
        "measured": "2",
        "measured_bound": "exact",
        "difference": "-3",
        "ratio": "0.4000",
        "verdict": "agrees",
        "reason": "It was published as an upper bound, and the records stay within it.",
        "published_later": "false",
        "readings": "1",
        "conflicting": "1",
        "newest_conflicting_source": "example",
        "newest_conflicting_value": "4",
        "newest_conflicting_on": "2026-01-01",
        "newest_conflicting_is_newer": "true",
    }
    told = {key: (row["measured"], row["verdict"]) for key, row in found.items()}
    assert told == {
        "ai_factories_existing": ("3", "below"),
        "chips_per_gigafactory": ("102500.00", "agrees"),
        "chips_vs_existing": ("5.5692", "cannot be told"),
        "eu_capex_share_max": ("0.121799", "cannot be told"),
        "gigafactory_limit": ("2", "agrees"),
    }
    assert found["eu_capex_share_max"]["measured_bound"] == "at_least"
    assert "an exchange rate is missing" in found["eu_capex_share_max"]["reason"]


@pytest.mark.usefixtures("portfolio")
def test_the_parts_of_a_figure_are_rows_of_their_own(client: Client) -> None:
    found = [
        (row["key"], row["part"], row["measured"], row["verdict"])
        for row in rows(client, "published-figure-parts")
    ]
    assert found == [
        ("chips_per_gigafactory", "1", "105000", "agrees"),
        ("chips_per_gigafactory", "2", "100000", "agrees"),
        ("chips_vs_existing", "1", "5.5692", "above"),
        ("chips_vs_existing", "2", "5.5692", "above"),
        ("chips_vs_existing", "3", "4.1667", "agrees"),
        # giga-a's 105,000 x 2,500 over 11,912 x 383 and 24,000 x 989; giga-b's model is unknown
        ("chips_vs_existing", "4", "18.5524", "above"),
        ("chips_vs_existing", "5", "18.5524", "above"),
        ("chips_vs_existing", "6", "11.0592", "above"),
    ]


@pytest.mark.usefixtures("portfolio")
def test_an_earlier_day_measures_what_was_then(client: Client) -> None:
    found = {row["key"]: row for row in rows(client, "published-figure-checks", "2025-12-03")}
    assert found["gigafactory_limit"]["measured"] == "0"
    assert found["gigafactory_limit"]["published_later"] == "true"
    assert found["chips_per_gigafactory"]["measured"] == ""
    assert "no AI gigafactory is selected" in found["chips_per_gigafactory"]["reason"]


def test_before_the_first_results_the_checks_are_a_problem_document(client: Client) -> None:
    assert client.get("/api/v1/published-figure-checks/?format=csv").status_code == 503
