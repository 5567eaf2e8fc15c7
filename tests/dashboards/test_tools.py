"""The snippets for people's own tools, run as the pages show them, against a running server."""

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from portfolio.dashboards.tools import SNIPPETS, TOOLS
from portfolio.exports.lists import LISTS, Kind
from portfolio.exports.numbers import exact_euro
from portfolio.jobs.api_tokens import make_token
from portfolio.models import (
    ContributionState,
    EnvelopeUtilisation,
    PortfolioSummary,
    ProjectCoverage,
    ResultSet,
)
from portfolio.rules.dates import today
from tests.loaded import load_small

SMALL = Path(__file__).parent.parent / "data" / "small"
AS_OF = "2026-06-30"
served = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portfolio(transactional_db: None) -> None:
    load_small()


def run(command: list[Any], url: str, folder: Path, **environment: str) -> str:
    """Run a snippet in an empty folder, as a person would who saved it; return what it prints."""
    finished = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "INVESTAI_URL": url, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def figures(output: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in output.splitlines())


# --- What they compute --------------------------------------------------------------------------------------


@served
@pytest.mark.usefixtures("portfolio")
def test_pandas_rebuilds_the_overview_to_the_cent(live_server: Any, client: Client, tmp_path: Path) -> None:
    """Every figure beside the result tables, and the amounts beside what the pages write."""
    for as_of in ("", AS_OF):
        command = [sys.executable, SNIPPETS / "pandas_overview.py", *([as_of] if as_of else [])]
        found = figures(run(command, live_server.url, tmp_path))
        query = f"?as_of={found['as_of']}"
        overview = client.get(f"/{query}").content.decode()
        results = ResultSet.objects.get(as_of=found.pop("as_of"))
        summary = dict(PortfolioSummary.objects.filter(result_set=results).values_list("metric", "value"))
        for name in found.keys() & summary.keys():
            assert Decimal(found[name]) == Decimal(summary[name]), name
        assert len(found.keys() & summary.keys()) >= 9
        for name in ("secured_with_need_eur", "need_selected_eur", "open_eur"):
            assert exact_euro(Decimal(found[name])) in overview, name
        covered = ProjectCoverage.objects.filter(result_set=results).select_related("project")
        coverage = {row.project.slug: row for row in covered}
        used = EnvelopeUtilisation.objects.filter(result_set=results).select_related("envelope")
        envelopes = {row.envelope.slug: row for row in used}
        gaps = {name.split()[1]: value for name, value in found.items() if name.startswith("gap_eur ")}
        rooms = {name.split()[1]: value for name, value in found.items() if name.startswith("headroom_eur ")}
        assert gaps
        assert rooms == {
            slug: f"{row.headroom_eur}" for slug, row in envelopes.items() if row.headroom_eur is not None
        }
        for slug, value in gaps.items():
            assert Decimal(value) == coverage[slug].gap_eur, slug
            page = client.get(f"/projects/{slug}/{query}").content.decode()
            assert exact_euro(Decimal(value)) in page, slug
        for slug, value in rooms.items():
            page = client.get(f"/envelopes/{slug}/{query}").content.decode()
            assert exact_euro(Decimal(value)) in page, slug


@served
@pytest.mark.usefixtures("portfolio")
def test_other_snippets_read_everything_exactly(live_server: Any, client: Client, tmp_path: Path) -> None:
    printed = run([sys.executable, SNIPPETS / "pandas_read.py"], live_server.url, tmp_path)
    signed = LISTS["contribution-events"]
    manifest = client.get(f"/api/v1/{signed.name}/manifest/?kind=signed").json()
    total = manifest["sums"]["amount_eur"]
    expected = f"{manifest['row_count']} signatures, {total['sum']} euro, {total['rows_without']} unknown"
    assert printed.strip() == expected
    count = client.get(f"/api/v1/{signed.name}/").json()["count"]
    printed = run([sys.executable, SNIPPETS / "pandas_pages.py"], live_server.url, tmp_path)
    assert printed.startswith(f"{count} events, {count} different")
    printed = run(["bash", SNIPPETS / "curl_read.sh", signed.name, "kind=signed"], live_server.url, tmp_path)
    assert f"row-count: {manifest['row_count']}" in printed.lower()
    whole = client.get(f"/api/v1/{signed.name}/?format=csv&kind=signed").getvalue()
    assert (tmp_path / f"{signed.name}.csv").read_bytes() == whole
    metadata = json.loads((tmp_path / f"{signed.name}.csv-metadata.json").read_text())
    assert metadata["tables"][0]["url"].startswith(f"{live_server.url}/api/v1/{signed.name}/")
    pages = ["bash", SNIPPETS / "curl_pages.sh", signed.name, "page_size=10"]
    assert run(pages, live_server.url, tmp_path).strip() == f"{-(-count // 10)} pages"
    rows = [
        row["id"]
        for file in tmp_path.glob(f"{signed.name}.*.json")
        if file.name.split(".")[1].isdigit()
        for row in json.loads(file.read_text())["results"]
    ]
    assert len(rows) == len(set(rows)) == count


