"""The data dictionary lacks nothing, and what it says of CSV files is so, cell by cell."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from portfolio.exports.dictionary import file_entries, list_entries, needs_unit
from portfolio.exports.lists import LISTS
from portfolio.jobs.bundle_format import FILES
from portfolio.jobs.scenarios import create_scenario
from portfolio.rules.explained import EXPLAINED
from tests.advisory.making import load_advised

pytestmark = pytest.mark.django_db
API = "/api/v1/"
PATHS = {
    "publication": "board",
    "scenario": "what-if",
    "table": "advisory-funnel",
    "scope": "overall",
    "column": "accepted",
}
# Lists that the example has no row of, so that nothing of them but the header can be checked.
WITHOUT_ROWS = {"restated"}
Document = dict[str, Any]


@pytest.fixture
def everything(db: None, tmp_path: Path, client: Client) -> Client:
    """The worked example with advice, a publication and a scenario; asked by who may see all."""
    load_advised(tmp_path / "advised")
    call_command("publish_results", "Board", "--as-of", "2026-06-30", verbosity=0)
    call_command("recompute", verbosity=0)
    owner = User.objects.create_superuser("root", password="a-long-password")
    create_scenario("What if", "", owner)
    client.force_login(owner)
    return client


# --- Complete -----------------------------------------------------------------------------------------------


def test_every_column_has_a_meaning_and_a_unit_where_it_measures() -> None:
    lacking = [
        (name, column.name)
        for name, table in LISTS.items()
        for column in table.columns
        if not column.meaning.strip() or (needs_unit(column) and not column.unit)
    ]
    lacking += [
        (name, column["name"])
        for name, entry in file_entries().items()
        for column in entry["columns"]
        if not column["meaning"] or (column["type"] in ("decimal", "integer") and not column["unit"])
    ]
    assert lacking == []
    for columns in EXPLAINED.values():
        for rule in columns.values():
            assert rule.statement
            assert rule.unit


def test_lists_and_files_say_the_same_of_what_may_be_empty() -> None:
    for file in FILES:
        table = LISTS.get(file.name.replace("_", "-"))
        listed = table.by_name if table else {}
        for column in file.columns:
            if column.name in listed:
                assert bool(listed[column.name].empty) != column.required, (file.name, column.name)
                referred = listed[column.name].references
                assert referred.replace("-", "_") == column.reference, (file.name, column.name)


def test_rules_are_those_of_the_explanations() -> None:
    """A column says the number of its rule once, and the rules say it again: they must agree."""
    for name, columns in EXPLAINED.items():
        table = LISTS[name.replace("_", "-")]
        for column in table.columns:
            if rule := columns.get(column.name):
                assert set(column.rule.split(", ")) <= set(map(str, rule.rules)), (name, column.name)
                assert column.statement == rule.statement


def test_the_dictionary_as_json_and_pages_has_every_list_and_file(everything: Client) -> None:
    found = everything.get(f"{API}dictionary/").json()
    assert [entry["name"] for entry in found["lists"]] == list(LISTS)
    assert {entry["name"] for entry in found["files"]} == {file.name for file in FILES}
    metrics = next(entry for entry in found["lists"] if entry["name"] == "portfolio-summary")["columns"][0]
    assert {value["value"] for value in metrics["values"]} == set(EXPLAINED["portfolio_summary"])
    index = everything.get("/data/dictionary/").content.decode()
    for name, entry in {**list_entries(), **{f"bundle/{n}": e for n, e in file_entries().items()}}.items():
        assert f'href="/data/dictionary/{name}/"' in index, name
        page = everything.get(f"/data/dictionary/{name}/")
        assert page.status_code == 200, name
        for column in entry["columns"]:
            assert f'id="{column["name"]}"' in page.content.decode(), (name, column["name"])
    assert everything.get("/data/dictionary/nope/").status_code == 404


# --- True ---------------------------------------------------------------------------------------------------


def lines_of(client: Client, address: str, dialect: Document) -> list[list[str]]:
    """Return the rows of a CSV file as its metadata says that it is to be read."""
    response = client.get(address)
    assert response.status_code == 200, address
    text = response.getvalue().decode(dialect["encoding"]).removeprefix("\ufeff")
    assert dialect["lineTerminators"] == ["\r\n"]
    assert "\n" not in text.replace("\r\n", "") or '"' in text
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect["delimiter"], strict=True))


def parsed(text: str, column: Document) -> Any:
    """Return the value that a cell has by its datatype; raise ValueError where it has none."""
    datatype = column["datatype"]
    base: str = datatype if isinstance(datatype, str) else datatype["base"]
    format_: Any = None if isinstance(datatype, str) else datatype["format"]
    if base == "decimal":
        if not re.fullmatch(rf"-?[0-9]+({re.escape(format_['decimalChar'])}[0-9]+)?", text):
            raise ValueError(text)
        if format_.get("pattern") == "0.00" and not re.fullmatch(r"-?[0-9]+\.[0-9]{2}", text):
            raise ValueError(text)
        return Decimal(text.replace(format_["decimalChar"], "."))
    if base == "boolean":
        return dict(zip(format_.split("|"), (True, False), strict=True))[text]
    if base == "integer":
        return int(text)
    if base == "date":
        return date.fromisoformat(text)
    if base == "dateTimeStamp":
        if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", text):
            raise ValueError(text)
        return datetime.fromisoformat(text)
    assert base == "string", base
    if format_ and not re.fullmatch(format_, text):
        raise ValueError(text)
    return text


def cells_of(text: str, column: Document) -> Iterator[Any]:
    if text == column["null"]:
        assert not column["required"], (column["name"], "is empty")
        return
    for part in text.split(column["separator"]) if "separator" in column else [text]:
        yield parsed(part, column)


def hold(client: Client, metadata: Document) -> int:
    """Check a CSV file against its metadata; return how many rows it has."""
    main, *others = metadata["tables"]
    schema, lines = main["tableSchema"], lines_of(client, main["url"], main["dialect"])
    columns = schema["columns"]
    assert lines[0] == [column["titles"] for column in columns] == [column["name"] for column in columns]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    for row in rows:
        for column in columns:
            try:
                list(cells_of(row[column["name"]], column))
            except (ValueError, KeyError) as error:
                raise AssertionError((main["url"], column, row[column["name"]])) from error
    if key := schema.get("primaryKey"):
        assert len({tuple(row[name] for name in key) for row in rows}) == len(rows), (main["url"], key)
    known = {table["url"]: table for table in (main, *others)}
    for foreign in schema.get("foreignKeys", []):
        name, reference = foreign["columnReference"], foreign["reference"]
        table = known[reference["resource"]]
        header, *referred = lines_of(client, table["url"], table["dialect"])
        assert header == [column["name"] for column in table["tableSchema"]["columns"]]
        keys = {line[header.index(reference["columnReference"])] for line in referred}
        assert {row[name] for row in rows} - {""} <= keys, (main["url"], foreign)
    return len(rows)


def test_every_csv_file_is_what_its_metadata_says(everything: Client) -> None:
    """All lists, every cell: by type, by closed list, required or not, keys and what they refer to."""
    without_rows = set()
    for table in LISTS.values():
        address = f"{API}{table.path.format(**PATHS)}/"
        columns = ",".join(column.name for column in table.columns)
        response = everything.get(f"{address}?format=csv&fields={columns}")
        link = re.fullmatch(r'<(.+)>; rel="describedby"; type="application/csvm\+json"', response["Link"])
        assert link, table.name
        metadata = everything.get(link[1])
        assert metadata["Content-Type"] == "application/csvm+json"
        assert metadata.json()["tables"][0]["url"].endswith(
            f"{address}?fields={columns}&format=csv".replace(",", "%2C")
        )
        if not hold(everything, metadata.json()):
            without_rows.add(table.name)
    assert without_rows <= WITHOUT_ROWS, without_rows - WITHOUT_ROWS


@pytest.mark.parametrize(
    "asked",
    [
        "envelopes/csv-metadata.json?dialect=excel&kind=budget",
        "contribution-events/csv-metadata.json?dialect=excel&as_of=2026-03-31&ordering=-amount_eur",
        "project-coverage/csv-metadata.json?published=board&fields=project,need_eur",
        "project-coverage-series/csv-metadata.json",
        "portfolio-summary/csv-metadata.json?published=board",
    ],
)
def test_metadata_follow_the_parameters(everything: Client, asked: str) -> None:
    assert hold(everything, everything.get(API + asked).json()) > 0


@pytest.mark.parametrize(
    "cell",
    [
        "project_coverage/giga-a/coverage",
        "envelope_utilisation/techeu-mobilisation/attributed_eur",
        "chip_comparison/giga-a/h100_equivalents",
        "portfolio_summary/coverage/value",
    ],
)
def test_the_csv_of_an_explanation_is_what_its_metadata_says(everything: Client, cell: str) -> None:
    address = f"{API}explanations/{cell}/"
    response = everything.get(f"{address}?format=csv&as_of=2026-06-30")
    link = re.fullmatch(r'<(.+)>; rel="describedby"; type="application/csvm\+json"', response["Link"])
    assert link
    metadata = everything.get(link[1])
    assert (metadata["Content-Type"], metadata["As-Of"]) == ("application/csvm+json", "2026-06-30")
    assert metadata.json()["tables"][0]["url"].endswith(f"{address}?as_of=2026-06-30&format=csv")
    assert hold(everything, metadata.json()) > 0
    assert everything.get(f"{address}csv-metadata.json?page=1").json()["parameter"] == "page"
    assert (
        everything.get(f"{API}explanations/project_coverage/nope/gap_eur/csv-metadata.json").status_code
        == 404
    )


def test_metadata_refuse_what_a_file_has_no_place_for(everything: Client) -> None:
    for query, parameter in (("format=csv", "format"), ("cursor=x", "cursor"), ("projct=x", "projct")):
        response = everything.get(f"{API}envelopes/csv-metadata.json?{query}")
        assert (response.status_code, response.json()["parameter"]) == (400, parameter)
    assert Client().get(f"{API}advisory-cases/csv-metadata.json").status_code == 401
