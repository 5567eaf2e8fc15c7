"""export_metrics: the contract's bytes, the date it is asked for, and what an empty portfolio gives."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portfolio.models import Project
from portfolio.rules.dates import today
from tests.bundles import METRIC_TABLES, SMALL, contents, differences, load, metrics

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent.parent
HEADERS = {
    name: (SMALL / "expected" / "2026-06-30" / f"{name}.csv").read_bytes().split(b"\r\n")[0]
    for name in METRIC_TABLES
}


@pytest.mark.parametrize("as_of", ["2025-12-31", "2026-06-30", "2026-11-25"])
def test_the_worked_example_byte_for_byte(tmp_path: Path, as_of: str) -> None:
    load(SMALL)
    expected = {name: text.decode() for name, text in contents(SMALL / "expected" / as_of).items()}
    found = metrics(tmp_path, as_of)
    assert not differences(found, expected)
    assert contents(tmp_path) == contents(SMALL / "expected" / as_of)


def test_today_is_the_default(tmp_path: Path) -> None:
    load(SMALL)
    assert not differences(metrics(tmp_path / "a"), metrics(tmp_path / "b", today()))


def test_the_folder_is_made_and_files_of_another_date_are_replaced(tmp_path: Path) -> None:
    load(SMALL)
    out = tmp_path / "not" / "there"
    metrics(out, "2025-12-31")
    (out / "kept.txt").write_text("not a table")
    metrics(out, "2026-06-30")
    assert contents(out) == {**contents(SMALL / "expected" / "2026-06-30"), "kept.txt": b"not a table"}


def test_no_table_was_computed_before_and_none_is_published_by_it(tmp_path: Path) -> None:
    """The command computes from facts: it needs no recomputation, and makes none."""
    load(SMALL)
    Project.objects.filter(slug="giga-c").update(slug="Giga-c")
    projects = [line.split(",")[0] for line in metrics(tmp_path)["project_coverage.csv"].splitlines()]
    assert projects == ["project", "Giga-c", "factory-1", "factory-2", "factory-3", "giga-a", "giga-b"]


def test_a_key_that_begins_like_a_formula_cannot_exist_but_quotes_are_kept_apart(tmp_path: Path) -> None:
    load(SMALL)
    text = metrics(tmp_path, "2026-06-30")["project_coverage.csv"]
    assert '"' not in text
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == 7


@pytest.mark.parametrize("days", [1, 365])
def test_a_date_after_today_is_refused(tmp_path: Path, days: int) -> None:
    day = today() + timedelta(days=days)
    with pytest.raises(CommandError, match=f"{day} is after today, {today()}"):
        call_command("export_metrics", tmp_path / "out", "--as-of", str(day))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-2-3", "20260203", "2026-02-03T00:00", "yesterday", "", "０２-02-2026", "2026-W01-1"],
)
def test_a_malformed_date_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match=r"is not a date. A date is written YYYY-MM-DD"):
        call_command("export_metrics", tmp_path / "out", f"--as-of={text}")
    assert not (tmp_path / "out").exists()


def test_the_exit_status_of_a_refused_date(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "export_metrics", str(tmp_path / "out"), "--as-of", "2999-01-01"]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode in (1, 2)
    assert "2999-01-01 is after today" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_output_that_cannot_be_a_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("export_metrics", out, stdout=io.StringIO())


def test_an_empty_portfolio_gives_headers_and_a_summary_of_nothing(tmp_path: Path) -> None:
    found = metrics(tmp_path, "2026-06-30")
    for name in METRIC_TABLES[:3]:
        assert found[f"{name}.csv"] == HEADERS[name].decode() + "\r\n"
    assert found["portfolio_summary.csv"].split("\r\n") == [
        "metric,value,as_of",
        "ai_factories_selected,0,2026-06-30",
        "gigafactories_selected,0,2026-06-30",
        "gigafactory_slots_free,,2026-06-30",
        "need_eur,0.00,2026-06-30",
        "secured_eur,0.00,2026-06-30",
        "coverage,,2026-06-30",
        "projects_without_need,0,2026-06-30",
        "need_selected_eur,0.00,2026-06-30",
        "secured_selected_eur,0.00,2026-06-30",
        "coverage_selected,,2026-06-30",
        "existing_chips_known_factories,0,2026-06-30",
        "existing_chips_total,0,2026-06-30",
        "existing_chips_mean,,2026-06-30",
        "existing_chips_median,,2026-06-30",
        "existing_chips_max,,2026-06-30",
        "gigafactory_chips_total,0,2026-06-30",
        "claimed_over_existing_mean,,2026-06-30",
        "claimed_over_existing_median,,2026-06-30",
        "claimed_over_existing_max,,2026-06-30",
        "",
    ]
