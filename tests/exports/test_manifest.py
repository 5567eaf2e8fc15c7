"""The manifest proves a download complete: rows, exact sums, length and SHA-256 of the very file."""

import time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.bundles import load, saved
from tests.exports.asking import API, csv_rows, file
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture
def portfolio(tmp_path: Path) -> None:
    made = Made().project(need="100").envelope("b", amount="0.10").rate("PLN", "2024-01-01", "4.25")
    made.contribution("a", ("signed", "2025-01-01", "999999999999.99"), ("disbursed", "2025-02-01", "0.01"))
    made.contribution("b", ("signed", "2025-01-01", "0.10"), ("announced", "2024-01-02", ""), currency="PLN")
    load(saved(made.rows, tmp_path))
    call_command("recompute", verbosity=0)


ASKED = (
    "contribution-events/{}?",
    "contribution-events/{}?dialect=excel&ordering=-amount",
    "contribution-events/{}?format=jsonl&currency=PLN",
    "contribution-events/{}?fields=amount&kind=cancelled",
    "project-coverage/{}?as_of=2025-01-15",
    "project-coverage-series/{}?",
    "published-figure-checks/{}?dialect=excel",
    "changes/{}?from=2024-06-01",
)


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("address", ASKED)
def test_its_checksum_is_that_of_the_file(client: Client, address: str) -> None:
    response = client.get(API + address.format("manifest/"))
    assert response.status_code == 200, response.content
    manifest = response.json()
    asked = address.format("") + ("" if "format=" in address else "&format=csv")
    content = file(client, asked)
    assert manifest["sha256"] == sha256(content).hexdigest()
    assert manifest["bytes"] == len(content)
    assert manifest["row_count"] == content.count(b"\n") - (manifest["format"] == "csv")
    assert response["Row-Count"] == str(manifest["row_count"])
    assert str(manifest["data_version"]) == response["Data-Version"]
    assert manifest["as_of"] == response["As-Of"]
    named = client.get(manifest["address"])
    assert named.getvalue() == content, "it names the address of the file"
    assert all(column["name"].encode() in content for column in manifest["columns"])
    assert "apostrophe" in manifest["note"]


@pytest.mark.usefixtures("portfolio")
def test_its_checksum_is_that_of_the_workbook_whenever_it_is_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "contribution-events/{}?ordering=-amount&format=xlsx&as_of=2025-06-30"
    manifest = client.get(API + asked.format("manifest/")).json()
    assert (manifest["format"], manifest["dialect"], manifest["row_count"]) == ("xlsx", None, 4)
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    content = file(client, asked.format(""))
    assert (len(content), sha256(content).hexdigest()) == (manifest["bytes"], manifest["sha256"])
    reordered = f"{API}contribution-events/?as_of=2025-06-30&ordering=-amount"
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert client.get(reordered, headers={"accept": workbook}).getvalue() == content


@pytest.mark.usefixtures("portfolio")
def test_sums_are_exact_by_currency_and_say_what_is_not_known(client: Client) -> None:
    sums = client.get(f"{API}contribution-events/manifest/").json()["sums"]
    assert sums["amount"] == {
        "EUR": {"sum": "1000000000000.00", "rows_without": 0},
        "PLN": {"sum": "0.10", "rows_without": 1},
    }
    assert sums["amount_eur"] == {"sum": "1000000000000.02", "rows_without": 1}
    only = client.get(f"{API}contribution-events/manifest/?fields=amount&currency=PLN").json()
    assert only["sums"] == {"amount": {"PLN": {"sum": "0.10", "rows_without": 1}}}
    assert [column["name"] for column in only["columns"]] == ["amount"]
    nothing = client.get(f"{API}contribution-events/manifest/?kind=cancelled").json()
    assert nothing["sums"] == {"amount": {}, "amount_eur": {"sum": "0.00", "rows_without": 0}}


@pytest.mark.usefixtures("portfolio")
def test_sums_are_those_of_the_rows(client: Client) -> None:
    address = "project-coverage/{}?as_of=2025-03-01"
    sums = client.get(API + address.format("manifest/")).json()["sums"]
    rows = csv_rows(file(client, address.format("") + "&format=csv"))
    assert len(sums) == 10
    for column, found in sums.items():
        assert Decimal(found["sum"]) == sum(Decimal(row[column]) for row in rows if row[column])
        assert found["rows_without"] == sum(not row[column] for row in rows)


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("query", "parameter"), [("format=pdf", "format"), ("page_size=5", "page_size"), ("knd=signed", "knd")]
)
def test_what_has_no_manifest_is_refused(client: Client, query: str, parameter: str) -> None:
    refused = client.get(f"{API}contribution-events/manifest/?{query}")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["parameter"] == parameter


@pytest.mark.usefixtures("portfolio")
def test_an_edit_changes_it(client: Client, tmp_path: Path) -> None:
    before = client.get(f"{API}sources/manifest/").json()
    assert client.get(f"{API}sources/manifest/").json() == before
    load(saved(Made().add("sources", key="another", title="=1+1").rows, tmp_path / "more"))
    after = client.get(f"{API}sources/manifest/").json()
    assert after["row_count"] == before["row_count"] + 1
    assert after["sha256"] == sha256(file(client, "sources/?format=csv")).hexdigest()
