"""load_portfolio: the files as they lie in a folder: names, bytes, lines, quotes, columns."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from portfolio.models import Milestone, Project, Source
from tests.bundles import SMALL, contents, example, faults, load, save, saved
from tests.strategies import COLUMNS
from tests.template import begin_with_copy

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent.parent
MILESTONES = "project,key,title,due_on,done_on,source\r\n"
RFC = "accepted: RFC 4180: quotes closed, and doubled inside"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of the example."""
    shutil.copytree(SMALL, tmp_path / "bundle", ignore=shutil.ignore_patterns("expected"))
    return tmp_path / "bundle"


def milestones(folder: Path, text: str | bytes) -> Path:
    """Write the file of milestones, without its header; return the folder."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "milestones.csv").write_bytes(MILESTONES.encode() + content)
    return folder


def rewritten(folder: Path, change: dict[bytes, bytes] | None = None, start: bytes = b"") -> Path:
    """Replace bytes in every file, and put some before them."""
    for path in folder.glob("*.csv"):
        content = path.read_bytes()
        for old, new in (change or {}).items():
            content = content.replace(old, new)
        path.write_bytes(start + content)
    return folder


@pytest.mark.parametrize(
    ("change", "start"),
    [({}, b""), ({}, b"\xef\xbb\xbf"), ({b"\r\n": b"\n"}, b""), ({b"\r\n": b"\n"}, b"\xef\xbb\xbf")],
    ids=["as it is", "BOM", "LF", "BOM and LF"],
)
def test_line_ends_and_a_byte_order_mark_make_no_difference(
    folder: Path, tmp_path: Path, change: dict[bytes, bytes], start: bytes
) -> None:
    rewritten(folder, {b"\n": b"\r\n", b"\r\r\n": b"\r\n"})
    load(rewritten(folder, change, start))
    found = save(tmp_path / "saved")
    load(SMALL, replace=True)
    assert save(tmp_path / "again") == found


def test_a_missing_line_end_after_the_last_row(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        path.write_bytes(path.read_bytes().rstrip(b"\r\n"))
    load(folder)
    assert "nothing had changed" in load(SMALL)


def test_columns_in_any_order(folder: Path, tmp_path: Path) -> None:
    load(SMALL)
    expected = save(tmp_path / "saved")
    for name, rows in example().items():
        columns = sorted(COLUMNS[name], reverse=True)
        lines = [columns, *([row[column] for column in columns] for row in rows)]
        quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
        (folder / f"{name}.csv").write_text("\n".join(quoted), encoding="utf-8")
    assert "nothing had changed" in load(folder)
    load(folder, replace=True)
    assert save(tmp_path / "again") == expected


def test_quoted_line_breaks_keep_the_numbers_of_lines_right(folder: Path) -> None:
    text = (
        'giga-a,K-1,"two\r\nlines",,,example\r\ngiga-a,K-2,"and\nthree\n",,,example\n'
        "giga-a,K-3,T,soon,,example\n"
    )
    assert [fault.split(", accepted")[0] for fault in faults(milestones(folder, text))] == [
        "milestones.csv:7: due_on: “soon” is not a date"
    ]
    load(milestones(folder, text.replace("soon", "")))
    assert list(Milestone.objects.filter(key__startswith="K-").values_list("title", flat=True)) == [
        "two\r\nlines",
        "and\nthree\n",
        "T",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('giga-a,K,"never closed,,,example\r\ngiga-a,L,T,,,example\r\n', ["2: row: not readable as CSV ("]),
        (
            'giga-a,K,T,,,example\ngiga-a,L,"a"b,,,example\ngiga-a,M,T,x,,example\n',
            ["3: row: not readable as CSV (", "4: due_on: “x” is not a date"],
        ),
        (
            "giga-a,K,T,,,example,more\r\n",
            ["2: row: 7 cells in the row, accepted: 6 cells, as in the header"],
        ),
        ("giga-a,K,T,,\r\n", ["2: row: 5 cells in the row, accepted: 6 cells"]),
        (
            "giga-a,K,T,,,example\r\n\r\ngiga-b,K,T,,,example\r\n",
            ["3: row: an empty line, accepted: 6 cells"],
        ),
        ("giga-a,K,a\0b,,,example\r\n", ["2: title: a NUL byte, accepted: text without NUL bytes"]),
        ("giga-a,K,T,,,example,\0\r\n", ["2: row: a NUL byte", "2: row: 7 cells"]),
        ("giga-a,K,T,x,,nobody\r\n", ["2: due_on: “x” is not a date", "2: source: “nobody” is unknown"]),
    ],
)
def test_rows_that_are_not_read(folder: Path, text: str, expected: list[str]) -> None:
    found = faults(milestones(folder, text))
    assert len(found) == len(expected), found
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(f"milestones.csv:{start}"), fault
    assert RFC in found[0] or "not readable" not in found[0]


def test_bytes_that_are_not_utf_8_are_named_where_they_are(folder: Path) -> None:
    content = (
        'giga-a,K-1,"ü\n2",,,example\n'.encode()
        + b"giga-a,K-2,caf\xe9,,,example\n"
        + "giga-a,K-3,café,,,example\n".encode()
        + b"giga-a,K-4,T,,,ex\xffample\n"
        + b"giga-a,K-5,\xed\xa0\x80,,,example\n"
        + b"giga-a,K-6,T,,,example,\xfe\n"
    )
    start = "bytes that are not UTF-8, accepted: UTF-8"
    found = faults(milestones(folder, content))
    assert [fault for fault in found if start in fault] == [
        f"milestones.csv:4: title: {start}",
        f"milestones.csv:6: source: {start}",
        f"milestones.csv:7: title: {start}",
        f"milestones.csv:8: row: {start}",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_files_of_another_encoding_are_refused(folder: Path, encoding: str) -> None:
    text = MILESTONES + "giga-a,K,Größe,,,example\r\n"
    (folder / "milestones.csv").write_bytes(text.encode(encoding))
    found = faults(folder)
    assert any("bytes that are not UTF-8" in fault for fault in found)
    assert all(fault.startswith("milestones.csv:") for fault in found)


def test_the_header_is_checked(folder: Path) -> None:
    def headed(header: bytes) -> list[str]:
        (folder / "milestones.csv").write_bytes(header + b"\r\n")
        return [fault.removeprefix("milestones.csv:1: ").split(", accepted")[0] for fault in faults(folder)]

    assert headed(b"project,key,title,due,done_on,source") == [
        "due: unknown column",
        "due_on: missing column",
    ]
    assert headed(b"project,key,title,due_on,done_on") == ["source: missing column"]
    assert headed(b"project,key,title,due_on,done_on,source,Source") == ["Source: unknown column"]
    assert headed(b"project,key,title,title,due_on,done_on,source") == ["title: the column stands twice"]
    assert headed(b"project,key,title,due_on,done_on,source,") == ["header: unknown column"]
    assert headed(b"project;key;title;due_on;done_on;source")[0] == (
        "project;key;title;due_on;done_on;source: unknown column"
    )
    assert headed(b"project,key,tit\0le,due_on,done_on,source") == ["header: a NUL byte"]
    assert headed(b"project,key,title,due_on,done_on,source,caf\xe9") == [
        "header: bytes that are not UTF-8",
        "caf\ufffd: unknown column",
    ]
    assert len(headed(b"")) == len(COLUMNS["milestones"])


def test_unknown_columns_and_wrong_cells_are_found_in_one_pass(folder: Path) -> None:
    text = "project,key,title,due_on,done_on,sauce\r\ngiga-a,K,T,soon,,example\r\ngiga-x,K,T,,,example\r\n"
    (folder / "milestones.csv").write_text(text, newline="")
    assert [fault.split(", accepted")[0] for fault in faults(folder)] == [
        "milestones.csv:1: sauce: unknown column",
        "milestones.csv:1: source: missing column",
        "milestones.csv:2: due_on: “soon” is not a date",
        "milestones.csv:3: project: “giga-x” is unknown",
    ]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_a_file_without_a_header(folder: Path, content: bytes) -> None:
    (folder / "milestones.csv").write_bytes(content)
    accepted = "a header row: project, key, title, due_on, done_on, source"
    assert faults(folder) == [f"milestones.csv:1: header: the file is empty, accepted: {accepted}"]


def test_files_of_headers_alone_are_an_empty_portfolio(tmp_path: Path) -> None:
    assert "nothing had changed" in load(saved({name: [] for name in COLUMNS}, tmp_path / "empty"))
    load(SMALL)
    assert "nothing had changed" in load(tmp_path / "empty")
    load(tmp_path / "empty", replace=True)
    assert not Project.objects.exists()
    assert not Source.objects.exists()
    assert all(content.count(b"\r\n") == 1 for content in contents(saved({}, tmp_path / "x")).values())
    assert {text.count("\r\n") for text in save(tmp_path / "saved").values()} == {1}


@pytest.mark.parametrize(
    "name", ["project.csv", "Projects.csv", "projects.CSV", "projects .csv", "expected.csv"]
)
def test_a_csv_file_of_another_name(folder: Path, name: str) -> None:
    (folder / name).write_text("anything")
    found = faults(folder)
    assert len(found) == 1
    assert found[0].startswith(
        f"{name}:1: file name: “{name}” is not a file of a portfolio bundle, accepted: "
    )
    assert all(f"{known}.csv" in found[0] for known in COLUMNS)


def test_other_files_and_folders_are_ignored(folder: Path) -> None:
    (folder / "README.md").write_bytes(b"\xff\xfe")
    (folder / "projects.csv.bak").write_text("no")
    (folder / "csv").write_text("no")
    (folder / "more.csv").mkdir()
    (folder / "more.csv" / "unknown.csv").write_text("no")
    load(folder)
    assert Project.objects.count() == 6


def test_a_folder_without_any_file_of_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    found = faults(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(
        f"{tmp_path.name}:1: folder: there is no file of a portfolio bundle, accepted: "
    )


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(CommandError, match="is not a folder"):
            load(path)


def test_faults_of_several_files_are_found_in_one_pass_in_order(folder: Path) -> None:
    milestones(folder, "giga-a,K,,,,example\r\ngiga-a,K,T,,,\r\n")
    (folder / "sources.csv").write_bytes(
        (folder / "sources.csv").read_bytes().replace(b"2026-01-01", b"lately")
    )
    (folder / "stages.csv").write_text("")
    (folder / "exchange_rates.csv").write_text("currency,date\nPLN,2026-01-01\n")
    assert [fault.split(", accepted")[0] for fault in faults(folder)] == [
        "exchange_rates.csv:1: per_euro: missing column",
        "milestones.csv:2: title: empty",
        "milestones.csv:3: source: empty",
        "milestones.csv:3: project, key: “giga-a, K” already stands in line 2",
        "sources.csv:3: published_on: “lately” is not a date",
        "stages.csv:1: file name: “stages.csv” is not a file of a portfolio bundle",
    ]


def test_a_row_without_cells_for_a_quote_of_millions_of_characters(folder: Path) -> None:
    milestones(folder, 'giga-a,K,"' + "x" * 17_000_000)
    found = faults(folder)
    assert len(found) == 1
    assert found[0].startswith("milestones.csv:2: row: a cell of more than 16000000 characters, or a quote")


@pytest.mark.no_database
def test_the_command_as_a_process(folder: Path, tmp_path: Path) -> None:
    """Faults go to standard error with exit status 1; what was done goes to standard output with 0."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "CELERY_BROKER_URL": "",
    }

    def manage(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    begin_with_copy(tmp_path / "db.sqlite3")
    assert manage("migrate", "-v0").returncode == 0
    milestones(folder, "giga-a,K,Łódź,soon,,example\r\n")
    refused = manage("load_portfolio", str(folder))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "milestones.csv:2: due_on: “soon” is not a date, accepted: YYYY-MM-DD" in refused.stderr
    assert refused.stderr.rstrip().endswith("Nothing was loaded: 1 fault.")
    assert "Traceback" not in refused.stderr
    milestones(folder, "")
    done = manage("load_portfolio", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "projects: 6 added, 0 changed, 0 removed" in done.stdout
    assert "nothing had changed" in manage("load_portfolio", str(folder)).stdout
    exported = manage("export_metrics", str(tmp_path / "out"), "--as-of", "2026-06-30")
    assert exported.returncode == 0
    assert contents(tmp_path / "out") == contents(SMALL / "expected" / "2026-06-30")
