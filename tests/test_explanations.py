"""Every cell of the four tables, explained: what is shown puts the figure together again, exactly."""

import csv
import io
import re
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html import unescape
from math import floor, prod
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings

from portfolio.exports.explanations import TERMS_ON_A_PAGE, explanation_document
from portfolio.exports.metric_tables import METRIC_TABLES, cell
from portfolio.jobs.bundles import load_portfolio
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import recompute
from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries.explanations import Explanation, explain
from portfolio.rules.dates import today
from portfolio.rules.explained import EXPLAINED, columns_of
from portfolio.vocabulary import SELECTED_STAGES, Reason
from tests.bundles import SMALL, load, saved
from tests.dashboards.pages import text_of
from tests.making import Made
from tests.strategies import Rows, as_of_dates, bundles, write_bundle

pytestmark = pytest.mark.django_db

Document = dict[str, Any]


def test_every_column_is_explained() -> None:
    for table in METRIC_TABLES:
        assert columns_of(table.name) == table.columns
    assert set(EXPLAINED) == {table.name for table in METRIC_TABLES}


def every_cell(results: ResultSet) -> list[tuple[Explanation, str]]:
    """Return every cell of some results with its text as published."""
    return [
        (explain(results, table.name, row[0], column), cell(value))
        for table in METRIC_TABLES
        for row in table.published_rows(results)
        for column, value in zip(table.columns, row, strict=True)
    ]


