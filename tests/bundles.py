"""Portfolio bundles for tests: the worked example, changed where a test needs it, and what loading one gives.

A bundle is a dict of file name without `.csv` -> rows; a row is a dict of column -> text as in the file.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date
from difflib import unified_diff
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.strategies import COLUMNS, Row, Rows, write_bundle

SMALL = Path(__file__).parent / "data" / "small"
KEYS = {
    "published_figure_readings": ("figure", "source"),
    "memorandum_actions": ("memorandum", "key"),
    "project_stages": ("project", "stage", "reached_on"),
    "cost_estimates": ("project", "estimated_on"),
    "contribution_events": ("contribution", "kind", "occurred_on"),
    "chip_deployments": ("project", "system"),
    "milestones": ("project", "key"),
    "exchange_rates": ("currency", "date"),
}
METRIC_TABLES = ("project_coverage", "envelope_utilisation", "chip_comparison", "portfolio_summary")


def read_bundle(folder: Path) -> Rows:
    """Return the rows of every file of a bundle."""
    rows: Rows = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows[path.stem] = list(csv.DictReader(file))
    return rows


def example(*names: str) -> Rows:
    """Return the rows of the worked example: of all its files, or of those named."""
    rows = read_bundle(SMALL)
    return {name: rows[name] for name in names or rows}


def row_of(rows: Rows, name: str, *key: str) -> Row:
    """Return the row with this key (its first cells, where fewer are given)."""
    columns = KEYS.get(name, (COLUMNS[name][0],))[: len(key)]
    return next(row for row in rows[name] if tuple(row[column] for column in columns) == key)


def line_of(rows: Rows, name: str, *key: str) -> int:
    """Return the line on which the row with this key stands, where no cell has a line break."""
    return rows[name].index(row_of(rows, name, *key)) + 2


def row(name: str, /, **cells: str) -> Row:
    """Return a row of a file, from the cells that are not empty."""
    assert not set(cells) - set(COLUMNS[name]), cells
    return {column: cells.get(column, "") for column in COLUMNS[name]}


def saved(rows: Rows, folder: Path) -> Path:
    """Write a bundle into a folder, made if missing and emptied of another bundle; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.csv"):
        path.unlink()
    write_bundle(rows, folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file of a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def load(folder: Path, *, replace: bool = False) -> str:
    """Load a bundle through the command; return what it printed."""
    out = io.StringIO()
    call_command("load_portfolio", folder, replace=replace, stdout=out)
    return out.getvalue()


def faults(folder: Path, *, replace: bool = False) -> list[str]:
    """Load a bundle that must be refused; return the lines of its faults, without the count at the end."""
    with pytest.raises(CommandError) as refused:
        load(folder, replace=replace)
    assert refused.value.returncode == 1
    *found, count = str(refused.value).splitlines()
    assert count == f"Nothing was loaded: {len(found)} fault{'s' * (len(found) != 1)}."
    return found


def save(folder: Path) -> dict[str, str]:
    """Save the portfolio through the command; return the text of its files by name, line ends as they are."""
    call_command("save_portfolio", folder, verbosity=0)
    return {name: content.decode() for name, content in contents(folder).items()}


def metrics(folder: Path, as_of: date | str | None = None) -> dict[str, str]:
    """Export the metric tables through the command; return their text by file name."""
    options = [] if as_of is None else ["--as-of", str(as_of)]
    call_command("export_metrics", folder, *options, stdout=io.StringIO())
    return {path.name: path.read_bytes().decode() for path in sorted(folder.glob("*.csv"))}


def table(folder: Path, name: str, as_of: date | str | None = None) -> dict[str, Row]:
    """Export the metric tables and return the rows of one by their key."""
    text = metrics(folder, as_of)[f"{name}.csv"]
    return {next(iter(found.values())): found for found in csv.DictReader(io.StringIO(text, newline=""))}


def only(found: Row, columns: Iterable[str]) -> Row:
    """Return these columns of a row."""
    return {column: found[column] for column in columns}


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """Return the lines in which texts by file name differ, those found with + and those expected with -."""
    lines = [f"file {name} only once" for name in sorted(set(found) ^ set(expected))]
    for name in sorted(set(found) & set(expected)):
        compared = unified_diff(expected[name].split("\r\n"), found[name].split("\r\n"), n=0, lineterm="")
        lines.extend(f"{name} {line}" for line in list(compared)[2:] if not line.startswith("@@"))
    return lines
