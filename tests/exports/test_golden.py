"""Files of small lists with every kind of cell, byte for byte, the same from both databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.models import Recomputation
from tests.bundles import load, saved
from tests.exports.asking import file
from tests.making import Made

pytestmark = pytest.mark.django_db

NAMES = "Però – Łódź – Αθήνα – Đại học"
TEXTS = {
    "a": ('=HYPERLINK("http://x")', "plain", ""),
    "b": ("one, two; three", 'he said "no"', "+1"),
    "c": (NAMES, "two\nlines", "-"),
    "d": ("@here", "\tafter a tab", "\rafter a return"),
    "e": ("a\\b", "100 %s {x}", "'quoted"),
}


def sources(folder: Path) -> None:
    made = Made()
    for key, (title, publisher, note) in TEXTS.items():
        made.add("sources", key=key, title=title, publisher=publisher, note=note, published_on="2025-02-01")
    load(saved(made.rows, folder))


def test_texts_are_quoted_where_needed_and_never_run(client: Client, tmp_path: Path) -> None:
    sources(tmp_path)
    assert file(client, "sources/?format=csv&fields=key,title,publisher,note,published_on,url").decode() == (
        "key,title,publisher,note,published_on,url\r\n"
        'a,"\'=HYPERLINK(""http://x"")",plain,,2025-02-01,\r\n'
        'b,"one, two; three","he said ""no""",\'+1,2025-02-01,\r\n'
        f'c,{NAMES},"two\nlines",\'-,2025-02-01,\r\n'
        "d,'@here,'\tafter a tab,\"'\rafter a return\",2025-02-01,\r\n"
        "e,a\\b,100 %s {x},'quoted,2025-02-01,\r\n"
        "src,Source,,,,\r\n"
    )


def test_the_dialect_for_a_double_click_has_semicolons_and_a_byte_order_mark(
    client: Client, tmp_path: Path
) -> None:
    sources(tmp_path)
    assert file(client, "sources/?format=csv&dialect=excel&fields=title,note,key").decode() == (
        "\ufefftitle;note;key\r\n"
        '"\'=HYPERLINK(""http://x"")";;a\r\n'
        '"one, two; three";\'+1;b\r\n'
        f"{NAMES};'-;c\r\n"
        "'@here;\"'\rafter a return\";d\r\n"
        "a\\b;'quoted;e\r\n"
        "Source;;src\r\n"
    )


def test_json_lines_have_text_as_it_is(client: Client, tmp_path: Path) -> None:
    sources(tmp_path)
    assert file(client, "sources/?format=jsonl&fields=key,title,note,published_on").decode() == (
        '{"key":"a","title":"=HYPERLINK(\\"http://x\\")","note":null,"published_on":"2025-02-01"}\n'
        '{"key":"b","title":"one, two; three","note":"+1","published_on":"2025-02-01"}\n'
        f'{{"key":"c","title":"{NAMES}","note":"-","published_on":"2025-02-01"}}\n'
        '{"key":"d","title":"@here","note":"\\rafter a return","published_on":"2025-02-01"}\n'
        '{"key":"e","title":"a\\\\b","note":"\'quoted","published_on":"2025-02-01"}\n'
        '{"key":"src","title":"Source","note":null,"published_on":null}\n'
    )


def money(folder: Path) -> None:
    made = Made().project(need="20000000000").envelope("b", amount="0.10").rate("PLN", "2024-01-01", "4.25")
    for number, amount in enumerate(("0.00", "0.10", "20000000000.00", "")):
        made.contribution(f"c{number}", ("signed", f"2025-01-0{number + 1}", amount), currency="PLN")
    made.contribution("d", ("signed", "2025-02-01", "1200000.10"), envelope="b")
    made.model("h100-sxm", "989.4").chips("one", "12", "h100-sxm")
    load(saved(made.rows, folder))
    call_command("recompute", verbosity=0)


EVENTS = "contribution-events/?fields=contribution,amount,amount_eur,rate_on,currency"


