"""A PostgreSQL cluster and a Redis of the tests' own, which they may stop, restart and break."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
# What is tested is what happens when processes die, not when the machine does.
CONFIGURATION = """
fsync = off
max_wal_size = 256MB
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 80
"""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_until(found: Callable[[], Any], what: str, seconds: float = 30.0, every: float = 0.05) -> float:
    """Wait until something is so; return how many seconds it took, and fail where it takes too long."""
    began = time.monotonic()
    while not found():
        waited = time.monotonic() - began
        assert waited < seconds, f"After {seconds:.0f} seconds not so: {what}"
        time.sleep(every)
    return time.monotonic() - began


def missing() -> str:
    """Return what is not on this machine, as a sentence; empty where all is there."""
    lacks = []
    if not BINARIES:
        lacks.append("PostgreSQL's server programs (/usr/lib/postgresql/*/bin)")
    if not shutil.which("redis-server"):
        lacks.append("redis-server")
    return f"These tests stop servers of their own, and need {' and '.join(lacks)} here." if lacks else ""


class Cluster:
    """A PostgreSQL server in a folder, with one database."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "cluster", free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root

    def make(self) -> None:
        """Make the cluster and start it."""
        self.folder.mkdir()
        if self.user:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        self._run("initdb", "--no-sync", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8")
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(f"{CONFIGURATION}port = {self.port}\n")
        self.start()

    def start(self) -> None:
        self._run("pg_ctl", "--wait", "--log", str(self.folder / "log"), "start")

    def stop(self, mode: str) -> None:
        """Stop the server: `fast` ends its connections, `immediate` is as good as a crash."""
        self._run("pg_ctl", "--wait", "--mode", mode, "stop")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, asked on a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: Any) -> Any:
        return self.sql(statement, *values)[0][0]

    def _run(self, program: str, *words: str) -> None:
        command = [str(BINARIES[-1] / program), "-D", str(self.folder), *words]
        done = subprocess.run(
            command,
            user=self.user,
            cwd="/",
            # a server that is started keeps what it is given open: no pipes
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{program} {' '.join(words)} failed"


class Redis:
    """A Redis server that keeps nothing when it stops."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url, socket_timeout=3)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        command += [
            "--appendonly",
            "no",
            "--dir",
            str(self.folder),
            "--logfile",
            "redis.log",
        ]
        self._process = subprocess.Popen(command, start_new_session=True)
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        """Kill it, with everything in it."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def waiting(self) -> int:
        """Return how many messages are on their way: in the queue, or taken and not acknowledged."""
        return int(self.client.llen("celery")) + int(self.client.hlen("unacked"))

    def give_back(self) -> int:
        """Put back messages that were never acknowledged, as happens after an hour; return how many."""
        taken: Any = self.client.hvals("unacked")
        for message in taken:
            self.client.rpush("celery", json.dumps(json.loads(message)[0]))
        self.client.delete("unacked", "unacked_index")
        return len(taken)

    def is_listened_to(self) -> bool:
        """Whether a worker stands ready to be given the next message."""
        found: Any = self.client.info("clients")
        return bool(found["blocked_clients"])

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False
