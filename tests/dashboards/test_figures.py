"""The template filters: what a figure says, what stands on hover, and how a bound is written."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from portfolio.dashboards.templatetags import columns, figures
from portfolio.models import ChipComparison


def read(written: Any) -> str:
    return re.sub(r"<[^>]+>", "", str(written))


@pytest.mark.parametrize(
    ("write", "value", "incomplete", "text"),
    [
        (figures.money, "0", "", "€0"),
        (figures.money, "0", "amount_unknown", "at least €0"),
        (figures.money, "1234567890.12", "no_exchange_rate", "at least €1.23bn"),
        (figures.money, "1234567890.12", "no_cost_estimate", "€1.23bn"),
        (figures.exact, "-0.05", "", "−€0.05"),
        (figures.exact, "92233720368547758.07", "", "€92,233,720,368,547,758.07"),
        (columns.need_column, "5000000000", "no_exchange_rate", "€5,000.0m"),
        (columns.money_column, "5000000000", "no_exchange_rate", "at least €5,000.0m"),
        (columns.left_column, "5000000000", "amount_unknown", "at most €5,000.0m"),
        (columns.counted_column, "5000000000", "no_cost_estimate", "at least €5,000.0m"),
        (figures.money_left, "5000000000", "amount_unknown", "at most €5bn"),
        (figures.exact_left, "-25000000", "amount_unknown", "at most −€25,000,000.00"),
        (figures.exact_left, "5", "no_cost_estimate", "€5.00"),
        (figures.money_counted, "5000000000", "no_cost_estimate", "at least €5bn"),
        (figures.exact_counted, "5", "", "€5.00"),
        (figures.percent, "0.235449", "no_exchange_rate", "at least 23.5\u202f%"),
        (figures.percent_counted, "0.0365", "no_cost_estimate", "at least 3.7\u202f%"),
    ],
)
def test_a_figure_says_in_what_way_it_is_a_bound(
    write: Callable[..., Any], value: str, incomplete: str, text: str
) -> None:
    assert read(write(Decimal(value), incomplete)) == text


@pytest.mark.parametrize(
    "write",
    [
        figures.money,
        figures.exact,
        columns.need_column,
        columns.money_column,
        figures.money_left,
        figures.exact_left,
        figures.money_counted,
        figures.exact_counted,
        figures.percent,
        figures.percent_counted,
        figures.count,
    ],
)
def test_what_is_unknown_is_a_word_with_its_reason(write: Callable[..., Any]) -> None:
    written = str(write(None, "no_cost_estimate"))
    assert read(written) == "unknown"
    assert 'title="no cost estimate has been published"' in written


def test_the_exact_value_stands_on_hover() -> None:
    assert 'title="€1,234,567,890.12"' in figures.money(Decimal("1234567890.12"))
    assert 'title="at least €1,234,567,890.12"' in figures.money(Decimal("1234567890.12"), "amount_unknown")
    assert 'title="0.486628"' in figures.percent(Decimal("0.486628"))


def test_chips_have_separators_and_say_what_is_missing() -> None:
    assert read(figures.chips(ChipComparison(chips=0))) == "0"
    assert read(figures.chips(ChipComparison(chips=123456789))) == "123,456,789"
    assert read(figures.chips(ChipComparison(incomplete="chip_count_unknown"))) == "unknown"
    row = ChipComparison(project_id=7, chips=23536, incomplete="chip_model_unknown")
    assert read(figures.chips(row)) == "23,536"
    assert (
        read(figures.chips(row, {7: {"planned": {"at_most"}}, 8: {"planned": {"about"}}})) == "at most 23,536"
    )
    row.incomplete = "chip_count_unknown"
    assert read(figures.chips(row)) == "at least 23,536"
    assert read(figures.chips(row, {7: {"planned": {"about"}}})) == "at least about 23,536"


def test_chips_today_stand_before_those_to_come() -> None:
    row = ChipComparison(installed_chips=1000, operational_chips=500, planned_chips=20, contracted_chips=3)
    assert read(figures.chips_today(row)) == "1,500 +23"
    row = ChipComparison(operational_chips=23536, incomplete="chip_count_unknown")
    assert read(figures.chips_today(row)) == "at least 23,536"


def test_an_exchange_rate_has_no_trailing_zeros() -> None:
    assert figures.rate(Decimal("4.273500")) == "4.2735"
    assert figures.rate(Decimal("400.000000")) == "400"