@served
@pytest.mark.usefixtures("portfolio")
@pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R: bash scripts/test_services.sh r")
def test_r_adds_up_to_the_cent(live_server: Any, tmp_path: Path) -> None:
    printed = run(["Rscript", "--vanilla", SNIPPETS / "r_read.R"], live_server.url, tmp_path)
    found = dict(line.split() for line in printed.splitlines())
    signed = ContributionState.objects.filter(state="signed").exclude(contribution__instrument="guarantee")
    sums: dict[str, Decimal] = {}
    for slug, amount in signed.values_list("project__slug", "amount_eur"):
        sums[slug] = sums.get(slug, Decimal("0.00")) + (amount or 0)
    assert {name: Decimal(text) for name, text in found.items()} == {**sums, "all": sum(sums.values())}
    assert all(re.fullmatch(r"[0-9]+\.[0-9]{2}", text) for text in found.values())


@served
@pytest.mark.usefixtures("portfolio")
def test_snippets_use_a_token_where_reading_is_closed(
    live_server: Any, settings: Settings, tmp_path: Path
) -> None:
    settings.PUBLIC_READ = False
    owner = User.objects.create_superuser("ana", password="a-long-password")
    token = make_token(owner, "a test", "read", f"{today()}")[1]
    read = ["bash", SNIPPETS / "curl_read.sh", "projects"]
    with pytest.raises(AssertionError, match="401"):
        run(read, live_server.url, tmp_path)
    assert "row-count" in run(read, live_server.url, tmp_path, INVESTAI_TOKEN=token).lower()
    python = [sys.executable, SNIPPETS / "pandas_read.py"]
    assert "signatures" in run(python, live_server.url, tmp_path, INVESTAI_TOKEN=token)


# --- What cannot be run here: Power Query -------------------------------------------------------------------

M_TYPES = {
    Kind.MONEY: "Currency.Type",
    Kind.WHOLE: "Int64.Type",
    Kind.DAY: "type date",
    Kind.MOMENT: "type datetimezone",
    Kind.FLAG: "type logical",
}


@pytest.mark.django_db
def test_the_query_for_excel_names_what_there_is(client: Client) -> None:
    """Its address answers; every column that is no text has its type, and every name is one."""
    text = (SNIPPETS / "excel_read.pq").read_text()
    name = re.findall(r'List = "([^"]+)"', text)[0]
    (parameters,) = re.findall(r"Parameters = \[(.+)\]", text)
    query = dict(re.findall(r'(\w+) = "([^"]*)"', parameters))
    assert '"api/v1/" & List & "/"' in text
    table = LISTS[name]
    response = client.get(f"/api/v1/{name}/", query)
    header = response.getvalue().decode().splitlines()[0].split(",")
    typed = dict(re.findall(r'\{"(\w+)", ([\w. ]+)\}', text))
    assert typed == {
        column: M_TYPES[table.by_name[column].kind]
        for column in header
        if table.by_name[column].kind in M_TYPES
    }
    assert text.count("(") == text.count(")")
    assert text.count("[") == text.count("]")
    assert text.count("{") == text.count("}")
    page = client.get("/data/tools/excel/").content.decode()
    assert "has not been run in Excel" in page


# --- The pages ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_pages_show_the_files_that_are_run(client: Client) -> None:
    shown = set()
    for tool in TOOLS.values():
        page = unescape(client.get(f"/data/tools/{tool.name}/").content.decode())
        for file in tool.files:
            assert (SNIPPETS / file).read_text().strip() in page, file
            saved = client.get(f"/data/tools/files/{file}")
            assert saved.content == (SNIPPETS / file).read_bytes()
            assert saved["Content-Type"].startswith("text/plain")
        shown |= set(tool.files)
    assert shown == {path.name for path in SNIPPETS.iterdir() if path.is_file()}
    assert client.get("/data/tools/nope/").status_code == 404
    assert client.get("/data/tools/files/tools.py").status_code == 404
