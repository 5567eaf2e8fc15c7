"""Put the load of an institution on the processes of production, on this machine alone, for some minutes.

    python bench/load.py [--minutes 5] [--projects 10000] [--postgres URL] [--redis URL] [--prepared]

Makes a database of its own with 100 events and 30 contributions a project, starts gunicorn (2 processes),
a worker and beat on it and on a Redis database, which is emptied, and lets people come: 50 officers look at a
page every ten seconds, 5 analysts download all events (two are served at once, the others are told to wait),
5 editors record a payment every fifteen seconds. People, processes and servers share the machine.

Prints what they saw, and writes its part of docs/measurements.md; asserts nothing.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import redis

from bench.load_people import Analyst, Editor, Officer, Person, Seen
from bench.make_portfolio import make_portfolio
from bench.pages import child, environment, p50, p95
from bench.recompute import CONTRIBUTIONS, EVENTS, machine, postgres_database

PEOPLE = Path(__file__).with_name("load_child.py")
PAGE = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- load: begin -->\n", "<!-- load: end -->\n"
BAR_PAGE_MS, BAR_VISIBLE = 300, 2.0
SECONDS_TO_START, SECONDS_TO_STOP = 120, 40


def told(options: argparse.Namespace, folder: str) -> dict[str, str]:
    """Return the environment of the processes, as in production."""
    return {
        **options.environment,
        "CELERY_BROKER_URL": options.redis,
        "PUBLIC_READ": "off",
        "DOWNLOADS_FOLDER": f"{folder}/downloads",
        "ALLOWED_HOSTS": "127.0.0.1",
    }


def commands(port: int, folder: str) -> dict[str, list[str]]:
    celery = ["celery", "-A", "investai"]
    return {
        "web": [
            *("gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
            *("--worker-class", "gthread", "--threads", "8", "--no-control-socket"),
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--schedule", f"{folder}/schedule"],
    }


@contextmanager
def running(options: argparse.Namespace) -> Iterator[dict[str, int]]:
    """Start the processes; give the id of each, and stop them at the end. What they say goes to a file."""
    with tempfile.TemporaryDirectory(prefix="investai-load-") as folder:
        told_, processes = told(options, folder), {}
        with options.log.open("wb") as log:
            for name, command in commands(options.port, folder).items():
                processes[name] = subprocess.Popen(
                    [sys.executable, "-m", *command],
                    cwd=ROOT,
                    env=told_,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        try:
            wait_for_traffic(options.port)
            yield {name: process.pid for name, process in processes.items()}
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                try:
                    process.wait(timeout=SECONDS_TO_STOP)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def wait_for_traffic(port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                return
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def people(options: argparse.Namespace) -> dict[str, Any]:
    """Make the people in the database; return their sessions and what they do."""
    numbers = map(str, (options.officers, options.analysts, options.editors))
    command = [sys.executable, str(PEOPLE), *numbers]
    made = subprocess.run(command, env=options.environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def let_come(options: argparse.Namespace, made: dict[str, Any], minutes: float) -> Seen:
    """Let the people do what they do for some minutes; return what they saw."""
    seen, stop, events = Seen(), threading.Event(), options.projects * EVENTS
    common = (options.port,)
    crowd: list[Person] = []
    for number, key in enumerate(made["officers"]):
        crowd.append(Officer(number, *common, key, seen, stop, pages=made["pages"]))
    for number, key in enumerate(made["analysts"]):
        crowd.append(Analyst(number, *common, key, seen, stop, pause=options.pause, rows=events))
    for number, (key, edited) in enumerate(zip(made["editors"], made["edited"], strict=False)):
        crowd.append(Editor(number, *common, key, seen, stop, edited=edited))
    for person in crowd:
        person.start()
    time.sleep(minutes * 60)
    stop.set()
    for person in crowd:
        person.join(timeout=90)
    return seen


def p99(times: list[float]) -> float:
    return sorted(times)[min(int(len(times) * 0.99), len(times) - 1)]


def memory(pids: dict[str, int]) -> dict[str, float]:
    """Return how many MiB each kind of process takes, what processes share counted once."""
    found = {}
    for name, pid in pids.items():
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        shares = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in (str(pid), *children)]
        found[name] = sum(int(text.split("Pss:")[1].split()[0]) for text in shares) / 1024
    return found


def lines_of(seen: Seen, minutes: float, held: dict[str, float]) -> list[str]:
    """Return the table of what was seen."""
    times = [ms for _, ms in seen.pages]
    rows = [("errors", f"{len(seen.errors):,}"), ("pages", f"{len(times):,}")]
    if times:
        rows += [("pages a second", f"{len(times) / minutes / 60:.1f}")]
        rows += [("pages, ms: p50, p95, p99", f"{p50(times):.0f}, {p95(times):.0f}, {p99(times):.0f}")]
        slowest = max(seen.pages, key=lambda pair: pair[1])
        rows += [("the slowest page", f"`{slowest[0]}`, {slowest[1]:.0f} ms")]
    if seen.visible:
        rows += [("edits", f"{len(seen.visible):,}")]
        rows += [("saving an edit, ms: p50, p95", f"{p50(seen.saved):.0f}, {p95(seen.saved):.0f}")]
        many = (p50(seen.visible), p95(seen.visible), max(seen.visible))
        rows += [
            ("sent until visible, s: p50, p95, the longest", ", ".join(f"{one:.2f}" for one in many)),
        ]
    rows += [("whole downloads", f"{len(seen.downloads):,}"), ("told to wait", f"{seen.told_to_wait:,}")]
    if seen.downloads:
        speeds = [number / seconds for number, seconds in seen.downloads]
        rows += [("rows of each", f"{max(number for number, _ in seen.downloads):,}")]
        rows += [("rows a second of one download: p50, the least", f"{p50(speeds):,.0f}, {min(speeds):,.0f}")]
    rows += [(f"memory of {name} at the end, MiB", f"{size:.0f}") for name, size in held.items()]
    return ["| | |", "| --- | ---: |", *(f"| {what} | {value} |" for what, value in rows)]


def verdicts(seen: Seen) -> list[str]:
    """Return a sentence for each bar."""
    times = [ms for _, ms in seen.pages] or [float("inf")]
    visible = seen.visible or [float("inf")]
    bars = [
        (f"errors, none: {len(seen.errors)}", not seen.errors),
        (f"p95 of pages, under {BAR_PAGE_MS} ms: {p95(times):.0f} ms", p95(times) < BAR_PAGE_MS),
        (f"every edit visible, under {BAR_VISIBLE:.0f} s: {max(visible):.2f} s", max(visible) < BAR_VISIBLE),
    ]
    return [f"- {bar}: **{'met' if met else 'missed'}**." for bar, met in bars]


@contextmanager
def database(options: argparse.Namespace) -> Iterator[None]:
    """Make and fill the database, unless it is prepared."""
    if options.prepared:
        yield
        return
    with postgres_database(options.postgres) as url, tempfile.TemporaryDirectory() as temporary:
        bundle, projects = Path(temporary) / "bundle", options.projects
        make_portfolio(bundle, projects, projects * CONTRIBUTIONS, projects * EVENTS, seed=1)
        child(url, "prepare", str(bundle))
        yield


def write(text: str) -> None:
    """Put the measured part of the page of measurements anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def read_options() -> argparse.Namespace:
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/investai_bench_load")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/7", help="a database that is emptied")
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--officers", type=int, default=50)
    parser.add_argument("--analysts", type=int, default=5)
    parser.add_argument("--editors", type=int, default=5)
    parser.add_argument("--pause", type=float, default=60.0, help="seconds after a download")
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument("--log", type=Path, default=Path(tempfile.gettempdir()) / "investai-load.log")
    parser.add_argument("--prepared", action="store_true", help="the database is there and filled")
    parser.add_argument("--print-only", action="store_true", help="write no files")
    found: argparse.Namespace = parser.parse_args()
    found.environment = environment(found.postgres)  # once: the key of sessions is in it
    return found


def main() -> None:
    options = read_options()
    name = urlsplit(options.postgres).path.removeprefix("/")
    with database(options):
        redis.Redis.from_url(options.redis).flushdb()
        made = people(options)
        measured_on = machine(options.postgres.removesuffix(name) + "postgres")
        with running(options) as pids:
            let_come(options, {**made, "analysts": [], "editors": []}, 0.4)  # every process has read its code
            seen = let_come(options, made, options.minutes)
            held = memory(pids)
    size = f"{options.projects:,} projects, {options.projects * EVENTS:,} events"
    crowd = f"{options.officers} officers, {options.analysts} analysts, {len(made['edited'])} editors"
    lines = [*lines_of(seen, options.minutes, held), "", *verdicts(seen)]
    text = f"{measured_on} {size}; {crowd}; {options.minutes:g} minutes.\n\n" + "\n".join(lines) + "\n"
    print(text)
    for error in sorted(set(seen.errors))[:20]:
        print(f"error: {error}")
    if not options.print_only:
        write(text)


if __name__ == "__main__":
    main()
