"""Real servers on the database of the test, each a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
SECONDS = 60


def database_url() -> str:
    """Return the address of the database that the test runs on."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    return f"postgres://{user}@{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(kind: str, url: str = "", workers: int = 1, **environment: str) -> Iterator[int]:
    """Run gunicorn or runserver until the end, on the database of the test or another; give its port."""
    port = free_port()
    commands = {
        "gunicorn": [
            *("-m", "gunicorn", "investai.wsgi", "--bind", f"{HOST}:{port}", "--workers", str(workers)),
            *(
                "--worker-class",
                "gthread",
                "--threads",
                "8",
                "--no-control-socket",
                "--log-level",
                "critical",
            ),
        ],
        "runserver": ["manage.py", "runserver", f"{HOST}:{port}", "--noreload"],
    }
    process = subprocess.Popen(
        [sys.executable, *commands[kind]],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url or database_url(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)