def test_amounts_are_exact_plain_numbers(client: Client, tmp_path: Path) -> None:
    money(tmp_path)
    assert file(client, f"{EVENTS}&format=csv").decode() == (
        "contribution,amount,amount_eur,rate_on,currency\r\n"
        "c0,0.00,0.00,2024-01-01,PLN\r\n"
        "c1,0.10,0.02,2024-01-01,PLN\r\n"
        "c2,20000000000.00,4705882352.94,2024-01-01,PLN\r\n"
        "c3,,,,PLN\r\n"
        "d,1200000.10,1200000.10,,EUR\r\n"
    )
    assert file(client, f"{EVENTS}&format=csv&dialect=excel").decode() == (
        "\ufeffcontribution;amount;amount_eur;rate_on;currency\r\n"
        "c0;0,00;0,00;2024-01-01;PLN\r\n"
        "c1;0,10;0,02;2024-01-01;PLN\r\n"
        "c2;20000000000,00;4705882352,94;2024-01-01;PLN\r\n"
        "c3;;;;PLN\r\n"
        "d;1200000,10;1200000,10;;EUR\r\n"
    )
    assert file(client, f"{EVENTS}&format=jsonl").decode().splitlines()[1:4] == [
        '{"contribution":"c1","amount":"0.10","amount_eur":"0.02","rate_on":"2024-01-01","currency":"PLN"}',
        '{"contribution":"c2","amount":"20000000000.00","amount_eur":"4705882352.94",'
        '"rate_on":"2024-01-01","currency":"PLN"}',
        '{"contribution":"c3","amount":null,"amount_eur":null,"rate_on":null,"currency":"PLN"}',
    ]


def test_negative_amounts_ratios_and_flags(client: Client, tmp_path: Path) -> None:
    money(tmp_path)
    address = "envelope-utilisation/?fields=envelope,headroom_eur,utilisation,over_allocated,on_track"
    assert file(client, f"{address}&format=csv").decode() == (
        "envelope,headroom_eur,utilisation,over_allocated,on_track\r\nb,-1200000.00,12000001.000000,true,\r\n"
    )
    assert file(client, f"{address}&format=csv&dialect=excel").decode() == (
        "\ufeffenvelope;headroom_eur;utilisation;over_allocated;on_track\r\n"
        "b;-1200000,00;12000001,000000;true;\r\n"
    )
    assert file(client, f"{address}&format=jsonl").decode() == (
        '{"envelope":"b","headroom_eur":"-1200000.00","utilisation":"12000001.000000",'
        '"over_allocated":true,"on_track":null}\n'
    )


def test_rates_and_speeds_have_no_trailing_zeros(client: Client, tmp_path: Path) -> None:
    money(tmp_path)
    assert file(client, "exchange-rates/?format=csv").decode() == (
        "currency,date,per_euro\r\nPLN,2024-01-01,4.25\r\n"
    )
    fields = "chip-deployments/?fields=system,chips,bf16_dense_tflops"
    assert file(client, f"{fields}&format=csv&dialect=excel").decode() == (
        "\ufeffsystem;chips;bf16_dense_tflops\r\none;12;989,4\r\n"
    )
    assert file(client, f"{fields}&format=jsonl").decode() == (
        '{"system":"one","chips":12,"bf16_dense_tflops":"989.4"}\n'
    )


def test_moments_are_in_utc(client: Client) -> None:
    at = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    Recomputation.objects.create(
        trigger="full",
        as_of="2026-03-01",
        started_at=at,
        finished_at=at,
        rules_version="1",
        outcome="succeeded",
    )
    address = "recomputations/?fields=as_of,started_at"
    assert file(client, f"{address}&format=csv") == b"as_of,started_at\r\n2026-03-01,2026-03-01T23:59:59Z\r\n"
    assert file(client, f"{address}&format=jsonl") == (
        b'{"as_of":"2026-03-01","started_at":"2026-03-01T23:59:59Z"}\n'
    )


@pytest.mark.parametrize(("dialect", "header"), [("standard", b"note"), ("excel", b"\xef\xbb\xbfnote")])
def test_an_empty_cell_alone_is_a_row(client: Client, tmp_path: Path, dialect: str, header: bytes) -> None:
    sources(tmp_path)
    found = file(client, f"sources/?format=csv&dialect={dialect}&fields=note&key=src")
    assert found == header + b'\r\n""\r\n'


def test_nothing_has_its_header(client: Client) -> None:
    assert file(client, "exchange-rates/?format=csv") == b"currency,date,per_euro\r\n"
    assert file(client, "exchange-rates/?format=csv&dialect=excel") == (
        b"\xef\xbb\xbfcurrency;date;per_euro\r\n"
    )
    assert file(client, "exchange-rates/?format=jsonl") == b""
