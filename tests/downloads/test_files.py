"""Files that are prepared: the same as direct ones, complete, and said to be so."""

from hashlib import sha256

import pytest
from django.core.management import call_command
from django.test import Client

from tests.downloads.asking import ask, fetched, made, refusal
from tests.exports.asking import about, sheet_rows, workbook

pytestmark = pytest.mark.usefixtures("portfolio")

SAME = [
    ("contributions", "csv", {"note__contains": "1"}),
    ("contributions", "csv", {"dialect": "excel", "ordering": "-reference", "fields": "reference,note"}),
    ("contribution-events", "jsonl", {"as_of": "2026-02-28", "kind__in": "signed,approved"}),
    ("project-coverage", "csv", {"as_of": "2026-02-02"}),
    ("project-coverage-series", "jsonl", {}),
    ("changes", "csv", {"from": "2026-01-01", "to": "2026-03-31"}),
    ("contributions", "csv", {"reference": "none-such"}),
    ("everything", "zip", {}),
    ("everything", "zip", {"as_of": "2026-02-02"}),
]


@pytest.mark.parametrize(("name", "format_", "parameters"), SAME)
def test_a_file_is_the_same_as_the_direct_one(
    ana: Client, name: str, format_: str, parameters: dict[str, str]
) -> None:
    call_command("recompute", verbosity=0)
    download = made(ana, name, format_, **parameters)
    assert (download["state"], download["message"]) == ("ready", None)
    content = fetched(ana, download)
    direct = ana.get(download["address"])
    assert content == direct.getvalue()
    assert download["rows_expected"] == download["rows_written"] == int(direct["Row-Count"])
    assert download["bytes"] == len(content)
    assert download["sha256"] == sha256(content).hexdigest()
    assert download["data_version"] == int(direct["Data-Version"])
    sent = ana.get(download["links"]["file"])
    for header in ("Content-Type", "Content-Disposition", "Row-Count", "Data-Version", "Link"):
        assert sent.get(header) == direct.get(header)
    assert ana.head(download["links"]["file"])["Content-Length"] == str(len(content))


def test_a_workbook_has_the_same_rows_and_says_where_they_are(ana: Client) -> None:
    download = made(ana, "contributions", "xlsx", currency="PLN")
    book, direct = workbook(fetched(ana, download)), workbook(ana.get(download["address"]).getvalue())
    assert sheet_rows(book) == sheet_rows(direct)
    assert about(book) == about(direct)
    assert about(book)["Source"].endswith("/api/v1/contributions/?currency=PLN&format=xlsx")


def test_what_cannot_be_made_says_why(ana: Client) -> None:
    download = made(ana, "project-coverage", "csv")  # nothing was computed yet
    assert download["state"] == "failed"
    assert download["message"] == "Nothing has been computed yet. Run the recompute command."
    assert "file" not in download["links"]
    gone = refusal(ana.get(download["links"]["self"] + "file/"), 409)
    assert download["message"] in gone["detail"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ('{"list": "contributionz"}', "list"),
        ('{"list": "contributions", "format": "pdf"}', "format"),
        ('{"list": "contributions", "parameters": {"projct": "a"}}', "projct"),
        ('{"list": "contributions", "parameters": {"project": 1}}', "project"),
        ('{"list": "contributions", "parameters": {"project": "\\ud800"}}', "project"),
        ('{"list": "contributions", "parameters": {"project": "a", "project": "b"}}', "project"),
        ('{"list": "contributions", "parameters": {"as_of": "2999-01-01"}}', "as_of"),
        ('{"list": "contributions", "parameters": {"page_size": "10"}}', "page_size"),
        ('{"list": "everything", "parameters": {"confidential": "perhaps"}}', "confidential"),
        ('{"list": "contributions", "colour": "red"}', "colour"),
        ("{}", "list"),
        ("[" * 20_000, "body"),
        ("", "body"),
    ],
)
def test_a_request_that_is_malformed_is_named(ana: Client, body: str, parameter: str) -> None:
    response = ana.post("/api/v1/downloads/", body, content_type="application/json")
    assert refusal(response, 400)["parameter"] == parameter


def test_a_published_table_is_had_byte_for_byte(ana: Client) -> None:
    call_command("recompute", verbosity=0)
    call_command("publish_results", "Board paper", verbosity=0)
    download = made(ana, "project-coverage", "csv", published="board-paper")
    assert fetched(ana, download) == ana.get(download["address"]).getvalue()
    assert ask(ana, "project-coverage", "csv", published="none").status_code == 404
