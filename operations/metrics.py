"""Metrics in the form of Prometheus: what this process and its siblings count, and what the database says.

Under gunicorn each process counts into files of PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py), which whoever is
asked adds up. No label has a name, an address or a key: routes are patterns.
"""

import os
from collections.abc import Iterable, Iterator

import redis
from django.conf import settings
from django.db import Error
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from operations import heartbeats
from operations.checks import all_checks
from operations.installation import seconds_of, space, work

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)
COUNTED = CollectorRegistry()

requests_answered = Counter(
    "investai_requests", "Requests answered", ["method", "route", "status"], registry=COUNTED
)
request_seconds = Histogram(
    "investai_request_seconds",
    "Seconds until an answer, or the first byte of a streamed one",
    ["method", "route"],
    buckets=BUCKETS,
    registry=COUNTED,
)
errors = Counter("investai_errors", "Exceptions that a view did not handle", ["kind"], registry=COUNTED)
exports = Counter("investai_exports", "Files that were asked for and begun", ["form"], registry=COUNTED)
exports_under_way = Gauge(
    "investai_exports_under_way",
    "Files being sent now",
    registry=COUNTED,
    multiprocess_mode="livesum",
)


def exposition() -> bytes:
    """Return all metrics as Prometheus reads them. A part that can't be had is absent; its check says why."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
        counted = generate_latest(registry)
    else:
        counted = generate_latest(COUNTED)
    asked = CollectorRegistry()
    asked.register(_Installation())
    return counted + generate_latest(asked)


class _Installation(Collector):
    """What all processes share, asked at each look."""

    def collect(self) -> Iterable[Metric]:
        checks = GaugeMetricFamily("investai_check", "1: found as it should be", labels=["name"])
        found = all_checks()
        for check in found:
            checks.add_metric([check.name], float(check.ok))
        yield checks
        release = GaugeMetricFamily("investai_release_info", "The version that runs", labels=["release"])
        release.add_metric([settings.RELEASE], 1)
        yield release
        if found[0].ok:
            try:
                yield from _of_the_database()
            except Error:
                return
        if settings.CELERY_BROKER_URL:
            try:
                yield from _of_the_broker()
            except redis.RedisError:
                return


def _of_the_database() -> Iterator[Metric]:
    now, used = work(), space()
    yield _gauge("investai_pending_requests", "Changes that wait for a recomputation", now.waiting)
    yield _gauge("investai_recompute_lag_seconds", "For how long the oldest has waited", now.lag_seconds)
    yield _gauge("investai_recomputations_failed_of_latest", "Of the latest 100 runs", now.failed)
    if now.runs:
        last, longest = seconds_of(now.runs[0]), max(seconds_of(run) for run in now.runs)
        yield _gauge("investai_recompute_seconds_last", "How long the last run took", last)
        yield _gauge("investai_recompute_seconds_longest", "The longest of the latest 100 runs", longest)
    if now.last_success_at:
        moment = now.last_success_at.timestamp()
        yield _gauge("investai_recompute_success_timestamp_seconds", "When one last succeeded", moment)
    yield _gauge("investai_database_bytes", "What the database takes", used.database)
    yield _gauge("investai_disk_free_bytes", "What is free where this process writes", used.free)


def _of_the_broker() -> Iterator[Metric]:
    waiting = heartbeats.messages_waiting()
    yield _gauge("investai_queue_messages", "Messages that wait in the broker for a worker", waiting)
    ages = GaugeMetricFamily(
        "investai_heartbeat_age_seconds", "Since a process was last heard of", labels=["kind", "name"]
    )
    for process in heartbeats.heard_of():
        ages.add_metric([process.kind, process.name], process.age_seconds)
    yield ages
    runs = CounterMetricFamily("investai_tasks", "Tasks that ended", labels=["task", "outcome"])
    seconds = CounterMetricFamily("investai_task_seconds", "What they took", labels=["task", "outcome"])
    for record in heartbeats.task_records():
        runs.add_metric([record.name, record.outcome], record.runs)
        seconds.add_metric([record.name, record.outcome], record.seconds)
    yield runs
    yield seconds


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
