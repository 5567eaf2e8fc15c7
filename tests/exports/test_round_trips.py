"""Whatever is recorded comes back equal through the tools that people read files with."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pandas
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from portfolio.models import Contribution, ContributionEvent, Financier, Project, Source
from portfolio.vocabulary import EventKind
from tests.exports.asking import csv_rows, file, lines, sheet_rows, workbook

pytestmark = pytest.mark.django_db

STARTS = ("=", "+", "-", "@", "\t", "\r")
CENT = Decimal("0.01")

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters, max_size=30) | st.sampled_from(STARTS).flatmap(
    lambda start: st.text(st.sampled_from(' ;,"\n\r\t=ąΩ%\\{}'), max_size=8).map(lambda rest: start + rest)
)
amounts = st.integers(0, 99_999_999_999_999).map(lambda cents: Decimal(cents) * CENT)
euros = st.integers(-9_223_372_036_854_775_807, 9_223_372_036_854_775_807).map(
    lambda cents: Decimal(cents).scaleb(-2)
)


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(STARTS) else text


@given(values=st.lists(texts, min_size=1, max_size=6))
def test_texts(client: Client, values: list[str]) -> None:
    Source.objects.all().delete()
    Source.objects.bulk_create(
        Source(key=f"s{number}", title=text, note=text) for number, text in enumerate(values)
    )
    address = "sources/?fields=key,title,note&format="
    shown = [harmless(text) for text in values]
    content = file(client, address + "csv")
    assert [row["title"] for row in csv_rows(content)] == shown
    assert [row["note"] for row in csv_rows(file(client, address + "csv&dialect=excel"), ";")] == shown
    found = lines(file(client, address + "jsonl"))
    assert [(row["title"] or "", row["note"] or "") for row in found] == list(
        zip(values, values, strict=True)
    )
    assert len(found) == len(values), "no text breaks a line"


@given(values=st.lists(texts.filter(lambda text: "\r" not in text), min_size=1, max_size=6))
def test_texts_in_pandas(client: Client, values: list[str]) -> None:
    Source.objects.all().delete()
    Source.objects.bulk_create(Source(key=f"s{number}", title=text) for number, text in enumerate(values))
    content = file(client, "sources/?fields=title,key&format=csv")
    frame = pandas.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    assert list(frame["title"]) == [harmless(text) for text in values]
    alone = pandas.read_csv(
        BytesIO(file(client, "sources/?fields=title&format=csv")), dtype=str, keep_default_na=False
    )
    assert list(alone["title"]) == [harmless(text) for text in values], "an empty one alone is a row too"


printable = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@given(values=st.lists(printable, min_size=1, max_size=4))
def test_texts_in_workbooks(client: Client, values: list[str]) -> None:
    Source.objects.all().delete()
    Source.objects.bulk_create(Source(key=f"s{number}", title=text) for number, text in enumerate(values))
    found = sheet_rows(workbook(file(client, "sources/?format=xlsx")))
    assert [row["title"] for row in found] == [harmless(text) for text in values]


def recorded(values: list[tuple[Decimal | None, Decimal | None]]) -> None:
    """Record events with these amounts, and euro values as no rate would make them."""
    ContributionEvent.objects.all().delete()
    source, _ = Source.objects.get_or_create(key="src", title="Source")
    project, _ = Project.objects.get_or_create(slug="p", name="P", kind="ai_factory", source=source)
    financier, _ = Financier.objects.get_or_create(slug="f", name="F", kind="private")
    contribution, _ = Contribution.objects.get_or_create(
        reference="c", project=project, financier=financier, instrument="grant", currency="EUR", source=source
    )
    ContributionEvent.objects.bulk_create(
        ContributionEvent(
            contribution=contribution,
            kind=EventKind.DISBURSED,
            occurred_on=date(2024, 1, 1),
            amount=amount,
            amount_eur=euro,
            confidence="confirmed",
            source=source,
        )
        for amount, euro in values
    )


@given(values=st.lists(st.tuples(st.none() | amounts, st.none() | euros), min_size=1, max_size=6))
def test_money(client: Client, values: list[tuple[Decimal | None, Decimal | None]]) -> None:
    recorded(values)
    address = "contribution-events/?ordering=id&fields=amount,amount_eur&format="
    written = [tuple("" if value is None else format(value, ".2f") for value in pair) for pair in values]

    def pairs(rows: list[dict[str, Any]], mark: str = ".") -> list[tuple[str, ...]]:
        return [tuple((row[name] or "").replace(mark, ".") for name in row) for row in rows]

    content = file(client, address + "csv")
    assert pairs(csv_rows(content)) == written
    assert pairs(csv_rows(file(client, address + "csv&dialect=excel"), ";"), ",") == written
    assert pairs(lines(file(client, address + "jsonl"))) == written
    frame = pandas.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    assert [tuple(row) for row in frame.itertuples(index=False)] == written
    book = sheet_rows(workbook(file(client, address + "xlsx")))
    for row, pair in zip(book, values, strict=True):
        for cell, value in zip(row.values(), pair, strict=True):
            assert (None if cell is None else Decimal(str(cell))) == value


def test_moments_and_days_in_pandas(client: Client) -> None:
    recorded([(Decimal("1.00"), None)])
    frame = pandas.read_csv(
        BytesIO(file(client, "contribution-events/?format=csv")), parse_dates=["occurred_on"]
    )
    assert frame["occurred_on"][0].to_pydatetime().replace(tzinfo=UTC) == datetime(2024, 1, 1, tzinfo=UTC)
    assert frame["amount"][0] == 1.0
