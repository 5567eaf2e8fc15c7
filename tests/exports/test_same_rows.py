"""Files have the rows of JSON pages with the same parameters: all of them, in their order, never cut."""

import json
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portfolio.exports.lists import LISTS, Asked, ListTable, read_query, select
from portfolio.exports.writing import text_content
from portfolio.exports.writing_csv import DIALECTS
from portfolio.exports.writing_files import cells_of
from portfolio.jobs.month_ends import keep_month_ends
from portfolio.models import Contribution, Scenario
from portfolio.queries.results import published_set
from portfolio.queries.series import series_sets
from portfolio.queries.snapshot import reading
from tests.bundles import load, saved
from tests.exports.asking import csv_rows, file, lines, sheet_rows, workbook
from tests.making import Made

ILLUSTRATIVE = Path(__file__).parent.parent.parent / "portfolio" / "illustrative"
TABLES = [name for name, table in LISTS.items() if isinstance(table, ListTable)]


@pytest.mark.django_db
def test_the_database_writes_what_python_would() -> None:
    """Of every list, each cell that SQL formats is the text that its kind is written as."""
    call_command("load_portfolio", ILLUSTRATIVE, verbosity=0)
    call_command("recompute", verbosity=0)
    call_command("publish_results", "Board", verbosity=0)
    Scenario.objects.create(slug="s", name="=What, if?")
    keep_month_ends()
    results = published_set()
    assert results is not None
    filled = 0
    for name in TABLES:
        table = LISTS[name]
        with reading():
            sets = tuple(series_sets(results.as_of)) if table.series else ()
            asked = Asked(results.as_of, results=results if table.of_results else None, sets=sets)
            selection = select(table, asked, read_query(table, {}))
            rows = selection.read(table.columns)
            made = [dict(zip(table.by_name, row, strict=True)) for row in cells_of(rows, table.columns)]
            for dialect in DIALECTS:
                by_database = b"".join(text_content(rows, table.columns, "csv", dialect))
                assert by_database == b"".join(text_content(made, table.columns, "csv", dialect)), name
            by_database = b"".join(text_content(rows, table.columns, "jsonl", ""))
            assert lines(by_database) == lines(b"".join(text_content(made, table.columns, "jsonl", ""))), name
        filled += bool(made)
    assert filled == len(TABLES), "a list without rows proves nothing"


@pytest.mark.django_db
@pytest.mark.parametrize("ordering", ["", "-amount_eur,kind", "project_name"])
def test_a_file_has_the_rows_of_all_pages_in_their_order(
    client: Client, tmp_path: Path, ordering: str
) -> None:
    call_command("load_portfolio", ILLUSTRATIVE, verbosity=0)
    asked = "currency=EUR&occurred_on__gte=2025-01-01" + (f"&ordering={ordering}" if ordering else "")
    pages, address = [], f"/api/v1/contribution-events/?{asked}&page_size=50"
    while address:
        page = client.get(address).json()
        pages += page["results"]
        address = page["next"]
    assert len(pages) > 100
    for row in pages:
        del row["links"]
    path = f"contribution-events/?{asked}&page_size=50&format="
    assert lines(file(client, path + "jsonl")) == pages
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in pages]
    assert csv_rows(file(client, path + "csv")) == texts
    excel = csv_rows(file(client, path + "csv&dialect=excel"), ";")
    assert [row["id"] for row in excel] == [row["id"] for row in texts]
    assert [row["amount"].replace(",", ".") for row in excel] == [row["amount"] for row in texts]
    assert [row["id"] for row in sheet_rows(workbook(file(client, path + "xlsx")))] == [
        row["id"] for row in pages
    ]


@pytest.mark.django_db
def test_the_headers_and_the_rows_are_of_one_state(client: Client, tmp_path: Path) -> None:
    load(saved(Made().project().contribution("c", ("signed", "2025-01-01", "1.00")).rows, tmp_path))
    response = client.get("/api/v1/contribution-events/?format=csv")
    assert response["Row-Count"] == "1"
    assert response["Data-Version"] == "1"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert len(response.getvalue().splitlines()) == 2
    head = client.head("/api/v1/contribution-events/?format=csv")
    assert (head["Row-Count"], head.getvalue()) == ("1", b"")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("server", ["gunicorn/25", "WSGIServer/0.2"])
def test_what_is_written_while_a_file_is_read_is_not_in_it(
    client: Client, tmp_path: Path, server: str
) -> None:
    made = Made().project().contribution("c", ("signed", "2025-01-01", "1.00"))
    load(saved(made.rows, tmp_path))
    response = client.get("/api/v1/contribution-events/?format=jsonl", SERVER_SOFTWARE=server)
    with_another = _in_another_connection(made.contribution("d", ("signed", "2025-01-01", "2.00")), tmp_path)
    assert with_another == 2
    assert [json.loads(line)["contribution"] for line in response.getvalue().splitlines()] == ["c"]
    assert response["Row-Count"] == "1"


def _in_another_connection(made: Made, folder: Path) -> int:
    """Load a bundle as another process would; return how many contributions there are then."""
    counted = []

    def work() -> None:
        load(saved(made.rows, folder))
        counted.append(Contribution.objects.count())
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    return counted[0]
