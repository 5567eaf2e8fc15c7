"""Whether everything that this installation needs is there, check by check, each in a second or two."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from operations.heartbeats import BEAT, WORKER, heard_of, messages_waiting
from portfolio.models import ResultSet
from portfolio.queries.presence import is_loaded
from portfolio.queries.recomputations import waiting
from portfolio.rules.dates import today

LONGEST_WAIT = timedelta(minutes=2)
LATE_HEARTBEAT_SECONDS = 60.0
DAY_IS_BEGUN = timedelta(minutes=30)  # after midnight: by then beat has had the new day computed
MIGRATIONS_HOLD_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing; `for_traffic`: without it no request can be answered."""

    name: str
    ok: bool
    detail: str
    for_traffic: bool = False


class _Missing(Exception):
    """What a check looks for is not there; its text says what is."""


def all_checks() -> list[Check]:
    """Return what is found of everything; a check never raises."""
    found = [_check("database", _database, for_traffic=True)]
    if found[0].ok:
        found += [
            _check("migrations", _migrations, for_traffic=True),
            _check("results", _results),
        ]
    else:
        found += [
            Check("migrations", False, "not looked at: the database does not answer", for_traffic=True),
            Check("results", False, "not looked at: the database does not answer"),
        ]
    return [
        *found,
        _check("broker", _broker),
        _check("worker", lambda: _lives(WORKER)),
        _check("beat", lambda: _lives(BEAT)),
    ]


def _check(name: str, look: Callable[[], str], *, for_traffic: bool = False) -> Check:
    try:
        return Check(name, True, look(), for_traffic)
    except _Missing as missing:
        return Check(name, False, str(missing), for_traffic)
    except (Error, redis.RedisError) as error:
        return Check(name, False, f"does not answer ({type(error).__name__})", for_traffic)


def _database() -> str:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return f"{connection.vendor} answered in {1000 * (time.monotonic() - began):.0f} ms"


class _Applied:
    """Until when this process need not look again: it reads all migrations for that."""

    until = 0.0


def _migrations() -> str:
    if time.monotonic() < _Applied.until:
        return "all applied"
    executor = MigrationExecutor(connection)
    lacking = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if lacking:
        first = f"{lacking[0].app_label}.{lacking[0].name}"
        raise _Missing(f"{len(lacking)} not applied, the first {first}: run manage.py migrate")
    _Applied.until = time.monotonic() + MIGRATIONS_HOLD_SECONDS
    return "all applied"


def _results() -> str:
    now = timezone.now()
    queue = waiting(0)
    if queue.since and now - queue.since > LONGEST_WAIT:
        seconds = int((now - queue.since).total_seconds())
        raise _Missing(f"{queue.number} changes wait for a recomputation, the oldest for {seconds} seconds")
    newest = ResultSet.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None:
        if is_loaded():
            raise _Missing("none: run manage.py recompute")
        return "none, and no project is recorded"
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if newest < today() and settings.CELERY_BROKER_URL and now - midnight > DAY_IS_BEGUN:
        raise _Missing(f"those of {newest} are the newest: today's were not computed")
    return f"as of {newest}, {queue.number} changes waiting"


def _broker() -> str:
    if not settings.CELERY_BROKER_URL:
        return "none is used: edits are published in the request"
    return f"answers, {messages_waiting()} messages waiting"


def _lives(kind: str) -> str:
    if not settings.CELERY_BROKER_URL:
        return "none is needed without a broker"
    ages = [process.age_seconds for process in heard_of() if process.kind == kind]
    lately = [age for age in ages if age <= LATE_HEARTBEAT_SECONDS]
    if not lately:
        raise _Missing(f"last heard of {min(ages):.0f} seconds ago" if ages else "never heard of")
    return f"{len(lately)} heard of, the latest {min(lately):.0f} seconds ago"
