"""What workers and beat say of themselves in the broker's Redis: that they live, and how tasks went.

Nothing that matters stands there: after a loss of Redis the next heartbeats tell it all again. Saying never
fails: work goes on where Redis does not.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import redis
from django.conf import settings

PROCESSES, TASKS = "investai:processes", "investai:tasks"
QUEUE = "celery"  # the one that Celery uses unless told otherwise
EVERY_SECONDS = 10.0
FORGOTTEN_SECONDS = 24 * 3600.0
WORKER, BEAT = "worker", "beat"


@dataclass(frozen=True, slots=True)
class Process:
    """A worker or beat as it was last heard of, some seconds ago."""

    kind: str
    name: str
    release: str
    age_seconds: float


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """How often a task ended in one way, how long all of these took, and when the last one ended."""

    name: str
    outcome: str
    runs: int
    seconds: float
    last_seconds: float
    age_seconds: float


def say_alive(kind: str, name: str) -> None:
    """Note that a process lives."""
    entry = json.dumps({"at": time.time(), "release": settings.RELEASE})
    with suppress(redis.RedisError):
        _redis().hset(PROCESSES, f"{kind} {name}", entry)


def say_gone(kind: str, name: str) -> None:
    """Note that a process has ended in order, so that nobody waits for it."""
    with suppress(redis.RedisError):
        _redis().hdel(PROCESSES, f"{kind} {name}")


def note_task(name: str, outcome: str, seconds: float) -> None:
    """Count a task that has ended."""
    with suppress(redis.RedisError), _redis().pipeline(transaction=False) as pipeline:
        pipeline.hincrby(TASKS, f"{name} {outcome} runs", 1)
        pipeline.hincrbyfloat(TASKS, f"{name} {outcome} seconds", seconds)
        pipeline.hset(TASKS, f"{name} {outcome} last", f"{seconds:.6f}")
        pipeline.hset(TASKS, f"{name} {outcome} at", f"{time.time():.3f}")
        pipeline.execute()


def heard_of() -> list[Process]:
    """Return the processes that lived within a day, workers last, each kind by name; raise RedisError."""
    found, now = [], time.time()
    for key, entry in _all_of(PROCESSES).items():
        kind, _, name = key.partition(" ")
        noted = json.loads(entry)
        age = max(now - float(noted["at"]), 0.0)
        if age > FORGOTTEN_SECONDS:
            _redis().hdel(PROCESSES, key)
        else:
            found.append(Process(kind, name, str(noted["release"]), age))
    return sorted(found, key=lambda process: (process.kind, process.name))


def task_records() -> list[TaskRecord]:
    """Return how tasks went since Redis began to count, by name and outcome; raise RedisError."""
    noted: dict[tuple[str, str], dict[str, float]] = {}
    for key, value in _all_of(TASKS).items():
        name, outcome, what = key.split(" ")
        noted.setdefault((name, outcome), {})[what] = float(value)
    now = time.time()
    return [
        TaskRecord(
            name,
            outcome,
            int(of.get("runs", 0)),
            of.get("seconds", 0.0),
            of.get("last", 0.0),
            max(now - of.get("at", now), 0.0),
        )
        for (name, outcome), of in sorted(noted.items())
    ]


def messages_waiting() -> int:
    """Return how many messages wait in the broker for a worker; raise RedisError."""
    return int(_redis().llen(QUEUE))


def redis_version() -> str:
    """Return the version of the broker's server; raise RedisError where it does not answer."""
    return str(_redis().info("server")["redis_version"])


def _all_of(key: str) -> dict[str, str]:
    return cast("dict[str, str]", _redis().hgetall(key))  # texts: decode_responses


def _redis() -> "redis.Redis":
    return _connected(settings.CELERY_BROKER_URL)


@lru_cache(maxsize=4)
def _connected(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True, socket_timeout=1, socket_connect_timeout=1)
