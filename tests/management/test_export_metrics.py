"""The four tables as files: the worked example byte for byte, and dates that are refused."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portfolio.rules.dates import today

pytestmark = pytest.mark.django_db

SMALL = Path(__file__).parent.parent / "data" / "small"
FILES = ["chip_comparison.csv", "envelope_utilisation.csv", "portfolio_summary.csv", "project_coverage.csv"]


@pytest.mark.parametrize("day", ["2025-12-31", "2026-06-30", "2026-11-25"])
def test_the_worked_example_is_met_byte_for_byte(tmp_path: Path, day: str) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("export_metrics", tmp_path, as_of=date.fromisoformat(day), verbosity=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SMALL / "expected" / day / name).read_bytes(), name


def test_today_is_the_default(tmp_path: Path) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("export_metrics", tmp_path, verbosity=0)
    assert f"coverage_selected,0.235216,{today()}" in (tmp_path / "portfolio_summary.csv").read_text()


def test_an_empty_portfolio_has_headers_and_zeros(tmp_path: Path) -> None:
    call_command("export_metrics", tmp_path, "--as-of", "2026-01-01", verbosity=0)
    for name in FILES:
        assert (tmp_path / name).read_bytes().endswith(b"\r\n")
    summary = (tmp_path / "portfolio_summary.csv").read_text()
    for line in ("need_eur,0.00,", "coverage,,", "gigafactory_slots_free,,", "existing_chips_total,0,"):
        assert line in summary


@pytest.mark.parametrize("command", ["export_metrics", "recompute"])
def test_a_date_after_today_or_no_date_is_refused_with_a_sentence(tmp_path: Path, command: str) -> None:
    out = [str(tmp_path)] if command == "export_metrics" else []
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(CommandError, match="is after today"):
        call_command(command, *out, "--as-of", str(tomorrow))
    for wrong in ("2026-02-30", "31.12.2025", "yesterday", ""):
        with pytest.raises(CommandError, match="is not a date"):
            call_command(command, *out, "--as-of", wrong)
    assert not list(tmp_path.iterdir())
