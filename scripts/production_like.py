"""`make production-like`: the processes of production here, with PostgreSQL and Redis that run here.

gunicorn with two processes, a worker and beat, on a database of their own, which is made and filled at the
first start and kept. Ctrl-C stops all of them; when one ends by itself, the others are stopped too.
PRODUCTION_LIKE_DATABASE_URL and PRODUCTION_LIKE_BROKER_URL name other servers than the usual ones.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "production_like"
DATABASE_URL = "postgres://postgres@127.0.0.1:5432/investai_production_like"
BROKER_URL = "redis://127.0.0.1:6379/8"
SERVICES = "bash scripts/test_services.sh postgres redis (as root) brings and starts both."
STARTED_SECONDS, STOPPED_SECONDS = 120.0, 45.0


def say(sentence: str) -> None:
    print(sentence, flush=True)


class Stopped(Exception):
    """Somebody asked for the end."""


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def environment() -> dict[str, str]:
    """Return what all of the processes are told; what is set already stays."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    key = FOLDER / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(50))
    usual = {
        "SECRET_KEY": key.read_text(),
        "PUBLIC_READ": "off",
        "LOG_FORMAT": "json",
        "LOG_REQUESTS": "on",
        "OPERATOR_LOOPBACK": "on",
        "RELEASE": "production-like",
        "DOWNLOADS_FOLDER": str(FOLDER / "downloads"),
        "PYTHONUNBUFFERED": "1",
    }
    return {
        **usual,
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "investai.settings",
        "DATABASE_URL": os.environ.get("PRODUCTION_LIKE_DATABASE_URL") or DATABASE_URL,
        "CELERY_BROKER_URL": os.environ.get("PRODUCTION_LIKE_BROKER_URL") or BROKER_URL,
    }


def make_database(url: str) -> None:
    """Make the database unless it is there; end with a sentence where PostgreSQL does not let us in."""
    parts = urlsplit(url)
    name = parts.path.removeprefix("/")
    server = urlunsplit(parts._replace(scheme="postgresql", path="/postgres"))
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            say(f"Making the database {name}")
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        sys.exit(f"PostgreSQL does not let us in at {parts.hostname}:{parts.port}: {error}\n{SERVICES}")


def check_broker(url: str) -> None:
    try:
        redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        sys.exit(f"Redis does not answer: {error}\n{SERVICES}")


def fill(told: dict[str, str], portfolio: str) -> None:
    """Migrate; load the portfolio into an empty database; make an administrator, once."""
    bundle = ROOT / "portfolio" / portfolio
    if not (bundle / "projects.csv").exists():
        sys.exit(f'PORTFOLIO is "{portfolio}": there is no bundle in {bundle.relative_to(ROOT)}.')
    manage(told, "migrate", "--noinput", "--verbosity", "0")
    question = "from portfolio.models import Project; print(Project.objects.count())"
    counted = manage(told, "shell", "--no-imports", "--command", question).strip().splitlines()[-1]
    if counted == "0":
        say(f"First start: loading portfolio/{portfolio}")
        manage(told, "load_portfolio", str(bundle))
    else:
        say(f"Keeping the portfolio in the database: {counted} projects")
    say(manage(told, "make_administrator").strip())


def manage(told: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=told, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(f"manage.py {words[0]} failed; it says why above.")
    return done.stdout


def commands(port: str) -> dict[str, list[str]]:
    """Return what runs, by name, as docker-compose.yml has it."""
    web = ["gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    web += ["--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "30", "--no-control-socket"]
    celery = ["celery", "-A", "investai"]
    alone = ["--without-gossip", "--without-mingle"]  # workers have nothing to tell each other
    return {
        "web": web,
        "worker": [*celery, "worker", "--loglevel", "info", "--concurrency", "2", *alone],
        "beat": [*celery, "beat", "--loglevel", "info", "--schedule", str(FOLDER / "schedule")],
    }


def start(told: dict[str, str], port: str) -> dict[str, subprocess.Popen[bytes]]:
    """Start all of them, each with a log of its own, and out of reach of the terminal's Ctrl-C."""
    running = {}
    for name, command in commands(port).items():
        with (FOLDER / f"{name}.log").open("ab") as log:
            running[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=told,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        say(f"{name}: process {running[name].pid}, log {FOLDER.relative_to(ROOT) / name}.log")
    return running


def ended(running: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """Return the name of one that has ended by itself; None while all run."""
    return next((name for name, process in running.items() if process.poll() is not None), None)


def is_ready(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop_all(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each to finish what it does; kill what has not after a while."""
    for name in ("beat", "web", "worker"):
        with suppress(ProcessLookupError, KeyError):
            running[name].send_signal(signal.SIGTERM)
    until = time.monotonic() + STOPPED_SECONDS
    for name, process in running.items():
        try:
            process.wait(timeout=max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            say(f"{name} did not end: killed")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        say(f"{name} has stopped")


def watch(running: dict[str, subprocess.Popen[bytes]], port: str) -> int:
    """Say when all is ready, then wait for the end; return 1 where one ended by itself."""
    until = time.monotonic() + STARTED_SECONDS
    while not is_ready(port):
        if (name := ended(running)) or time.monotonic() > until:
            say(f"{name} has ended: see its log" if name else "Not ready in time: see the logs")
            return 1
        time.sleep(0.5)
    say(f"Ready on http://127.0.0.1:{port}  (Ctrl-C stops; see /operations/ and /metrics)")
    while not (name := ended(running)):
        time.sleep(0.5)
    say(f"{name} has ended by itself: see its log")
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8000")
    parser.add_argument("--portfolio", default="reference", help="a folder of portfolio/")
    options = parser.parse_args()
    told = environment()
    make_database(told["DATABASE_URL"])
    check_broker(told["CELERY_BROKER_URL"])
    fill(told, options.portfolio)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        running.update(start(told, options.port))
        return watch(running, options.port)
    except Stopped:
        say("Stopping")
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop_all(running)


if __name__ == "__main__":
    sys.exit(main())
