"""Charts over time: the amounts of every month, and gaps where a figure was unknown."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from portfolio.dashboards.charts import Column, chart
from portfolio.jobs.month_ends import keep_month_ends
from portfolio.jobs.past_dates import results_of
from portfolio.models import ResultSet

DAYS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_an_unknown_figure_parts_its_line() -> None:
    drawn = chart(DAYS, [Column("need", "Need", [Decimal(5), None, Decimal(10), Decimal(0)])])
    assert drawn is not None
    assert drawn.lines[0].runs == ["0.00,20.00", "66.29,0.00 100.00,40.00"]
    assert drawn.top == 10
    assert drawn.rows[1:3] == [(DAYS[2], [Decimal(10)]), (DAYS[1], [None])]


def test_a_chart_begins_with_its_first_amount() -> None:
    drawn = chart(DAYS, [Column("signed", "Secured", [Decimal(0), None, Decimal(1), Decimal(2)])])
    assert drawn is not None
    assert (drawn.first, drawn.last) == (DAYS[2], DAYS[3])


@pytest.mark.parametrize("values", [[Decimal(0)] * 4, [None] * 4, [None, None, None, Decimal(3)]])
def test_where_there_is_nothing_to_draw_there_is_no_chart(values: list[Decimal | None]) -> None:
    assert chart(DAYS, [Column("signed", "Secured", values)]) is None


def months_on(client: Client, address: str) -> dict[str, list[str]]:
    """Return the amounts of each day in the table of a page's chart."""
    body = client.get(address).content.decode()
    table = body[body.index("Amounts by month") :]
    found = {}
    for row in re.findall(r"(?s)<tr>(.*?)</tr>", table[: table.index("</table>")])[1:]:
        cells = re.findall(r"(?s)<t[hd].*?</t[hd]>", row)
        day, *amounts = [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]
        found[day] = amounts
    return found


@pytest.mark.usefixtures("small")
def test_a_project_s_months_are_those_of_its_results(client: Client) -> None:
    keep_month_ends()
    months = months_on(client, "/projects/giga-a/")
    for day, words in ((date(2026, 6, 30), "30 June 2026"), (date(2026, 9, 30), "30 September 2026")):
        row = results_of(day).projectcoverage_rows.get(project__slug="giga-a")
        assert months[words][2] == f"€{row.secured_eur:,}"
    newest = ResultSet.objects.latest("as_of")
    assert next(iter(months)) == f"{newest.as_of.day} {newest.as_of:%B %Y}"


@pytest.mark.usefixtures("small")
def test_other_pages_have_months_too_up_to_the_day_that_is_shown(client: Client) -> None:
    keep_month_ends()
    for address in ("/", "/envelopes/investai-gigafactories/", "/envelopes/techeu-mobilisation/"):
        assert next(iter(months_on(client, f"{address}?as_of=2026-07-15"))) == "15 July 2026", address
        assert "31 August 2026" in months_on(client, address), address


@pytest.mark.usefixtures("small")
def test_months_that_are_out_of_date_are_counted(client: Client) -> None:
    page = client.get("/").content.decode()
    assert re.search(r"\d+ months being brought up to date", page)
    assert "Nothing to draw yet" not in page, "it is not known yet"
    keep_month_ends()
    assert "being brought up to date" not in client.get("/").content.decode()
