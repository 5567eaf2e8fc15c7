"""Measure the export of contribution events beside other ways to write the same rows, all in one run.

    python bench/export.py [--events 1000000] [--repeats 3] [--sqlite FILE] [--postgres URL] [--loaded]

Makes an invented portfolio, loads it into both databases, serves each by gunicorn, and reads files over HTTP.
In turns with ours run psql's COPY of the very SELECT that gives the cells of the file, the same of the list's
query with its amounts as they are stored, and `sqlite3 -csv` of the latter; beside these stand for scale
Datasette, django-import-export and a renderer of the REST framework, from an environment of their own
(var/bench-venv, made by this script from requirements-bench.txt). With --loaded the two databases exist, are
loaded already, and stay. Prints a table, writes its part of docs/measurements.md; asserts nothing.
"""

import argparse
import http.client
import json
import os
import platform
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django
import psycopg

from bench.make_portfolio import make_portfolio
from bench.recompute import postgres_database, sqlite_file

CHILD = Path(__file__).with_name("export_child.py")
PAGE = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- export: begin -->\n", "<!-- export: end -->\n"
VENV = ROOT / "var" / "bench-venv"
LIST = "/api/v1/contribution-events/"
# As the application asks for of every connection.
PGOPTIONS = "-c jit=off -c work_mem=32MB"
BAR_POSTGRES, BAR_SQLITE, BAR_FIRST_MS, BAR_MIB = 0.8, 0.5, 100, 30
SAME_CELLS, AS_STORED, SHELL = "psql COPY of the same cells", "psql COPY, amounts as stored", "sqlite3 -csv"
SLOW_ROWS = 100_000  # of what takes minutes for a million


class Measured(NamedTuple):
    """One way to write rows: how many, how fast, and what it cost."""

    rows: int
    seconds: float
    first_ms: float | None = None
    grown_mib: float | None = None

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


Found = dict[str, Measured]
Ways = dict[str, Callable[[], Measured]]


def told(way: str, measured: Measured) -> Measured:
    """Say what was measured while the run goes on; return it."""
    say(f"  {way}: {measured.rows:,} rows in {measured.seconds:.1f} s, {measured.rate:,.0f} rows/s")
    return measured


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


# --- Processes ----------------------------------------------------------------------------------------------


def environment(url: str, **more: str) -> dict[str, str]:
    settings = {"SECRET_KEY": secrets.token_urlsafe(50), "PUBLIC_READ": "on", "CELERY_BROKER_URL": ""}
    return {**os.environ, **settings, "DATABASE_URL": url, "DEBUG": "off", "API_RATE_EXPORTS": "0", **more}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(command: list[str], port: int, env: dict[str, str]) -> Iterator[int]:
    """Run a server until the end; give its process id once it answers."""
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=env, **quiet) as process:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None:
                with socket.socket() as trying:
                    if trying.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()


@contextmanager
def ours(url: str) -> Iterator[tuple[int, int]]:
    """Serve the tracker by gunicorn; give its port, and the process id of its worker."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    with server(command, port, environment(url)) as master:
        until = time.monotonic() + 60
        while not (children := Path(f"/proc/{master}/task/{master}/children").read_text().split()):
            if time.monotonic() > until:
                raise SystemExit("gunicorn has no worker")
            time.sleep(0.1)
        yield port, int(children[0])


def resident(process: int) -> float:
    """Return the resident memory of a process, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


@contextmanager
def watched(process: int) -> Iterator[list[float]]:
    """Give a list of the resident memory of a process, from before until the end."""
    seen, end = [resident(process)], Event()

    def watch() -> None:
        while not end.wait(0.05):
            seen.append(resident(process))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        end.set()
        thread.join()


# --- Ways to write rows -------------------------------------------------------------------------------------


def fetched(port: int, address: str, worker: int) -> Measured:
    """Read a file over HTTP; where no header says how many rows it has, each line after the first is one."""
    with watched(worker) as memory:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
        started = time.perf_counter()
        asking.request("GET", address)
        response = asking.getresponse()
        response.read(1)
        first = (time.perf_counter() - started) * 1000
        lines = 0
        while piece := response.read(1 << 20):
            lines += piece.count(b"\n")
        seconds = time.perf_counter() - started
    if response.status != 200:
        raise SystemExit(f"{address}: {response.status}")
    asking.close()
    rows = int(response.headers.get("Row-Count", lines - 1))
    return told(address, Measured(rows, seconds, first, max(memory) - memory[0]))


