"""Run every test that this machine can run, one pytest call for each kind of surroundings.

Always: everything that needs no server, on SQLite. When PostgreSQL answers: the same again on PostgreSQL, but
for what uses no database. When Redis answers: the tests marked `redis` (worker processes), on each database.
When a Chromium is found: the tests marked `browser`, on SQLite. Where R is installed, each run has the test
of the script for R. What had to be left out is said at the start and at the end; REQUIRE_ALL=1 fails instead.
Those with Redis wait for processes most of the time: they go on beside the others, which make room for them,
and what they write is shown at the end.

TEST_POSTGRES_URL, TEST_REDIS_URL and CHROMIUM name servers and a browser other than the usual ones. The
database that TEST_POSTGRES_URL names is never touched: tests run in one called test_ and its name. Arguments
go to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
SERVICES = "bash scripts/test_services.sh"
POSTGRES_URLS = ("postgres://postgres@127.0.0.1:5432/postgres",)
POSTGRES_URL_FILE = ROOT / "var" / "test_postgres_url"  # written by scripts/test_services.sh
REDIS_URL = "redis://127.0.0.1:6379/9"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_TESTS_COLLECTED = 5
SERIAL = ("-p", "no:xdist")
PARALLEL = ("-n", "auto")
MAKES_ROOM = ("nice", "-n", "5")  # what waits has limits of time, and begins at once when it goes on

POSTGRES, REDIS, CHROMIUM, R = "PostgreSQL", "Redis", "Chromium", "R"
COMMANDS = {
    POSTGRES: f"{SERVICES} postgres",
    REDIS: f"{SERVICES} redis",
    CHROMIUM: "apt-get install -y chromium",
    R: f"{SERVICES} r",
}
# What single tests need, which every run skips without it.
SINGLE = {R: "the script that the page about R shows (tests/dashboards/test_tools.py)"}


@dataclass(frozen=True)
class Run:
    """One pytest call: its name, which tests, how, what it needs to be there, and whether it mostly waits."""

    name: str
    marks: str
    how: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    waits: bool = False

    @property
    def may_be_empty(self) -> bool:
        """Whether it picks tests by a mark, so that there may be none."""
        return not self.marks.startswith("not ")


RUNS = (
    Run("SQLite", "not postgres and not redis and not browser", PARALLEL),
    Run("PostgreSQL", "not redis and not browser and not no_database", PARALLEL, frozenset({POSTGRES})),
    Run("Redis, on SQLite", "redis and not postgres and not browser", SERIAL, frozenset({REDIS}), waits=True),
    Run("Redis, on PostgreSQL", "redis and not browser", SERIAL, frozenset({REDIS, POSTGRES}), waits=True),
    Run("browser, on SQLite", "browser", PARALLEL, frozenset({CHROMIUM})),
)


def say(sentence: str = "") -> None:
    print(sentence, flush=True)


def find_postgres() -> str | None:
    """The URL of a PostgreSQL server that lets us in and lets us create databases."""
    urls = [os.environ.get("TEST_POSTGRES_URL", "")]
    if not urls[0]:
        urls = [*POSTGRES_URLS]
        if POSTGRES_URL_FILE.exists():
            urls.append(POSTGRES_URL_FILE.read_text().strip())
    for url in urls:
        try:
            with psycopg.connect(url, connect_timeout=5) as connection:
                query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                row = connection.execute(query).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            return url
    return None


def find_redis() -> str | None:
    url = os.environ.get("TEST_REDIS_URL") or REDIS_URL
    try:
        redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping()
    except (redis.RedisError, ValueError):
        return None
    return url


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def warn(missing: list[str]) -> None:
    """Say loudly which runs are left out, and the one command that brings what each lacks."""
    if not missing:
        return
    bar = "!" * 100
    say(f"\n{bar}\nNOT ALL TESTS RUN ON THIS MACHINE. Left out:")
    for run in RUNS:
        if lacking := sorted(run.needs.intersection(missing)):
            say(f"  - the run '{run.name}': needs {' and '.join(lacking)}")
    for thing in SINGLE.keys() & set(missing):
        say(f"  - of each run, {SINGLE[thing]}: needs {thing}")
    say("Commands that bring what is missing (as root):")
    for thing in missing:
        say(f"  - {thing}: {COMMANDS[thing]}")
    say(f"{bar}\n")


@dataclass(frozen=True)
class Outcome:
    """How one pytest call went."""

    status: int
    seconds: float
    passed: int
    failed: int
    skipped: int
    written: str  # by a call beside others

    def __str__(self) -> str:
        word = "ok" if self.status == 0 else f"FAILED, pytest exit status {self.status}"
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{word}: {counts}, {self.seconds:.0f} s"


def count(report: Path) -> tuple[int, int, int]:
    """Passed, failed (errors included) and skipped tests of a JUnit report; nothing when there is none."""
    total = failed = skipped = 0
    if report.exists():
        for suite in ElementTree.parse(report).iter("testsuite"):
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    return max(total - failed - skipped, 0), failed, skipped


@contextmanager
def template(environment: dict[str, str], name: str) -> Iterator[dict[str, str]]:
    """Give the environment in which tests copy a database that was migrated once (tests/template.py)."""
    told = {**environment, "TEST_TEMPLATE": name}
    command = [sys.executable, "-m", "tests.template"]
    subprocess.run([*command, "make"], cwd=ROOT, env=told, check=True)
    try:
        yield told
    finally:
        subprocess.run([*command, "drop"], cwd=ROOT, env=told, check=True)


def execute(run: Run, environment: dict[str, str], arguments: list[str]) -> Outcome:
    """Call pytest once; what it writes is kept where it waits beside others, and shown at once elsewhere."""
    say(f"\n=== Tests: {run.name}  [-m '{run.marks}']{', beside the others' if run.waits else ''}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "written").open("w+b") as written:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *run.how, "-m", run.marks, f"--junitxml={report}"]
        if not run.waits and shutil.which(MAKES_ROOM[0]):
            command = [*MAKES_ROOM, *command]
        there = written if run.waits else None
        command += arguments
        status = subprocess.run(command, cwd=ROOT, env=environment, stdout=there, stderr=there).returncode
        passed, failed, skipped = count(report)
        written.seek(0)
        said = written.read().decode(errors="replace")
    if status == NO_TESTS_COLLECTED and (run.may_be_empty or arguments):
        status = 0
    return Outcome(status, time.monotonic() - started, passed, failed, skipped, said)


def execute_all(runs: list[Run], base: dict[str, str], postgres: str | None) -> dict[str, Outcome]:
    """Call pytest for each run, and return how each went, by its name."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        told = {False: stack.enter_context(template(base, f"{folder}/template.sqlite3"))}
        if postgres:
            name = f"template_of_tests_{os.getpid()}"
            told[True] = stack.enter_context(template({**base, "DATABASE_URL": postgres}, name))

        def executed(run: Run) -> Outcome:
            return execute(run, told[POSTGRES in run.needs], sys.argv[1:])

        with ThreadPoolExecutor(max_workers=1) as beside:
            waiting = {run.name: beside.submit(executed, run) for run in runs if run.waits}
            outcomes = {run.name: executed(run) for run in runs if not run.waits}
            for name, outcome in waiting.items():
                outcomes[name] = outcome.result()
                say(f"\n=== Tests: {name}, as they went\n{outcomes[name].written}")
            return outcomes


def main() -> int:
    found = {
        POSTGRES: find_postgres(),
        REDIS: find_redis(),
        CHROMIUM: find_chromium(),
        R: shutil.which("Rscript"),
    }
    missing = [thing for thing, where in found.items() if where is None]
    warn(missing)
    if missing and os.environ.get("REQUIRE_ALL", "") not in ("", "0"):
        say(f"REQUIRE_ALL is set and {' and '.join(missing)} could not be found: no test was run.")
        return 1

    base = {**os.environ, "PYTHONPATH": str(ROOT)}
    base.pop("DATABASE_URL", None)
    for variable, where in (("TEST_REDIS_URL", found[REDIS]), ("CHROMIUM", found[CHROMIUM])):
        if where:
            base[variable] = where

    outcomes = execute_all(
        [run for run in RUNS if not run.needs.intersection(missing)], base, found[POSTGRES]
    )
    warn(missing)
    say("\nSummary")
    for name, outcome in outcomes.items():
        say(f"  {name}: {outcome}")
    passed, failed, skipped = (
        sum(getattr(outcome, what) for outcome in outcomes.values())
        for what in ("passed", "failed", "skipped")
    )
    say(f"Total: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if any(outcome.status for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
