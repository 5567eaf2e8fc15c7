"""Everything as a zipped bundle: it describes itself, loads again, and holds what its reader may have."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import frictionless
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from portfolio.api import downloads
from portfolio.jobs.bundle_format import FILES
from portfolio.models import Project
from tests.access.people import person
from tests.bundles import contents, faults, load
from tests.downloads.asking import fetched, made, refusal

EVERYTHING = "/api/v1/everything.zip"
ILLUSTRATIVE = Path(__file__).parent.parent.parent / "portfolio" / "illustrative"
CONFIDENTIAL = {file.file_name for file in FILES if file.confidential}


def zipped(client: Client, address: str = EVERYTHING) -> bytes:
    response = client.get(address)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/zip"
    return bytes(response.getvalue())


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def described(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unzipped(content)["datapackage.json"])
    return found


@pytest.fixture
def illustrative(db: None) -> None:
    load(ILLUSTRATIVE)


@pytest.mark.usefixtures("illustrative")
def test_saved_zipped_loaded_and_saved_again_the_bytes_are_the_same(tmp_path: Path) -> None:
    first, second, folder = tmp_path / "first.zip", tmp_path / "second.zip", tmp_path / "folder"
    call_command("save_portfolio", first, confidential=True, verbosity=0)
    call_command("save_portfolio", folder, confidential=True, verbosity=0)
    files = unzipped(first.read_bytes())
    del files["datapackage.json"]
    assert files == contents(folder)
    assert "nothing had changed" in load(first)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "sources.csv").write_text("key,publisher,title,url,published_on,note\r\n")
    load(tmp_path / "empty", replace=True)
    assert not Project.objects.exists()
    load(first)
    call_command("save_portfolio", second, confidential=True, verbosity=0)
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.usefixtures("illustrative")
def test_everything_is_a_valid_data_package(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_LICENCE = "CC-BY-4.0"
    client.force_login(person("Officer"))
    path = tmp_path / "everything.zip"
    path.write_bytes(zipped(client))
    report = frictionless.validate(str(path), type="package")
    assert report.flatten(["name", "rowNumber", "note"]) == []
    assert len(report.tasks) == len(FILES)

    package = described(path.read_bytes())
    assert package["licenses"] == [{"name": "CC-BY-4.0"}]
    assert {"title", "path"} <= set(package["sources"][1])
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    events = schemas["contribution_events"]
    types = {field["name"]: field["type"] for field in events["fields"]}
    assert types == {
        "contribution": "string",
        "kind": "string",
        "occurred_on": "date",
        "amount": "number",
        "confidence": "string",
        "source": "string",
    }
    assert "primaryKey" not in events, "two payments of one day may be the same"
    assert schemas["cost_estimates"]["primaryKey"] == ["project", "estimated_on"]
    to_contributions = {"resource": "contributions", "fields": "reference"}
    assert {"fields": "contribution", "reference": to_contributions} in events["foreignKeys"]
    assert {"fields": "parent", "reference": {"resource": "", "fields": "slug"}} in schemas["envelopes"][
        "foreignKeys"
    ]
    assert all(schema["missingValues"] == [""] for schema in schemas.values())


@pytest.mark.usefixtures("illustrative")
def test_a_package_with_a_wrong_cell_is_not_valid(client: Client, tmp_path: Path) -> None:
    """What is described is what would be found wrong: a type, a word, a reference."""
    files = unzipped(zipped(client))
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        del resource["bytes"], resource["hash"]
    files["datapackage.json"] = json.dumps(package).encode()
    files["milestones.csv"] = b"project,key,title,due_on,done_on,source\r\nno-such,m,Title,soon,,\r\n"
    path = tmp_path / "wrong.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    found = frictionless.validate(str(path), type="package").flatten(["type", "fieldName"])
    assert {("type-error", "due_on"), ("constraint-error", "source")} <= {tuple(fault) for fault in found}
    assert "foreign-key" in {kind for kind, _ in found}


@pytest.mark.usefixtures("illustrative")
def test_confidential_files_are_for_who_has_the_right(client: Client) -> None:
    def names(content: bytes) -> set[str]:
        return set(unzipped(content))

    anybody = zipped(client)
    assert names(anybody).isdisjoint(CONFIDENTIAL)
    left_out = {entry["name"]: entry["reason"] for entry in described(anybody)["left_out"]}
    assert {f"{name}.csv" for name in left_out} >= CONFIDENTIAL
    assert left_out["advisory_notes"].startswith("It is confidential")

    client.force_login(person("Officer"))
    assert names(zipped(client)) >= CONFIDENTIAL
    assert described(zipped(client))["left_out"] == []
    assert names(zipped(client, f"{EVERYTHING}?confidential=false")).isdisjoint(CONFIDENTIAL)
    download = made(client, "everything", "zip")
    assert fetched(client, download) == zipped(client)

    editor = Client()
    editor.force_login(person("Editor"))
    held = editor.get(EVERYTHING, headers={"If-None-Match": client.get(EVERYTHING)["ETag"]})
    assert held.status_code == 200, "another reader's answer is another one"
    assert editor.get(EVERYTHING, headers={"If-None-Match": held["ETag"]}).status_code == 304


@pytest.mark.usefixtures("portfolio")
def test_a_large_portfolio_is_to_be_prepared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_ROWS_AT_ONCE", 10)
    assert "POST /api/v1/downloads/" in refusal(client.get(EVERYTHING), 409)["detail"]
    assert refusal(client.get(f"{EVERYTHING}?as_of=2999-01-01"), 400)["parameter"] == "as_of"
    assert refusal(client.get(f"{EVERYTHING}?asof=2026-01-01"), 400)["parameter"] == "asof"


SOURCES = b"key,publisher,title,url,published_on,note\r\nsrc,,Title,,,\r\n"


def packed(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("../sources.csv", SOURCES)], "“../sources.csv” leads out of the zip file"),
        ([("/etc/sources.csv", SOURCES)], "“/etc/sources.csv” leads out of the zip file"),
        ([("..\\sources.csv", SOURCES)], "leads out of the zip file"),
        ([("sources.csv", SOURCES), ("sources.csv", SOURCES)], "“sources.csv” stands twice in it"),
        ([("sources.csv", SOURCES + b"\r\n" * 2_000_000)], "it unpacks to 4 MB, accepted: at most 1 MB"),
        ([("notes.txt", b"nothing")], "there is no file of a portfolio bundle"),
        ([("sourcez.csv", SOURCES)], "“sourcez.csv” is not a file of a portfolio bundle"),
        ([("sources.csv", SOURCES + b"src,,,,,\r\n")], "sources.csv:3: "),
    ],
)
def test_a_harmful_or_faulty_zip_file_changes_nothing(
    tmp_path: Path, settings: Settings, files: list[tuple[str, bytes]], said: str
) -> None:
    settings.BUNDLE_MEGABYTES = 1
    found = faults(packed(tmp_path / "bundle.zip", *files))
    assert said in found[0]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]


@pytest.mark.django_db
def test_a_zip_file_that_is_broken_off_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "bundle.zip", ("sources.csv", SOURCES))
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    assert "it cannot be read as a zip file" in faults(path)[0]


@pytest.mark.django_db
def test_a_zipped_folder_loads_too_with_what_else_is_in_it(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "bundle.zip",
        ("bundle/sources.csv", SOURCES),
        ("bundle/readme.md", b"# About"),
        ("bundle/._sources.csv", b"what macOS adds"),
        ("__MACOSX/bundle/._sources.csv", b"what macOS adds"),
        ("bundle/datapackage.json", b"{}"),
    )
    assert "sources: 1 added" in load(path)
