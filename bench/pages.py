"""Measure every kind of page over HTTP, at the size of the bars: times, queries and bytes.

    python bench/pages.py [--postgres URL] [--projects 10000] [--rounds 25] [--sqlite FILE] [--prepared]

Makes a database of its own, with 30 contributions and 100 events a project, results of all month ends, a
publication and a scenario, and removes it; `--prepared` takes the one that is there, and leaves it. Serves
it with gunicorn, 2 workers, and asks for one page at a time:

- *first*: the first look of a process at this page, which had read ahead what web processes do.
- *again*: nothing has changed since the page was last made; the reader does not have it.
- *after an edit*: before each round over all pages a contribution event is changed and its results are
  published, so that nothing that was remembered holds.
- *unchanged*: the reader has the page, and asks whether it still holds (If-None-Match).

Says how far it is as it goes, prints a table, and writes its part of docs/measurements.md; asserts nothing.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.make_portfolio import make_portfolio
from bench.recompute import CONTRIBUTIONS, EVENTS, machine, postgres_database, sqlite_file

CHILD = Path(__file__).with_name("pages_child.py")
PAGE = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- pages: begin -->\n", "<!-- pages: end -->\n"
BAR_MS, BAR_UNCHANGED_MS, BAR_QUERIES, BAR_BYTES = 100, 10, 15, 60_000
WORKERS, THREADS = 2, 4
SECONDS_TO_START = 60
SLOW_MS = 2_000
# One for all processes: sessions are signed with it.
SECRET_KEY = secrets.token_urlsafe(50)
# Before the address of a page as somebody sees it who is signed in; the other script says it too.
SIGNED_IN = "signed in: "


@dataclass
class Measured:
    """What was measured of one page: milliseconds in each way, statements, and bytes compressed."""

    again: list[float] = field(default_factory=list)
    edited: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)
    queries: tuple[int, int] = (0, 0)
    first: float = 0
    size: int = 0
    tag: str = ""


Pages = dict[str, Measured]


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


def p50(times: list[float]) -> float:
    return quantiles(times, n=2, method="inclusive")[0] if len(times) > 1 else times[0]


def environment(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET_KEY,
        "CELERY_BROKER_URL": "",
        "PUBLIC_READ": "on",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "DEBUG": "off",
    }


def child(url: str, *arguments: str) -> str:
    """Run a task of the other script in a process of its own; return the last line that it prints."""
    command = [sys.executable, str(CHILD), *arguments]
    done = subprocess.run(command, env=environment(url), check=True, stdout=subprocess.PIPE, text=True)
    return (done.stdout.splitlines() or [""])[-1]


@contextmanager
def editor(url: str) -> Iterator[Callable[[], None]]:
    """Give a function that changes an event and returns when its results are published."""
    command = [sys.executable, str(CHILD), "edit"]
    with subprocess.Popen(
        command, env=environment(url), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def edit() -> None:
            process.stdin.write("\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            if process.stdout.readline().strip() != "done":  # type: ignore[union-attr]
                raise SystemExit("The edit failed.")

        yield edit
        process.stdin.close()


@contextmanager
def served(url: str, port: int) -> Iterator[HTTPConnection]:
    """Serve a database, and give a connection to the server."""
    command = [sys.executable, "-m", "gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--log-level", "warning"]
    process = subprocess.Popen(command, env=environment(url), cwd=ROOT)
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        until = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                asked(connection, "/data/")
                break
            except OSError:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        yield connection
        connection.close()
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Answer:
    """What the server said to one request, and how long it took, in milliseconds."""

    status: int
    ms: float
    size: int
    tag: str


def asked(connection: HTTPConnection, address: str, tag: str = "", cookie: str = "") -> Answer:
    """Ask for a page, compressed; a new connection each time, so that both workers are met."""
    headers = {"Accept-Encoding": "gzip", "Connection": "close"}
    if address.startswith(SIGNED_IN):
        headers["Cookie"] = cookie
    if tag:
        headers["If-None-Match"] = tag
    started = time.perf_counter()
    connection.request("GET", address.removeprefix(SIGNED_IN), headers=headers)
    response = connection.getresponse()
    body = response.read()
    taken = (time.perf_counter() - started) * 1000
    connection.close()
    return Answer(response.status, taken, len(body), response.headers.get("ETag", ""))


def expect(answer: Answer, status: int, address: str) -> Answer:
    if answer.status != status:
        raise SystemExit(f"{address} answers with {answer.status}, not {status}")
    return answer


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def rounds_of(what: str, number: int) -> Iterator[None]:
    """Count rounds; say after each how long they took, and what is left at this pace."""
    started = time.monotonic()
    for done in range(1, number + 1):
        yield
        taken = time.monotonic() - started
        say(f"{what}: round {done} of {number}, {taken:.0f} s; {taken / done * (number - done):.0f} s to go")


def measure_over_http(url: str, port: int, pages: Pages, rounds: int, cookie: str) -> None:
    """Fill in the times and sizes; with a cookie, pages are asked for as who is signed in sees them."""
    with served(url, port) as connection, editor(url) as edit:
        for _ in rounds_of("both workers read what they remember", WORKERS * 8):
            for address in pages:
                answer = expect(asked(connection, address, cookie=cookie), 200, address)
                if answer.ms > SLOW_MS:
                    say(f"  {answer.ms / 1000:.1f} s: {address}")
        for _ in rounds_of("after an edit", rounds):
            edit()
            for address, page in pages.items():
                page.edited.append(expect(asked(connection, address, cookie=cookie), 200, address).ms)
        for _ in rounds_of("both workers remember the last edit", WORKERS):
            for address in pages:
                asked(connection, address, cookie=cookie)
        for _ in rounds_of("again, and unchanged", rounds):
            for address, page in pages.items():
                answer = expect(asked(connection, address, cookie=cookie), 200, address)
                page.again.append(answer.ms)
                page.size, page.tag = answer.size, answer.tag
            for address, page in pages.items():
                if page.tag:
                    page.unchanged.append(
                        expect(asked(connection, address, page.tag, cookie), 304, address).ms
                    )


def measure(url: str, options: argparse.Namespace) -> tuple[Pages, list[str]]:
    """Return what was measured of each page, and the names of pages that were left out."""
    found = json.loads(child(url, "addresses"))
    pages = {address: Measured() for address in found["addresses"] if options.only in address}
    say(f"{len(pages)} pages: counting statements of each")
    for address, numbers in json.loads(child(url, "queries", *pages)).items():
        pages[address].queries, pages[address].first = (numbers[0], numbers[1]), numbers[2]
    measure_over_http(url, options.port, pages, options.rounds, found["session"])
    return pages, found["left_out"]


@contextmanager
def database(options: argparse.Namespace) -> Iterator[str]:
    """Give the URL of the database to measure: made and filled here, unless it is prepared."""
    if options.prepared:
        yield options.postgres
        return
    with tempfile.TemporaryDirectory() as temporary:
        bundle, projects = Path(temporary) / "bundle", options.projects
        make_portfolio(bundle, projects, projects * CONTRIBUTIONS, projects * EVENTS, seed=1)
        made = sqlite_file(options.sqlite) if options.sqlite else postgres_database(options.postgres)
        with made as url:
            say("filling the database")
            child(url, "prepare", str(bundle))
            yield url


def table(pages: Pages) -> str:
    """Return all measurements as a Markdown table: a row a page."""
    lines = [
        "| page | queries, first and again | first, ms | after an edit, ms: p50 | p95 | again, ms: p50 | p95"
        " | unchanged, ms: p95 | KB compressed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for address, page in pages.items():
        unchanged = f"{p95(page.unchanged):.1f}" if page.unchanged else ""
        lines.append(
            f"| `{address}` | {page.queries[0]}, {page.queries[1]} | {page.first:.0f}"
            f" | {p50(page.edited):.0f} | {p95(page.edited):.0f}"
            f" | {p50(page.again):.0f} | {p95(page.again):.0f} | {unchanged} | {page.size / 1000:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _verdict(what: str, pages: Pages, value: Callable[[Measured], float], bar: float, unit: str) -> str:
    values = {address: value(page) for address, page in pages.items()}
    above = {address: number for address, number in values.items() if number > bar}
    worst = max(values.values())
    sentence = f"{what}, at most {bar:,g} {unit}: {len(values) - len(above)} of {len(values)} pages"
    if not above:
        return f"{sentence}, the most {worst:,.0f} {unit}: **met**."
    listed = ", ".join(
        f"`{address}` {number:,.0f}" for address, number in sorted(above.items(), key=lambda pair: -pair[1])
    )
    return f"{sentence}: **missed** by {listed} {unit}."


def verdicts(pages: Pages) -> list[str]:
    """Return a sentence for each bar: how many pages meet it, and which do not."""
    tagged = {address: page for address, page in pages.items() if page.unchanged}
    untagged = sorted(set(pages) - set(tagged))
    found = [
        _verdict("p95 after an edit", pages, lambda page: p95(page.edited), BAR_MS, "ms"),
        _verdict("p95 again", pages, lambda page: p95(page.again), BAR_MS, "ms"),
        _verdict("p95 unchanged", tagged, lambda page: p95(page.unchanged), BAR_UNCHANGED_MS, "ms"),
        _verdict("Queries, the first time", pages, lambda page: page.queries[0], BAR_QUERIES, "queries"),
        _verdict("Compressed", pages, lambda page: page.size, BAR_BYTES, "bytes"),
    ]
    if untagged:
        found.append(f"Pages without an entity tag: {', '.join(f'`{address}`' for address in untagged)}.")
    return found


def write(text: str) -> None:
    """Put the measured part of the page of measurements anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def main() -> None:
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/investai_bench_pages")
    parser.add_argument("--sqlite", type=Path, help="measure SQLite instead, in this file, which is made")
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--only", default="", help="only addresses with this text in them")
    parser.add_argument("--prepared", action="store_true", help="the database is there and filled")
    parser.add_argument("--print-only", action="store_true", help="write no files")
    options = parser.parse_args()
    name = urlsplit(options.postgres).path.removeprefix("/")
    measured_on = machine(options.postgres.removesuffix(name) + "postgres")
    with database(options) as url:
        pages, missing = measure(url, options)
    lines = [*verdicts(pages), *([f"Not measured: {', '.join(missing)}."] if missing else [])]
    sentences = "\n".join(f"- {sentence}" for sentence in lines)
    size = f"{options.projects:,} projects, {options.projects * EVENTS:,} events; {options.rounds} rounds."
    text = f"{measured_on} {size}\n\n{table(pages)}\n{sentences}\n"
    print(text)
    if not options.print_only:
        write(text)


if __name__ == "__main__":
    main()
