"""Funding flows: every band is the sum of the contributions behind it, and all of them what is secured."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.models import PortfolioSummary, Project, ResultSet
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made
from tests.strategies import FINANCIERS

ZERO = Decimal("0.00")


def drawing(client: Client, address: str) -> dict[str, Any]:
    """Return what the chart of a page draws."""
    body = client.get(address).content.decode()
    found = re.search(r'(?s)<script id="flows-data" type="application/json">(.*?)</script>', body)
    return dict(json.loads(found[1])) if found else {"nodes": [], "links": []}


def listed(client: Client, address: str) -> tuple[Decimal, int, Decimal]:
    """Return euro, number and paid euro of a list of contributions, from all of its pages, row by row."""
    euro, number, paid, query = ZERO, 0, ZERO, address
    while query:
        context = client.get(query).context
        for line in context["shown"]:
            euro += line.state.amount_eur or ZERO
            paid += line.state.disbursed_eur
            number += 1
        following = context["shown"].has_next() and context["shown"].next_page_number()
        query = f"{address}&page={following}" if following else ""
    assert number == context["number"]
    assert euro == sum((row.euro for row, _ in context["sums"]), ZERO)
    assert paid == sum((row.disbursed_eur for row, _ in context["sums"]), ZERO)
    return euro, number, paid


def bands(client: Client, address: str) -> Iterator[tuple[str, Decimal, int]]:
    """Return list, euro and number of every amount in the tables of a page of flows."""
    context = client.get(address).context
    for table in (context["payers"], context["projects"]):
        for row in table.rows:
            yield row.total.address, row.total.euro, row.total.number
            for cell in row.cells:
                if cell.band:
                    yield cell.band.address, cell.band.euro, cell.band.number
        for _, band in table.columns:
            yield band.address, band.euro, band.number
        yield table.total.address, table.total.euro, table.total.number


@pytest.fixture
def made(db: None, tmp_path: Path) -> Made:
    """Sixteen projects with a contribution each of 1 to 16 million, and every case that is counted apart."""
    portfolio = Made()
    for number in range(1, 17):
        slug = f"p{number:02}"
        portfolio.project(slug, stages=[("selected", "2025-01-01")])
        financier = list(FINANCIERS)[number % len(FINANCIERS)]
        portfolio.contribution(
            f"C{number:02}",
            ("signed", "2025-02-01", f"{number}000000.01"),
            ("disbursed", "2025-03-01", "1000000"),
            project=slug,
            financier=financier,
            instrument="loan" if number % 2 else "grant",
        )
    portfolio.project("ended", stages=[("withdrawn", "2025-01-01")])
    portfolio.contribution("E1", ("signed", "2025-02-01", "77000000"), project="ended")
    portfolio.contribution("G1", ("signed", "2025-02-01", "55000000"), project="p01", instrument="guarantee")
    portfolio.contribution("U1", ("signed", "2025-02-01", ""), project="p01")
    portfolio.contribution("A1", ("approved", "2025-02-01", "5"), project="p01")
    portfolio.contribution(
        "X1",
        ("signed", "2025-02-01", "9"),
        ("disbursed", "2025-02-02", "4"),
        ("cancelled", "2025-04-01", ""),
        project="p02",
    )
    load(saved(portfolio.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)
    return portfolio


def secured() -> Decimal:
    results = ResultSet.objects.latest("as_of")
    return Decimal(PortfolioSummary.objects.get(result_set=results, metric="secured_eur").value)


@pytest.mark.usefixtures("small")
def test_all_bands_add_up_to_what_is_secured(client: Client) -> None:
    found = drawing(client, "/flows/")
    for column in range(3):
        nodes = [Decimal(node["euro"]) for node in found["nodes"] if node["depth"] == column]
        assert sum(nodes, ZERO) == secured() > 0
    assert sum(Decimal(link["euro"]) for link in found["links"]) == 2 * secured()
    places = {node["name"]: place for place, node in enumerate(found["nodes"])}
    ends = [(places[link["source"]], places[link["target"]]) for link in found["links"]]
    assert ends == sorted(ends)  # the same in every process


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "query",
    ["", "?state=pipeline", "?financiers=named&financier_kind=eib_group", "?financiers=named&stage=all"],
)
def test_every_band_is_the_sum_of_its_list(client: Client, query: str) -> None:
    lists = {address: (euro, number) for address, euro, number in bands(client, f"/flows/{query}")}
    assert len(lists) > 5
    for address, sums in lists.items():
        assert listed(client, address)[:2] == sums, address
    for link in drawing(client, f"/flows/{query}")["links"]:
        if link["address"] in lists:
            assert lists[link["address"]][0] == Decimal(link["euro"])
        else:
            assert listed(client, link["address"])[0] == Decimal(link["euro"]), link


@pytest.mark.usefixtures("made")
def test_what_is_paid_counts_whatever_became_of_the_contribution(client: Client) -> None:
    context = client.get("/flows/?state=disbursed").context
    assert context["found"].euro == Decimal("16000004.00")
    for address, euro, number in bands(client, "/flows/?state=disbursed"):
        assert listed(client, address)[1:] == (number, euro)


@pytest.mark.usefixtures("made")
def test_the_projects_beyond_the_largest_share_a_band(client: Client) -> None:
    found = client.get("/flows/").context["found"]
    assert [named.slug for named in found.projects.values()] == [f"p{n:02}" for n in range(16, 4, -1)]
    assert found.others == 4
    assert "4 other projects" in text_of(client, "/flows/")
    assert client.get("/flows/?top=25").context["found"].others == 0
    assert "Show 25" not in text_of(client, "/flows/?top=25")
    other = next(node for node in drawing(client, "/flows/")["nodes"] if node["label"] == "4 other projects")
    page = text_of(client, other["address"])
    assert "Without the 12 projects that receive the most" in page
    assert "5 contributions" in page, "p01 to p04, and the one of unknown amount"


@pytest.mark.usefixtures("made")
def test_guarantees_and_ended_projects_stand_apart(client: Client) -> None:
    page = text_of(client, "/flows/")
    assert "at least €136m to 16 projects" in page
    assert "1 guarantee of €55m" in page
    assert client.get("/flows/").context["found"].euro == Decimal("136000000.16")
    assert client.get("/flows/?stage=all").context["found"].euro == Decimal("213000000.16")


@pytest.mark.usefixtures("made")
def test_an_unknown_amount_makes_its_sums_lower_bounds(client: Client) -> None:
    page = text_of(client, "/flows/")
    assert "1 of the contributions has no known amount" in page
    rows = {row.node.key: row for row in client.get("/flows/?top=25").context["projects"].rows}
    assert rows["project/p01"].total.incomplete
    assert not rows["project/p02"].total.incomplete


@pytest.mark.usefixtures("made")
def test_flows_are_as_of_a_day(client: Client) -> None:
    page = text_of(client, "/flows/?as_of=2025-01-31")
    assert "Nothing is secured yet" in page
    assert client.get("/flows/?as_of=2025-02-28&state=disbursed").context["found"].euro == Decimal("4.00")
    found = drawing(client, "/flows/?as_of=2025-03-31")
    assert all("as_of=2025-03-31" in node["address"] for node in found["nodes"])
    node = found["nodes"][0]
    assert listed(client, node["address"])[0] == Decimal(node["euro"])


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 21),
        ("?project=p01", 4),
        ("?project=nobody", 0),
        ("?financier=nobody", 0),
        ("?envelope=nobody", 0),
        ("?state=cancelled", 1),
        ("?guarantee=true", 1),
        ("?guarantee=false&project=p01", 3),
        ("?stage=ended", 1),
        ("?instrument=loan", 8),
        ("?state=nonsense&kind=nonsense&stage=nonsense&page=99&beyond=-1&beyond_financiers=x", 21),
        ("?kind=ai_gigafactory", 0),
    ],
)
def test_contributions_are_filtered(client: Client, query: str, number: int) -> None:
    assert client.get(f"/contributions/{query}").context["number"] == number


@pytest.mark.usefixtures("made")
def test_a_list_without_rows_says_so(client: Client) -> None:
    assert "No contribution matches" in text_of(client, "/contributions/?project=nobody")
    assert "No contribution matches" in text_of(client, "/flows/?kind=ai_gigafactory")
    assert "No contribution has an event by this day" in text_of(client, "/contributions/?as_of=2024-01-31")


@pytest.mark.django_db
def test_an_empty_portfolio_has_no_flows(client: Client) -> None:
    call_command("recompute", verbosity=0)
    assert "Nothing is secured yet" in text_of(client, "/flows/")
    assert "echarts" not in client.get("/flows/").content.decode(), "no drawing, no library"
    assert "No contribution has an event by this day" in text_of(client, "/contributions/")


@pytest.mark.usefixtures("small")
def test_names_are_shown_as_text(client: Client) -> None:
    Project.objects.update(name='</script><script>alert("x")</script>')
    body = client.get("/flows/").content.decode()
    assert "<script>alert" not in body
    assert r"\u003Cscript\u003Ealert" in body, "in what the chart reads"
    assert "&lt;script&gt;alert" in body, "in the table"


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?state=secured",
        "?state=pipeline&project=p01",
        "?guarantee=true",
        "?guarantee=false&instrument=grant",
        "?kind=ai_factory&financier_kind=eib_group&state=cancelled",
    ],
)
def test_a_list_leads_to_exactly_its_rows_as_csv(client: Client, query: str) -> None:
    context = client.get(f"/contributions/{query}").context
    link, exact = context["csv"]
    assert exact
    response = client.get(link)
    assert response.status_code == 200, link
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) - 1 == context["number"]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "query",
    [
        "?stage=ended&guarantee=false",
        "?beyond=3",
        "?beyond_financiers=2",
        "?state=disbursed",
        "?guarantee=true&instrument=loan",
    ],
)
def test_a_list_that_the_api_cannot_narrow_says_so(client: Client, query: str) -> None:
    assert "CSV of more than these" in text_of(client, f"/contributions/{query}")