def run_to_nothing(command: list[str], rows: int, env: dict[str, str]) -> Measured:
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return told(command[0], Measured(rows, time.perf_counter() - started))


def copied(url: str, what: str, rows: int) -> Callable[[], Measured]:
    """Return what lets psql copy one of the SELECTs into nothing."""
    query = child(sys.executable, url, what)
    command = ["psql", url, "-qc", f"COPY ({query}) TO STDOUT (FORMAT csv)"]
    return lambda: run_to_nothing(command, rows, {**os.environ, "PGOPTIONS": PGOPTIONS})


def child(python: str, url: str, *arguments: str) -> str:
    command = [python, str(CHILD), *arguments]
    done = subprocess.run(command, env=environment(url), check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def slow_way(python: str, url: str, way: str, rows: int) -> Measured:
    found = json.loads(child(python, url, way, str(rows)).splitlines()[-1])
    return Measured(int(found["rows"]), found["seconds"], None, found["grown_mib"])


def middle(repeats: int, *ways: Callable[[], Measured]) -> list[Measured]:
    """Measure ways in turns; return of each the median run, with the largest growth of memory."""
    runs: list[list[Measured]] = [[] for _ in ways]
    for _ in range(repeats):
        for found, way in zip(runs, ways, strict=True):
            found.append(way())
    medians = []
    for found in runs:
        grown = [run.grown_mib for run in found if run.grown_mib is not None]
        firsts = [run.first_ms for run in found if run.first_ms is not None]
        chosen = sorted(found, key=lambda run: run.seconds)[len(found) // 2]
        first = statistics.median(firsts) if firsts else None
        medians.append(chosen._replace(first_ms=first, grown_mib=max(grown, default=None)))
    return medians


# --- The run ------------------------------------------------------------------------------------------------


def load(url: str, bundle: Path) -> None:
    for command in (["migrate", "-v0"], ["load_portfolio", str(bundle), "-v0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(url), check=True, stdout=2
        )


def comparators() -> str:
    """Make the environment of what is compared with, where it is missing; return its Python."""
    python = VENV / "bin" / "python"
    if not (VENV / "bin" / "datasette").exists():
        say("Installing what is compared with …")
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True)
        wanted = ["--python", str(python), "-r", str(ROOT / "requirements-bench.txt")]
        subprocess.run([uv, "pip", "install", "--quiet", *wanted], check=True)
    return str(python)


def of_database(name: str, url: str, yardsticks: Ways, repeats: int) -> Found:
    """Measure our files on a database, CSV in turns with what its own tool does."""
    with ours(url) as (port, worker):

        def file(form: str) -> Measured:
            return fetched(port, f"{LIST}?format={form}", worker)

        fetched(port, f"{LIST}?format=csv&currency=PLN", worker)  # imports what it needs, counts nothing
        say(f"{name}: CSV and {', '.join(yardsticks)} …")
        file("csv")  # counts the rows for this data version
        csv, *tools = middle(repeats, lambda: file("csv"), *yardsticks.values())
        say(f"{name}: JSON lines and XLSX …")
        lines = file("jsonl")
        book = fetched(port, f"{LIST}?format=xlsx&currency=PLN", worker)
    return {
        f"{name}: our CSV over HTTP": csv,
        **{f"{name}: {title}": tool for title, tool in zip(yardsticks, tools, strict=True)},
        f"{name}: our JSON lines over HTTP": lines,
        f"{name}: our XLSX over HTTP, {book.rows:,} rows": book,
    }


def datasette(file: Path) -> Measured:
    port = free_port()
    command = [str(VENV / "bin" / "datasette"), "serve", str(file), "--port", str(port)]
    command += ["--setting", "max_csv_mb", "0", "--setting", "sql_time_limit_ms", "600000"]
    with server(command, port, dict(os.environ)) as process:
        address = f"/{file.stem}/portfolio_contributionevent.csv?_stream=on&_size=max"
        return fetched(port, address, process)


def run(options: argparse.Namespace) -> Found:
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = options.sqlite or temporary / "bench.sqlite3"
        if options.loaded:
            lite, postgres = f"sqlite:///{file.resolve()}", options.postgres
        else:
            say("Loading …")
            projects, contributions = options.events // 100, options.events * 3 // 10
            make_portfolio(temporary / "bundle", projects, contributions, options.events, seed=1)
            lite = stack.enter_context(sqlite_file(file))
            postgres = stack.enter_context(postgres_database(options.postgres))
            for url in (lite, postgres):
                load(url, temporary / "bundle")
            with psycopg.connect(postgres, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        rows = options.events
        copies = {SAME_CELLS: copied(postgres, "cells", rows), AS_STORED: copied(postgres, "query", rows)}
        found = of_database("PostgreSQL", postgres, copies, options.repeats)
        if shutil.which("sqlite3"):
            tool = ["sqlite3", "-readonly", "-csv", str(file), child(sys.executable, lite, "query")]
            shell = {SHELL: lambda: run_to_nothing(tool, rows, dict(os.environ))}
            found |= of_database("SQLite", lite, shell, options.repeats)
        else:
            say("There is no sqlite3 here (Debian: apt-get install sqlite3): SQLite is left out.")
        python = comparators()
        say("For scale …")
        slow = min(rows, SLOW_ROWS)
        found["SQLite: Datasette's streamed CSV, the bare table"] = datasette(file)
        for way, title in (
            ("framework", "a renderer of the REST framework"),
            ("import-export", "django-import-export"),
        ):
            found[f"PostgreSQL: {title}, {slow:,} rows"] = slow_way(python, postgres, way, slow)
    return found


# --- What is said of it -------------------------------------------------------------------------------------


def table(found: Found) -> str:
    lines = ["| | rows/s | s | first byte, ms | memory grown, MiB |", "| --- | ---: | ---: | ---: | ---: |"]
    for title, measured in found.items():
        first = "" if measured.first_ms is None else f"{measured.first_ms:.0f}"
        grown = "" if measured.grown_mib is None else f"{measured.grown_mib:.0f}"
        lines.append(f"| {title} | {measured.rate:,.0f} | {measured.seconds:.1f} | {first} | {grown} |")
    return "\n".join(lines) + "\n"


def verdicts(found: Found) -> list[str]:
    """Return a sentence for each bar: what it is, and whether it is met."""
    sentences = []
    for name, tool, bar in (
        ("PostgreSQL", SAME_CELLS, BAR_POSTGRES),
        ("SQLite", SHELL, BAR_SQLITE),
    ):
        if f"{name}: {tool}" not in found:
            continue
        csv = found[f"{name}: our CSV over HTTP"]
        ratio = csv.rate / found[f"{name}: {tool}"].rate
        first, grown = csv.first_ms or 0.0, csv.grown_mib or 0.0
        bars = [
            (f"{ratio:.2f} of the rows/s of {tool}, at least {bar}", ratio >= bar),
            (f"first byte after {first:.0f} ms, under {BAR_FIRST_MS}", first < BAR_FIRST_MS),
            (f"the server grew by {grown:.0f} MiB, under {BAR_MIB}", grown < BAR_MIB),
        ]
        sentences += [f"{name}: {said}: **{'met' if met else 'missed'}**." for said, met in bars]
    return sentences


def machine(postgres: str) -> str:
    with psycopg.connect(postgres) as connection:
        version = connection.info.server_version // 10000
    return (
        f"{datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores ({platform.machine()}), load average"
        f" {os.getloadavg()[0]:.1f} at the start; Python {platform.python_version()}, Django"
        f" {django.__version__}, SQLite {sqlite3.sqlite_version}, PostgreSQL {version} as installed, on the"
        " same machine. Rates under the load of others say little; the ratios are of runs in turns."
    )


def write(measured: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}{measured}{END}{after}", encoding="utf-8")


def main() -> None:
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sqlite", type=Path, help="the file to make (default: a temporary one)")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/investai_bench")
    parser.add_argument("--loaded", action="store_true", help="both databases exist, are loaded, and stay")
    parser.add_argument("--print-only", action="store_true", help="write no files")
    options = parser.parse_args()
    name = urlsplit(options.postgres).path.removeprefix("/")
    measured_on = machine(options.postgres.removesuffix(name) + "postgres")
    found = run(options)
    bars = "\n".join(f"- {sentence}" for sentence in verdicts(found))
    text = f"{measured_on}\n\n{options.events:,} events.\n\n{table(found)}\n{bars}\n"
    print(text)
    if not options.print_only:
        write(text)


if __name__ == "__main__":
    main()
