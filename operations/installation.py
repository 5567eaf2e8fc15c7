"""What an installation is made of and uses: versions, space, and how the work of recomputing goes."""

import platform
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import celery
import django
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from operations.heartbeats import redis_version
from portfolio.models import Recomputation
from portfolio.queries.recomputations import waiting
from portfolio.rules import RULES_VERSION
from portfolio.vocabulary import Outcome

RUNS_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Work:
    """How recomputing goes: what waits and for how long, and how the latest runs went, the newest first."""

    waiting: int
    lag_seconds: float
    runs: list[Recomputation]

    @property
    def failed(self) -> int:
        return sum(run.outcome == Outcome.FAILED for run in self.runs)

    @property
    def last_success_at(self) -> datetime | None:
        return next((run.finished_at for run in self.runs if run.outcome == Outcome.SUCCEEDED), None)


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: what the database takes, and what is free and there at all where this process writes."""

    database: int
    free: int
    total: int


def seconds_of(run: Recomputation) -> float:
    """Return how long a run took."""
    return (run.finished_at - run.started_at).total_seconds()


def work() -> Work:
    """Return how recomputing goes, by the latest hundred runs."""
    queue = waiting(0)
    lag = (timezone.now() - queue.since).total_seconds() if queue.since else 0.0
    return Work(queue.number, max(lag, 0.0), list(Recomputation.objects.order_by("-id")[:RUNS_LOOKED_AT]))


def space() -> Space:
    """Return how much is stored, and how much more can be."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            database = int(cursor.fetchone()[0])
    else:
        files = (Path(f"{name}{suffix}") for suffix in ("", "-wal", "-shm"))
        database = sum(file.stat().st_size for file in files if file.exists())
    disk = shutil.disk_usage(settings.VAR if settings.VAR.exists() else settings.BASE_DIR)
    return Space(database, disk.free, disk.total)


def versions() -> list[tuple[str, str]]:
    """Return what runs here, by name."""
    found = [
        ("This project", settings.RELEASE),
        ("Rules", RULES_VERSION),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("Celery", str(celery.__version__)),
        (connection.display_name, _database_version()),
    ]
    if settings.CELERY_BROKER_URL:
        try:
            found.append(("Redis", redis_version()))
        except redis.RedisError:
            found.append(("Redis", "does not answer"))
    return found


def _database_version() -> str:
    question = "SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])
