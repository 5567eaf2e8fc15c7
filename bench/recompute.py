"""Measure recomputation beside a plain SQL sum, on SQLite and PostgreSQL in one run.

    python bench/recompute.py [--sqlite FILE] [--postgres URL] [--projects 1000,10000] [--edits 40]

Each size (100 events and 30 contributions a project) gets a database of its own, which this script makes and
removes: nothing else may be called so. Every measurement is a child process; no two run at once. Prints a
table, and writes docs/img/recompute.svg and the measured part of docs/measurements.md; asserts nothing.
"""

import argparse
import json
import os
import platform
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django
import psycopg
from psycopg import sql

from bench.chart import Line, log_log_chart
from bench.make_portfolio import make_portfolio

CHILD = Path(__file__).with_name("recompute_child.py")
DOCS = ROOT / "docs"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
EVENTS, CONTRIBUTIONS = 100, 30  # a project
BAR_RATIO, BAR_MIB, BAR_EDIT_MS, BAR_EDIT_GROWTH = 8, 300, 100, 1.5

Measured = dict[str, float]


class Row(NamedTuple):
    """One line of the table: what is measured, and how to write it."""

    title: str
    text: Callable[[Measured], str]


ROWS = (
    Row("events", lambda m: f"{m['events']:,.0f}"),
    Row("bundle loaded, rows/s", lambda m: f"{m['load_rows_per_second']:,.0f}"),
    Row("plain SQL sum, s", lambda m: f"{m['sum_seconds']:.3f}"),
    Row("**full recompute, s**", lambda m: f"{m['full_seconds']:.2f}"),
    Row(f"**over the plain sum (at most {BAR_RATIO})**", lambda m: f"{ratio(m):.1f}"),
    Row("the first recompute after a load, s", lambda m: f"{m['first_seconds']:.2f}"),
    Row(f"**memory of a process that recomputes, MiB (under {BAR_MIB})**", lambda m: f"{m['peak_mib']:.0f}"),
    Row("results a year ago, s", lambda m: f"{m['past_seconds']:.2f}"),
    Row("the same brought up to date after an edit, ms", lambda m: f"{m['past_again_seconds'] * 1000:.0f}"),
    Row(
        f"**an edit until its results are published, ms (under {BAR_EDIT_MS})**",
        lambda m: f"{m['edit_seconds'] * 1000:.0f}",
    ),
    Row("the slowest of them, ms", lambda m: f"{m['slowest_edit_seconds'] * 1000:.0f}"),
    Row(
        "SQL statements of an edit, median and most",
        lambda m: f"{m['statements']:.0f}, {m['most_statements']:.0f}",
    ),
    Row("the same sum by a loop over the ORM, s", lambda m: f"{m['loop_seconds']:.2f}"),
)


def ratio(measured: Measured) -> float:
    """Return what a full recompute costs in plain sums."""
    return measured["full_seconds"] / measured["sum_seconds"]


@contextmanager
def sqlite_file(file: Path) -> Iterator[str]:
    """Give the URL of a new SQLite database, and remove it at the end."""
    if file.exists():
        raise SystemExit(f"{file} exists. Name a file that does not.")
    try:
        yield f"sqlite:///{file.resolve()}"
    finally:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


@contextmanager
def postgres_database(url: str) -> Iterator[str]:
    """Make the database of the URL anew, and remove it at the end."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(url.removesuffix(name) + "postgres", autocommit=True) as server:
        identifier = sql.Identifier(name)
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(identifier)
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            yield url
        finally:
            server.execute(drop)


def child(url: str, *arguments: str) -> Measured:
    """Run one kind of measurement on a database in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CELERY_BROKER_URL": "",
        "DEBUG": "off",
    }
    command = [sys.executable, str(CHILD), *arguments]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def measure(url: str, bundle: Path, projects: int, edits: int) -> Measured:
    return {
        "projects": projects,
        "events": projects * EVENTS,
        **child(url, "load", str(bundle)),
        **child(url, "memory"),
        **child(url, "measure", str(edits)),
    }


def run(options: argparse.Namespace) -> dict[str, list[Measured]]:
    """Measure every size on both databases; return the measurements by database, by size."""
    found: dict[str, list[Measured]] = {"SQLite": [], "PostgreSQL": []}
    for projects in map(int, options.projects.split(",")):
        with tempfile.TemporaryDirectory() as temporary:
            bundle = Path(temporary) / "bundle"
            make_portfolio(bundle, projects, projects * CONTRIBUTIONS, projects * EVENTS, seed=1)
            file = options.sqlite or Path(temporary) / "bench.sqlite3"
            for name, database in (
                ("SQLite", sqlite_file(file)),
                ("PostgreSQL", postgres_database(options.postgres)),
            ):
                print(f"{name}, {projects:,} projects …", file=sys.stderr, flush=True)
                with database as url:
                    found[name].append(measure(url, bundle, projects, options.edits))
    return found


