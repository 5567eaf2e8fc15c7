"""Workbooks: typed cells, nothing that runs, nothing rounded, and a sheet that says what it is."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.exports import writing_xlsx
from portfolio.models import ProjectCoverage, Source
from tests.bundles import load, saved
from tests.exports.asking import API, about, file, sheet_rows, workbook
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture
def portfolio(tmp_path: Path) -> None:
    made = Made().project(need="999999999999.99", stages=[("selected", "2025-01-01")])
    made.envelope("b", amount="0.10")
    made.contribution("a", ("signed", "2025-01-01", "0.10"), ("announced", "2024-01-02", ""), envelope="b")
    made.add("sources", key="run", title="=1+1", note="-2", publisher="Łódź – Đại học")
    load(saved(made.rows, tmp_path))
    call_command("recompute", verbosity=0)


@pytest.mark.usefixtures("portfolio")
def test_cells_have_types(client: Client) -> None:
    book = workbook(file(client, "contribution-events/?format=xlsx"))
    announced, signed = sheet_rows(book)
    assert signed["occurred_on"] == datetime(2025, 1, 1)  # noqa: DTZ001 - what openpyxl makes of a date
    assert (signed["amount"], type(signed["amount"])) == (0.1, float)
    assert (signed["kind"], signed["contribution"]) == ("signed", "a")
    assert isinstance(signed["id"], int)
    assert announced["amount"] is None
    [envelope] = sheet_rows(workbook(file(client, "envelope-utilisation/?format=xlsx")))
    assert envelope["over_allocated"] is False
    assert envelope["on_track"] is None
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:Q3"
    assert sheet["D2"].number_format == "General"
    assert sheet["D3"].number_format == "#,##0.00"
    assert sheet["C3"].number_format == "yyyy-mm-dd"
    assert sheet.column_dimensions["A"].width > 15


@pytest.mark.usefixtures("portfolio")
def test_text_is_never_a_formula(client: Client) -> None:
    book = workbook(file(client, "sources/?format=xlsx"))
    run = next(row for row in sheet_rows(book) if row["key"] == "run")
    assert (run["title"], run["note"], run["publisher"]) == ("'=1+1", "'-2", "Łódź – Đại học")
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {"s", "n"}


@pytest.mark.usefixtures("portfolio")
def test_numbers_of_more_digits_than_a_float_has_are_texts(client: Client) -> None:
    ProjectCoverage.objects.update(
        need_eur=Decimal("92233720368547758.07"), gap_eur=Decimal("9999999999999.99")
    )
    book = workbook(file(client, "project-coverage/?format=xlsx"))
    [row] = sheet_rows(book)
    assert row["need_eur"] == "92233720368547758.07"
    assert row["gap_eur"] == 9999999999999.99
    assert "need_eur (1 cells)" in about(book)["Kept as text"]
    assert "gap_eur" not in about(book)["Kept as text"]


@pytest.mark.usefixtures("portfolio")
def test_days_before_the_calendar_of_spreadsheets_are_texts(client: Client) -> None:
    Source.objects.filter(key="run").update(published_on=date(1899, 12, 31))
    book = workbook(file(client, "sources/?format=xlsx&key=run"))
    assert sheet_rows(book)[0]["published_on"] == "1899-12-31"
    assert "published_on (1 cells)" in about(book)["Kept as text"]


@pytest.mark.usefixtures("portfolio")
def test_a_sheet_says_what_it_is(client: Client) -> None:
    address = "contribution-events/?as_of=2025-06-30&format=xlsx&kind=signed&ordering=-amount"
    book = workbook(file(client, address))
    told = about(book)
    assert told["List"] == "Contribution events (contribution-events)"
    assert told["As of"] == "2025-06-30"
    assert told["Data version"] == "1"
    assert told["Source"] == f"http://testserver{API}{address}"
    assert "kind=signed" in told["Filters"]
    assert told["Rows"] == "1"
    assert told["Licence"]
    assert "Zero is written" in told["Unknown"]
    assert told["amount"] == "The amount in the contribution's currency.", "each column is explained"


def test_an_empty_list_has_its_header(client: Client) -> None:
    book = workbook(file(client, "sources/?format=xlsx"))
    assert sheet_rows(book) == []
    assert [cell.value for cell in book.worksheets[0][1]][:2] == ["key", "publisher"]


@pytest.mark.usefixtures("portfolio")
def test_more_rows_than_a_sheet_has_are_refused_before_anything_is_sent(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing_xlsx, "MOST_ROWS", 1)
    refused = client.get(f"{API}contribution-events/?format=xlsx")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert "format=csv" in refused.json()["detail"]
    assert len(sheet_rows(workbook(file(client, "contribution-events/?format=xlsx&kind=signed")))) == 1


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(("text", "status"), [("x" * 32_767, 200), ("x" * 32_768, 400), ("😀" * 16_384, 400)])
def test_a_text_longer_than_a_cell_is_refused_not_cut(client: Client, text: str, status: int) -> None:
    Source.objects.filter(key="run").update(note=text)
    response = client.get(f"{API}sources/?format=xlsx")
    assert response.status_code == status
    if status == 400:
        assert "32,767" in response.json()["detail"]
    else:
        found = sheet_rows(workbook(response.getvalue()))
        assert [row["note"] for row in found if row["key"] == "run"] == [text]
