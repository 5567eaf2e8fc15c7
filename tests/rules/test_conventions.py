"""Numbers and dates as offices write them, and what a column of them decides."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.rules.cell_texts import is_unknown, slug, tidy
from portfolio.rules.column_evidence import ColumnRule, Evidence, Unsettled
from portfolio.rules.date_conventions import ORDERS, why_no_date, written_date
from portfolio.rules.number_conventions import (
    MARKS,
    OTHER,
    NumberKind,
    from_double,
    scaled,
    why,
    written_number,
)

MONEY = NumberKind(2, Decimal("999999999999.99"))
SPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\u3000", "\t"]


def readings(text: str, kind: NumberKind = MONEY) -> dict[str, str]:
    found = written_number(text, kind)
    return found.readings if found else {}


def ruled(cells: list[str], kind: NumberKind = MONEY, chosen: str = "") -> ColumnRule:
    evidence = Evidence()
    for number, cell in enumerate(cells):
        evidence.add(number, cell, readings(cell, kind))
    return evidence.decide(chosen)


def read(rule: ColumnRule, cell: str, kind: NumberKind = MONEY) -> Decimal:
    return Decimal(rule.read(readings(cell, kind), MARKS))


MIXED = ["492087,75", "191.000 €", "249.950,00 €", "288.11", "81839"]


def test_a_cell_that_contradicts_its_column_is_left_to_a_person() -> None:
    rule = ruled(MIXED)
    values = [Decimal("492087.75"), Decimal("191000"), Decimal("249950.00"), Decimal("81839")]
    assert [read(rule, cell) for cell in [*MIXED[:3], MIXED[4]]] == values
    with pytest.raises(
        Unsettled, match="has a decimal point, but its column has a decimal comma, as 3 cells"
    ):
        read(rule, "288.11")


def test_evidence_is_put_in_words() -> None:
    assert why("492087,75", ",") == "“492087,75” has a decimal comma"
    assert why("191.000 €", ",") == "“191.000 €” can only be thousands"
    assert why("1.250.000", ",") == "“1.250.000” can only be thousands"
    assert why("15,829.60€", ".") == "“15,829.60€” has a decimal point"


@pytest.mark.parametrize("space", SPACES)
def test_any_kind_of_space_separates_thousands(space: str) -> None:
    found = written_number(f"1{space}234,50{space}€", MONEY)
    assert found is not None
    assert found.readings == {",": "1234.50"}
    assert found.currencies == {"EUR"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€ 98.000,-", "98000"),
        ("15,829.60€", "15829.60"),
        ("EUR 1.250.000", "1250000"),
        ("CHF 1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("1.234,50-", "-1234.50"),
        ("−5", "-5"),
        ("$1,000", "1000"),
        ("12,5 zł", "12.5"),
        ("1.234,56 Kč", "1234.56"),
        ("0.123", "0.123"),
        ("0", "0"),
        ("00123", "123"),
    ],
)
def test_what_can_be_read_in_one_way(text: str, value: str) -> None:
    assert set(readings(text).values()) == {value}


@pytest.mark.parametrize(
    "text", ["1,23.45", "12,34,567", "1.25.000", "45%", "(45%)", "1e5", "12 apples", "€", "€5 $", "1-2", "٣"]
)
def test_what_is_no_number(text: str) -> None:
    assert readings(text) == {}


def test_what_depends_on_the_column_is_read_by_it_only_where_all_agree() -> None:
    assert read(ruled(["191.000", "5,25"]), "191.000") == 191000
    assert read(ruled(["191.000", "5.25"]), "191.000") == 191
    for cells in (["191.000"], ["191.000", "5.25", "5,25"], ["191.000", "5.25", "6.25", "5,25"]):
        with pytest.raises(Unsettled, match="could be 191000 or"):
            read(ruled(cells), "191.000")
    assert ruled(["191.000"]).asks
    assert not ruled(["191000", "12"]).asks
    assert read(ruled(["191.000"], chosen=","), "191.000") == 191000
    with pytest.raises(Unsettled, match="as was chosen for it"):
        read(ruled(["191.000"], chosen=","), "5.25")
    with pytest.raises(Unsettled, match="as many cells of its column have another way"):
        read(ruled(["5.25", "5,25"]), "5.25")


def test_the_kind_of_number_leaves_out_what_cannot_be_meant() -> None:
    counted = NumberKind(0)
    assert readings("23.536", counted) == {",": "23536"}
    assert readings("1,008", counted) == {".": "1008"}
    assert readings("500000.0", counted) == {".": "500000.0"}
    degrees = NumberKind(9, Decimal(90))
    assert readings("48.584", degrees) == {".": "48.584"}
    millions = NumberKind(2, scale=Decimal(1_000_000))
    assert len(readings("1.125 €", millions)) == 2
    assert scaled("1.125", Decimal(1_000_000)) == "1125000"


@given(
    amount=st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2),
    mark=st.sampled_from(sorted(MARKS)),
    group=st.sampled_from(["", "other", "'", "’", *SPACES]),
    sign=st.sampled_from(["{}", "{} €", "€{}", "€ {}", "EUR {}", "{} EUR"]),
    negative=st.sampled_from(["{}", "-{}", "−{}", "({})"]),
)
def test_every_way_of_writing_an_amount_gives_it_back(
    amount: Decimal, mark: str, group: str, sign: str, negative: str
) -> None:
    separator = OTHER[mark] if group == "other" else group
    whole, cents = f"{amount:,.2f}".split(".")
    text = negative.format(sign.format(whole.replace(",", separator) + mark + cents))
    expected = amount if negative == "{}" else -amount
    assert [Decimal(value) for value in readings(text).values()] == [expected]
    assert list(readings(text)) == [mark]


@given(
    cells=st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1),
    mark=st.sampled_from(".,"),
)
def test_a_column_written_in_one_way_is_read_exactly(cells: list[Decimal], mark: str) -> None:
    texts = [f"{cell:,.2f}".translate(str.maketrans(",.", OTHER[mark] + mark)) for cell in cells]
    rule = ruled(texts)
    assert [read(rule, text) for text in texts] == cells


@given(cents=st.integers(min_value=0, max_value=99999999999999))
def test_an_amount_survives_a_workbooks_doubles(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert Decimal(from_double(float(amount))) == amount


def test_the_noise_of_doubles_is_left_out() -> None:
    assert from_double(0.1 + 0.2) == "0.3"
    assert from_double(1.1 * 3) == "3.3"
    assert from_double(-0.0) == "0"
    assert from_double(1e-7) == "0.0000001"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01-31", {"2026-01-31"}),
        ("2018-12-10T15:53:00Z", {"2018-12-10"}),
        ("31/12/2025", {"2025-12-31"}),
        ("12/31/2025", {"2025-12-31"}),
        ("05/05/2026", {"2026-05-05"}),
        ("03.04.2026", {"2026-04-03", "2026-03-04"}),
        ("5 March 2026", {"2026-03-05"}),
        ("March 5, 2026", {"2026-03-05"}),
        ("5-Mar-2026", {"2026-03-05"}),
        ("1er janvier 2026", {"2026-01-01"}),
        ("3. září 2025", {"2025-09-03"}),
        ("30/02/2026", set()),
        ("31.12.25", set()),
        ("2010", set()),
        ("12 listopad 2026", set()),  # October in Croatian, November in Czech and Polish
    ],
)
def test_dates(text: str, days: set[str]) -> None:
    assert set(written_date(text).values()) == days


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("31.12.25", "a year of two digits"),
        ("2026-H2", "only a longer time"),
        ("2026-09", "only a longer time"),
        ("46112", "not formatted as a date"),
        ("soon", "is not a date"),
    ],
)
def test_why_a_text_is_no_date(text: str, wrong: str) -> None:
    assert wrong in why_no_date(text)


def test_the_rule_of_a_column_holds_for_all_its_dates() -> None:
    evidence = Evidence()
    for cell in ("13/01/2026", "03/04/2026"):
        evidence.add(1, cell, written_date(cell))
    assert evidence.decide().read(written_date("03/04/2026"), ORDERS) == "2026-04-03"
    evidence.add(3, "01/25/2026", written_date("01/25/2026"))
    with pytest.raises(Unsettled, match="could be 2026-04-03 or 2026-03-04"):
        evidence.decide().read(written_date("03/04/2026"), ORDERS)
    only_ambiguous = Evidence()
    only_ambiguous.add(1, "03/04/2026", written_date("03/04/2026"))
    assert only_ambiguous.decide().asks
    assert only_ambiguous.decide("mdy").read(written_date("03/04/2026"), ORDERS) == "2026-03-04"


def test_texts() -> None:
    assert tidy("\u202f a\u00a0\u2009b\u200b ") == "a b"
    assert all(is_unknown(word) for word in ("", "-", "–", "n/a", "N/A", "n.v.t.", "n. v. t.", "*****"))
    assert not any(is_unknown(word) for word in ("0", "0,00", "NA", "x"))
    assert slug("Łódź  Größe – A/B") == "lodz-grosse-a-b"
    assert slug("Αθήνα") == ""
    long, other = slug("a word " * 40), slug("a word " * 40 + "more")
    assert max(len(long), len(other)) <= 100
    assert long != other
