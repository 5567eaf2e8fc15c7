"""In which format an answer is, single rows, and whatever is asked for in a wrong way."""

import csv
import json
from io import StringIO
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.exports.lists import LISTS
from portfolio.jobs.bundle_format import public_files
from portfolio.jobs.facts import save_fact
from portfolio.models import ChipDeployment, ContributionEvent, Project
from tests.api.asking import API, page, refusal, rows
from tests.bundles import contents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]

NDJSON = "application/x-ndjson"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        (BROWSER, "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/json;q=0.1", "text/csv; charset=utf-8"),
        (NDJSON, NDJSON),
        ("application/json, text/csv;q=0.9", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_format(client: Client, accept: str | None, content_type: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = client.get(f"{API}projects/", headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert "Accept" in response["Vary"]


def test_the_parameter_counts_more_than_the_header(client: Client) -> None:
    response = client.get(f"{API}projects/?format=csv", headers={"accept": "application/json"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_what_cannot_be_met_is_said_to_be(client: Client) -> None:
    response = client.get(f"{API}projects/", headers={"accept": "image/png"})
    assert response.status_code == 406
    assert response["Content-Type"] == "application/problem+json"
    assert "text/csv" in response.json()["detail"]


@pytest.mark.parametrize("name", sorted(n for n, t in LISTS.items() if not t.address and not t.permission))
def test_every_format_has_the_same_columns_and_values(client: Client, name: str) -> None:
    query = "from=2026-06-14&to=2026-06-30" if LISTS[name].group == "changes" else ""
    found = page(client, f"{name}/?{query}&page_size=1000")
    answer = client.get(f"{API}{name}/?{query}&format=csv")
    header, *lines = csv.reader(StringIO(answer.getvalue().decode(), newline=""))
    names = [column.name for column in LISTS[name].usual]
    assert header == names
    assert int(answer["Row-Count"]) == found["count"] == len(lines)
    assert answer["Data-Version"] == str(found["data_version"])
    assert answer["As-Of"] == found["as_of"]
    free = {column.name for column in LISTS[name].columns if column.free}
    for row, cells in zip(found["results"], lines, strict=True):
        assert [key for key in row if key != "links"] == names
        for key, cell in zip(names, cells, strict=True):
            value = row[key]
            told = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert cell == told or (key in free and cell == f"'{told}")
    told_by_line = [
        json.loads(line)
        for line in client.get(f"{API}{name}/?{query}&format=jsonl").getvalue().decode().splitlines()
    ]
    assert told_by_line == [{key: row[key] for key in names} for row in found["results"]]


def test_facts_begin_with_the_columns_of_the_bundle_in_its_order_and_rows(
    client: Client, tmp_path: Path
) -> None:
    call_command("save_portfolio", tmp_path, verbosity=0)
    saved = contents(tmp_path)
    for file in public_files().values():
        table = LISTS.get(file.name.replace("_", "-"))
        if table is None or file.model._meta.app_label != "portfolio":
            continue
        names = [column.name for column in table.columns][: len(file.column_names)]
        assert names == list(file.column_names), file.name
        whole = client.get(f"{API}{table.name}/?format=jsonl&fields={','.join(names)}").getvalue().decode()
        found = [
            ["" if cell is None else str(cell) for cell in json.loads(line).values()]
            for line in whole.splitlines()
        ]
        text = saved.get(file.file_name, b"").decode()
        expected = list(csv.reader(StringIO(text, newline="")))[1:]
        assert found == expected, file.name


def test_an_empty_result_has_its_header(client: Client) -> None:
    series = client.get(f"{API}portfolio-summary-series/?format=csv")
    assert series.getvalue() == b"metric,value,as_of\r\n"
    assert (
        client.get(f"{API}recomputations/?format=csv&requests__gte=99999999999&fields=id").getvalue()
        == b"id\r\n"
    )
    response = client.get(f"{API}projects/?format=csv&slug=nobody&fields=name,slug")
    assert response.getvalue() == b"name,slug\r\n"
    assert response["Row-Count"] == "0"
    assert page(client, "projects/?slug=nobody")["results"] == []


@pytest.mark.parametrize("query", ["", "?format=csv", "?format=jsonl"])
def test_head_has_the_headers_alone(client: Client, query: str) -> None:
    whole = client.get(f"{API}contribution-events/{query}")
    head = client.head(f"{API}contribution-events/{query}")
    assert head.status_code == 200
    assert head.getvalue() == b""
    assert head.get("Content-Length") != "0"
    for name in ("Content-Type", "Row-Count", "As-Of", "Data-Version", "ETag"):
        assert head[name] == whole[name]


@pytest.mark.parametrize(
    "listed",
    [
        "projects/",
        "project-stages/",
        "chip-deployments/",
        "published-figure-readings/",
        "exchange-rates/",
        "contribution-events/",
        "project-coverage/?as_of=2026-03-31",
        "portfolio-summary/",
        "published-figure-checks/",
        "published-figure-parts/",
    ],
)
def test_a_row_has_an_address_of_its_own(client: Client, listed: str) -> None:
    row = rows(client, listed)[-1]
    own = row["links"]["self"]
    assert page(client, own) == row
    column = next(iter(row))
    joined = "&" if "?" in own else "?"
    assert page(client, f"{own}{joined}fields={column}") == {column: row[column]}


def test_a_key_may_have_any_sign(client: Client) -> None:
    deployment = ChipDeployment.objects.earliest("pk")
    deployment.system = "a/b ~ ?c#d%2F é"
    deployment.save()
    [row] = rows(client, f"chip-deployments/?project={deployment.project.slug}&system__contains=~")
    assert page(client, row["links"]["self"]) == row


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("projects/nobody/", "Projects have no such row"),
        ("project-stages/giga-a/", "project~stage~reached_on"),
        ("exchange-rates/PLN~yesterday/", "a day as YYYY-MM-DD"),
        ("contribution-events/x/", "a whole number"),
        ("projekts/", "Did you mean projects?"),
        ("publications/nope/restated/", "There is no publication “nope”"),
        ("scenarios/nope/project-coverage/", "There is no scenario “nope”"),
        ("explanations/nothing/x/y/", "nothing"),
    ],
)
def test_what_there_is_not_is_a_problem_document(client: Client, address: str, words: str) -> None:
    assert words in refusal(client, address, 404)["detail"]


def test_any_other_address_of_the_api_is_a_problem_document(client: Client) -> None:
    for address in ("/api/", "/api/v2/projects/", "/api/v1/a/b/c/"):
        response = client.get(address)
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
    assert client.get(f"{API}projects?kind=ai_factory").url == f"{API}projects/?kind=ai_factory"  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["projects/", "projects/giga-a/", "", "explanations/a/b/c/"])
def test_nothing_is_written(client: Client, method: str, address: str) -> None:
    response = getattr(client, method)(f"{API}{address}")
    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"
    assert "GET" in response["Allow"]


def test_a_row_takes_few_parameters(client: Client) -> None:
    assert refusal(client, "projects/giga-a/?kind=ai_factory")["parameter"] == "kind"
    assert refusal(client, "projects/giga-a/?format=csv")["parameter"] == "format"


def test_the_root_lists_what_there_is(client: Client) -> None:
    found: dict[str, Any] = client.get(API).json()
    names = [listed["name"] for listed in found["lists"]]
    assert {"projects", "contribution-events", "project-coverage-series", "changes", "alerts"} <= set(names)
    for listed in found["lists"]:
        if "{" not in listed["address"]:
            assert client.head(listed["address"]).status_code in (200, 401, 403), listed


@pytest.mark.parametrize(
    "address",
    ["contribution-events/?page_size=3", "project-coverage/?format=csv", "projects/giga-a/", "changes/"],
)
def test_an_unchanged_list_costs_one_query(client: Client, address: str) -> None:
    client.get(API + address)
    first = client.get(API + address)
    with CaptureQueriesContext(connection) as asked:
        again = client.get(API + address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert len(asked) == 1
    event = ContributionEvent.objects.filter(kind="signed").earliest("pk")
    save_fact(event, "a test")
    event.amount = (event.amount or 0) + 1
    save_fact(event, "a test")
    assert client.get(API + address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_an_unchanged_list_may_be_asked_for_by_date(client: Client) -> None:
    address = f"{API}projects/"
    assert "Last-Modified" not in client.get(address), "too new to tell changes within a second apart"
    sleep(2.1)
    first = client.get(address)
    since = {"if-modified-since": first["Last-Modified"]}
    assert client.get(address, headers=since).status_code == 304
    alerts = client.get(f"{API}alerts/", headers=since)
    assert alerts.status_code == 200, "a date does not say who asked then"
    assert alerts["Last-Modified"] == first["Last-Modified"]
    save_fact(Project.objects.earliest("pk"), "a test")
    project = Project.objects.earliest("pk")
    project.city = "Elsewhere"
    save_fact(project, "a test")
    assert client.get(address, headers=since).status_code == 200
    assert "Last-Modified" not in client.get(f"{API}projects/giga-a/")


def test_another_format_has_another_tag(client: Client) -> None:
    tag = client.get(f"{API}projects/")["ETag"]
    headers = {"if-none-match": tag, "accept": "text/csv"}
    assert client.get(f"{API}projects/", headers=headers).status_code == 200


def test_published_rows_are_filtered_like_others(client: Client) -> None:
    call_command("publish_results", "Board", "--as-of", "2026-06-30", verbosity=0)
    found = page(client, "project-coverage/?published=board&coverage__empty=false&ordering=-coverage")
    now = page(client, "project-coverage/?as_of=2026-06-30&coverage__empty=false&ordering=-coverage")
    told = [{k: v for k, v in row.items() if k != "links"} for row in found["results"]]
    assert told == [{k: v for k, v in row.items() if k != "links"} for row in now["results"]]
    assert len(told) > 1
    refused = refusal(client, "project-coverage/?published=board&fields=project_name")
    assert refused["parameter"] == "fields"