def table(found: dict[str, list[Measured]]) -> str:
    """Return all measurements as a Markdown table: a column a database and size."""
    columns = [(name, measured) for name, sizes in found.items() for measured in sizes]
    lines = [
        "| | " + " | ".join(f"{name}, {m['projects']:,.0f} projects" for name, m in columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    lines += [
        f"| {row.title} | " + " | ".join(row.text(measured) for _, measured in columns) + " |" for row in ROWS
    ]
    return "\n".join(lines) + "\n"


def verdicts(found: dict[str, list[Measured]]) -> list[str]:
    """Return a sentence for each bar and database: what it is, and whether it is met."""
    sentences = []
    for name, sizes in found.items():
        least, most = sizes[0], sizes[-1]
        growth = most["edit_seconds"] / least["edit_seconds"]
        times, edit = ratio(most), least["edit_seconds"] * 1000
        statements = (least["most_statements"], most["most_statements"])
        at_most = f"at {most['projects']:,.0f} projects"
        bars = [
            (f"full recompute {at_most}, {times:.1f} plain sums, at most {BAR_RATIO}", times <= BAR_RATIO),
            (f"memory {at_most}, {most['peak_mib']:.0f} MiB, under {BAR_MIB}", most["peak_mib"] < BAR_MIB),
            (
                f"an edit at {least['projects']:,.0f} projects, {edit:.0f} ms, under {BAR_EDIT_MS}",
                edit < BAR_EDIT_MS,
            ),
            (
                f"an edit {at_most}, {growth:.2f} times that, at most {BAR_EDIT_GROWTH}",
                growth <= BAR_EDIT_GROWTH,
            ),
            (
                f"most statements of an edit, {statements[0]:.0f} and {statements[1]:.0f}, equal",
                statements[0] == statements[1],
            ),
        ]
        sentences += [f"{name}: {bar}: **{'met' if met else 'missed'}**." for bar, met in bars]
    return sentences


def machine(postgres: str) -> str:
    """Return what was measured on, in general words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with psycopg.connect(postgres) as connection:
        server = connection.info.server_version // 10000
    return (
        f"{datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of"
        f" memory, load average {os.getloadavg()[1]:.1f} at the start; Python {platform.python_version()},"
        f" Django {django.__version__}, SQLite {sqlite3.sqlite_version}, PostgreSQL {server}"
        " as installed, on the same machine."
    )


def chart(found: dict[str, list[Measured]]) -> str:
    """Return the chart of cost against size as SVG."""
    kinds = (
        ("loop over the ORM", "loop_seconds"),
        ("full recompute", "full_seconds"),
        ("plain SQL sum", "sum_seconds"),
        ("one edit", "edit_seconds"),
    )
    lines = [
        Line(f"{kind}, {name}", number, name == "PostgreSQL", [(m["events"], m[key]) for m in sizes])
        for number, (kind, key) in enumerate(kinds)
        for name, sizes in found.items()
    ]
    said = "; ".join(f"{line.name}: " + " and ".join(f"{y:.3g} s" for _, y in line.points) for line in lines)
    sizes = " and ".join(f"{m['events']:,.0f}" for m in found["SQLite"])
    return log_log_chart(
        title="What recomputation costs against the number of contribution events",
        description=f"Seconds at {sizes} events, both axes logarithmic. {said}.",
        across="contribution events",
        up="seconds",
        lines=lines,
    )


def write(found: dict[str, list[Measured]], measured_on: str) -> None:
    """Write the chart, and put the measured part of the page of measurements anew."""
    (DOCS / "img" / "recompute.svg").write_text(chart(found), encoding="utf-8")
    page = DOCS / "measurements.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    bars = "\n".join(f"- {sentence}" for sentence in verdicts(found))
    measured = f"{measured_on}\n\n{table(found)}\n{bars}\n"
    page.write_text(f"{before}{BEGIN}{measured}{END}{after}", encoding="utf-8")


def main() -> None:
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sqlite", type=Path, help="the file to make (default: a temporary one)")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/investai_bench")
    parser.add_argument("--projects", default="1000,10000", help="the sizes, separated by commas")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--print-only", action="store_true", help="write no files")
    options = parser.parse_args()
    name = urlsplit(options.postgres).path.removeprefix("/")
    measured_on = machine(options.postgres.removesuffix(name) + "postgres")
    found = run(options)
    print(measured_on, table(found), "\n".join(verdicts(found)), sep="\n\n")
    if not options.print_only:
        write(found, measured_on)


if __name__ == "__main__":
    main()
