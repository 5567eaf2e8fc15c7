"""Every cell of the four tables, explained: what is shown puts the figure together again, exactly."""

from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor, prod
from statistics import median
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings

from portfolio.exports.explanations import explanation_document
from portfolio.exports.metric_tables import METRIC_TABLES, cell
from portfolio.jobs.bundles import load_portfolio
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import recompute
from portfolio.models import ResultSet
from portfolio.queries.explanations import Explanation, explain
from portfolio.rules.dates import today
from portfolio.rules.explained import EXPLAINED, columns_of
from portfolio.vocabulary import Reason
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


@settings(max_examples=10)  # each has hundreds of cells
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