def rounded(value: Fraction, places: int) -> Decimal:
    """Return a fraction rounded half up, away from zero."""
    size = floor(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(size if value >= 0 else -size).scaleb(-places)


def added_up(section: Document) -> str | Fraction | None:
    """Return what the terms of a section of a document make, from nothing but their values."""
    assert section["count"] == len(section["terms"])
    texts = [term["value"] for term in section["terms"] if term["value"] is not None]
    if section["unit"] in ("word", "date"):
        return texts[0]
    if section["unit"] == "reasons":
        return ";".join(sorted(set(texts)))
    numbers = [Fraction(text) for text in texts]
    match section["aggregate"]:
        case "sum":
            return sum(numbers, Fraction(0))
        case "sum, unknown with an unknown term" if len(texts) < section["count"]:
            return None
        case "median":
            return median(numbers) if numbers else None
        case "largest":
            return max(numbers, default=None)
    return sum(numbers, Fraction(0)) if numbers else None


def put_together(document: Document) -> str | Fraction | Decimal | bool | None:
    """Return the figure that a document's terms and operands make."""
    sums = {section["name"]: added_up(section) for section in document["sections"]}
    values: dict[str, list[Any]] = {}
    for operand in document["operands"]:
        value = sums[operand["section"]] if operand["section"] else operand["value"]
        if value is None:
            return None
        if operand["unit"] in ("word", "date", "reasons"):
            return value  # such a figure is one record's, or one list's
        values.setdefault(operand["role"], []).append(Fraction(value))
    top = sum(values.get("plus", [])) - sum(values.get("minus", []))
    top *= prod(values.get("times", []), start=Fraction(1))
    if "against" in values:
        limit = prod(values["against"], start=Fraction(1))
        return top >= limit if document["or_equal"] else top > limit
    if document["not_below_zero"]:
        top = max(top, Fraction(0))
    if document["places"] is None:
        return top
    if not all(values.get("over", []) + values.get("under", [])):
        return None
    for number in values.get("over", []):
        top /= number
    return rounded(top * prod(values.get("under", []), start=Fraction(1)), document["places"])


def check(explanation: Explanation, published: str) -> None:
    """Hold an explanation against the published text, and its lists of terms against its other figures."""
    document = explanation_document(explanation, lambda found: "/".join(found))
    where = explanation.cell
    assert document["adds_up"], where
    assert document["statement"]
    assert document["rules"]
    assert bool(document["unknown_because"]) == (document["value"] is None), where
    made = put_together(document) if document["operands"] else None
    if isinstance(made, bool):
        assert cell(made) == published, where
    elif made is None or isinstance(made, str):
        assert (made or "") == published, where
    else:
        assert made == Fraction(published), where
    for section in document["sections"]:
        stood_for = [item["value"] for item in document["operands"] if item["name"] in section["behind"]]
        if stood_for and None not in stood_for:
            assert added_up(section) == sum(map(Fraction, stood_for)), where
        for term in section["terms"]:
            check_term(term, section)
    with ExitStack() as stack:
        for part in explanation.sections:
            assert list(part.all(stack)) == part.part(0, part.count), where


def check_term(term: Document, section: Document) -> None:
    """Hold one term against itself: it is converted as its rate says, or says why it adds nothing."""
    if term["value"] is None:
        assert term["kind"] == "published_figure" or Reason(term["reason"])
    elif section["unit"] == "euro" and "currency" in term:
        per_euro = Fraction(term.get("per_euro", "1"))
        assert Fraction(term["value"]) == rounded(Fraction(term["amount"]) / per_euro, 2)
        assert (term["currency"] == "EUR") == ("rate_on" not in term)
        assert term.get("rate_on", "") <= term["occurred_on"]
    derived = term["kind"] in ("project", "day", "metric") and section["unit"] not in ("word",)
    assert term["source"] or term["explained_at"] or derived or term["value"] in ("", section["total"])


@settings(max_examples=8 if connection.vendor == "sqlite" else 3)  # each has hundreds of cells
@given(rows=bundles(), as_of=as_of_dates())
def test_terms_make_every_cell_of_any_portfolio_on_any_day(
    rows: Rows, as_of: date, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    with transaction.atomic():
        write_bundle(rows, folder)
        load_portfolio(folder)
        recompute()
        newest = ResultSet.objects.latest("as_of")
        for results in (newest, results_of(as_of) if as_of < today() else newest):
            for explanation, published in every_cell(results):
                check(explanation, published)
        transaction.set_rollback(True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example, computed for its last date as if that were today."""
    monkeypatch.setattr("portfolio.jobs.recompute.today", lambda: date(2026, 11, 25))
    load_portfolio(SMALL)
    recompute()


def fetched(client: Client, address: str) -> Document:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.json()


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


API = "/api/v1/explanations"


@pytest.mark.usefixtures("small")
def test_a_portfolio_total_is_followed_down_to_a_source(client: Client) -> None:
    total = fetched(client, f"{API}/portfolio_summary/secured_selected_eur/value/?as_of=2026-06-30")
    assert (total["value"], total["rules"], total["adds_up"]) == ("2227743603.10", [12], True)
    first = total["sections"][0]["terms"][0]
    assert (first["fact"], first["value"]) == ("giga-a", "1992743603.10")

    project = fetched(client, first["explained_at"][0])
    assert (project["key"], project["column"], project["value"]) == ("giga-a", "secured_eur", first["value"])
    polish = next(term for term in project["sections"][0]["terms"] if term["fact"] == "C-002")
    told = ["financier", "event", "occurred_on", "amount", "currency", "per_euro", "rate_on", "value"]
    assert [polish[name] for name in told] == [
        "Republic of Poland",
        "signed",
        "2026-06-06",
        "2100000000.55",
        "PLN",
        "4.251200",
        "2026-06-05",
        "493978171.00",
    ]
    assert polish["source"]["link"] == "https://example.org/"
    assert sum(Decimal(term["value"]) for term in project["sections"][0]["terms"]) == Decimal(first["value"])


@pytest.mark.usefixtures("small")
def test_a_page_says_the_rule_the_formula_the_terms_and_the_sources(client: Client) -> None:
    page = text_of(client, "/explain/project_coverage/giga-a/coverage/")
    for words in (
        "Coverage: Gigafactory Example A",
        "As of 25 November 2026",
        "49.9 % 0.498838",
        "adds up",
        "Rule 5. What is secured over the need. Rounded half up, once, at the end, to six decimals.",
        "€2,042,743,603.10 ÷ €4,095,004,095.00 = 0.498838",
        "Signed, 6 June 2026 confirmed PLN 2,100,000,000.55 4.2512 of 5 June 2026 €493,978,171.00",
        "Total €2,042,743,603.10 3 terms add up to €2,042,743,603.10.",
        "Example office: Worked example, illustrative figures",
    ):
        assert words in page


@pytest.mark.usefixtures("small")
def test_a_total_of_lower_bounds_says_that_it_is_one(client: Client) -> None:
    address = "portfolio_summary/secured_selected_eur/value/"
    bounded = [row for row in ProjectCoverage.objects.filter(stage__in=SELECTED_STAGES) if row.incomplete]
    lower = sum("amount_unknown" in row.incomplete or "no_exchange_rate" in row.incomplete for row in bounded)
    assert fetched(client, f"/api/v1/explanations/{address}")["terms_that_are_lower_bounds"] == lower > 0
    assert "what they add up to is one too" in text_of(client, f"/explain/{address}")
    needs = "portfolio_summary/need_selected_eur/value/"
    assert fetched(client, f"/api/v1/explanations/{needs}")["terms_that_are_lower_bounds"] == 0


@pytest.mark.usefixtures("small")
def test_what_is_unknown_says_why_and_lists_what_lacks_something(client: Client) -> None:
    page = text_of(client, "/explain/chip_comparison/giga-b/h100_equivalents/")
    assert "unknown Not known: Chips times speed." in page
    assert "nothing the chip model, or its published speed, is unknown" in page
    signed = fetched(client, f"{API}/project_coverage/giga-b/signed_eur/")
    [term] = signed["sections"][0]["terms"]
    assert (term["fact"], term["value"], term["reason"]) == ("C-013", None, "no_exchange_rate")
    assert signed["incomplete"] == {"no_exchange_rate": {"terms": 1, "reason": "an exchange rate is missing"}}
    budget = text_of(client, "/explain/envelope_utilisation/tiny-envelope/mobilised_eur/")
    assert "It is a figure of mobilisation targets; this envelope is one of the budgets." in budget


@pytest.mark.usefixtures("small")
def test_the_csv_has_operands_and_terms_or_a_header_alone(client: Client) -> None:
    rows = rows_of(client, f"{API}/project_coverage/giga-a/gap_eur/?format=csv&as_of=2026-06-30")
    operands = {row["role"]: Decimal(row["value"]) for row in rows if row["section"] == "formula"}
    terms = {
        section: sum(Decimal(row["value"]) for row in rows if row["section"] == section)
        for section in ("estimate", "signed")
    }
    assert operands == {"plus": terms["estimate"], "minus": terms["signed"]}
    assert {row["source"] for row in rows if row["section"] == "signed"} == {"example"}
    assert rows[0]["explained_at"] == f"{API}/project_coverage/giga-a/need_eur/?as_of=2026-06-30"
    assert rows_of(client, f"{API}/envelope_utilisation/tiny-envelope/progress/?format=csv") == []


def test_text_that_a_spreadsheet_would_run_is_made_harmless(client: Client, tmp_path: Path) -> None:
    made = Made().project().chips("=SUM(A1)", "5", "")
    load(saved(made.rows, tmp_path))
    recompute()
    [_, row] = rows_of(client, f"{API}/chip_comparison/p/chips/?format=csv")
    assert (row["fact"], row["value"]) == ("'=SUM(A1)", "5")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("coverage/giga-a/need_eur", ["coverage", "project_coverage"]),
        ("project_coverage/giga-x/need_eur", ["giga-x", "2026-11-25"]),
        ("project_coverage/giga-a/needs", ["needs", "need_eur"]),
        ("portfolio_summary/need/value", ["need_selected_eur"]),
        ("portfolio_summary/need_eur/values", ["value"]),
        ("envelope_utilisation/giga-a/kind", ["giga-a"]),
    ],
)
def test_unknown_names_are_not_found_and_say_what_is_accepted(
    client: Client, cell: str, words: list[str]
) -> None:
    refused = client.get(f"{API}/{cell}/")
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    page = text_of(client, f"/explain/{cell}/", 404)
    for word in words:
        assert word in refused.json()["detail"]
        assert word in page


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "asked", ["page=0", "page=2", "page=x", "format=xml", "terms=all", "as_of=2099-01-01"]
)
def test_odd_parameters_are_refused(client: Client, asked: str) -> None:
    refused = client.get(f"{API}/project_coverage/giga-a/need_eur/?{asked}")
    assert refused.status_code == 400
    assert refused.json()["parameter"] == asked.split("=")[0]


def many_lines(number: int) -> Made:
    made = Made().target("t").project(need="1000", stages=[("selected", "2025-01-01")])
    for place in range(number):
        made.contribution(f"C-{place}", ("signed", "2025-03-01", f"{place + 1}.01"), envelope="t")
    return made


CELLS = [
    "envelope_utilisation/t/signed_eur",
    "envelope_utilisation/t/attributed_eur",
    "project_coverage/p/coverage",
    "portfolio_summary/coverage/value",
]


def test_many_terms_come_in_pages_and_need_no_more_queries(client: Client, tmp_path: Path) -> None:
    queries: dict[int, list[int]] = {}
    for number in (10, 2 * TERMS_ON_A_PAGE + 1):
        load(saved(many_lines(number).rows, tmp_path / str(number)), replace=True)
        recompute()
        queries[number] = []
        for cell_name in CELLS:
            for address in (
                f"/explain/{cell_name}/",
                f"{API}/{cell_name}/",
                f"{API}/{cell_name}/?format=csv",
            ):
                client.get(address).getvalue()  # what is read once a process is read now
                with CaptureQueriesContext(connection) as seen:
                    client.get(address).getvalue()
                queries[number].append(len(seen))
    few, many = queries.values()
    assert few == many

    pages = [fetched(client, f"{API}/{CELLS[0]}/?page={page}")["sections"][0] for page in (1, 2, 3)]
    assert [len(page["terms"]) for page in pages] == [100, 100, 1]
    assert {page["pages"] for page in pages} == {3}
    values = [Decimal(term["value"]) for page in pages for term in page["terms"]]
    assert values == sorted(values, reverse=True)
    assert sum(values) == Decimal(pages[0]["total"])
    rows = rows_of(client, f"{API}/{CELLS[0]}/?format=csv")
    assert [Decimal(row["value"]) for row in rows[1:]] == values
    last = text_of(client, f"/explain/{CELLS[0]}/?page=5")
    assert "Shown are 201 to 201; all are in the CSV." in last
    assert "Page 5 of 5" in last


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("address", "links"),
    [
        (
            "/",
            [
                "portfolio_summary/coverage_selected/value",
                "envelope_utilisation/techeu-mobilisation/mobilised_eur",
            ],
        ),
        ("/projects/giga-a/", ["project_coverage/giga-a/gap_eur", "chip_comparison/giga-a/chips"]),
        ("/projects/", ["project_coverage/giga-b/pipeline_eur"]),
        ("/envelopes/tiny-envelope/", ["envelope_utilisation/tiny-envelope/headroom_eur"]),
        ("/envelopes/", ["envelope_utilisation/techeu-mobilisation/attributed_eur"]),
        ("/chips/", ["chip_comparison/giga-a/ratio_to_existing_median"]),
    ],
)
def test_figures_on_pages_lead_to_their_explanations_as_of_the_same_day(
    client: Client, address: str, links: list[str]
) -> None:
    page = client.get(f"{address}?as_of=2026-10-31").content.decode()
    for cell_name in links:
        assert f'href="/explain/{cell_name}/?as_of=2026-10-31" aria-label="' in page
    for found in set(re.findall(r'href="(/explain/[^"]+)"', page)):
        assert client.get(unescape(found)).status_code == 200, found
