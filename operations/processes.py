"""What every worker and beat does beside its work: it traces, counts, and says that it lives."""

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from celery import Task, bootsteps
from celery.app.log import Logging
from celery.beat import PersistentScheduler
from django.conf import settings
from kombu.exceptions import OperationalError

from operations.heartbeats import BEAT, EVERY_SECONDS, WORKER, note_task, say_alive, say_gone
from operations.tracing import TASK_HEADER, current_ids

SWEEP, SWEEP_EXPIRES_SECONDS = "portfolio.tasks.sweep", 20


class TracedTask(Task):
    """A task that knows which request it comes from, and is counted."""

    abstract = True

    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        request_id = current_ids().get("request_id")
        if request_id:
            options["headers"] = {TASK_HEADER: request_id, **(options.get("headers") or {})}
        return super().apply_async(args, kwargs, **options)

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        self.request.began = time.monotonic()  # type: ignore[attr-defined]

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        if settings.CELERY_BROKER_URL:
            seconds = time.monotonic() - getattr(self.request, "began", time.monotonic())
            note_task(self.name, "succeeded" if status == "SUCCESS" else "failed", seconds)


class WorkerHeartbeat(bootsteps.StartStopStep):
    """A thread of the worker's main process that says that it lives, however long a task takes."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.stopped = threading.Event()
        self.said_as = ""

    def start(self, parent: Any) -> None:
        self.said_as = str(parent.hostname)
        threading.Thread(target=self._say, name="heartbeat", daemon=True).start()

    def stop(self, parent: Any) -> None:
        self.stopped.set()
        say_gone(WORKER, self.said_as)

    def _say(self) -> None:
        while not self.stopped.is_set():
            say_alive(WORKER, self.said_as)
            self.stopped.wait(EVERY_SECONDS)


class CatchUp(bootsteps.StartStopStep):
    """Looks for work whenever a worker has reached the broker, at its start and after each loss.

    What was asked for while the broker was down, or what it lost, is answered before beat's next sweep.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        with suppress(OperationalError):  # it is gone again: the next time will come
            parent.app.send_task(SWEEP, expires=SWEEP_EXPIRES_SECONDS)


class BeatingScheduler(PersistentScheduler):
    """Beat's own scheduler, which says that it goes on: each time it looks at what is due."""

    said_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        waits = float(super().tick(*args, **kwargs))
        if time.monotonic() - self.said_at >= EVERY_SECONDS or not self.said_at:
            self.said_at = time.monotonic()
            say_alive(BEAT, socket.gethostname())
        return min(waits, EVERY_SECONDS)


class ProjectLogging(Logging):
    """Celery's logging left to the settings of the project, so that its lines are like all others."""

    def setup_logging_subsystem(self, loglevel: Any = None, *args: Any, **kwargs: Any) -> Any:
        if loglevel is not None:
            level = loglevel if isinstance(loglevel, int) else logging.getLevelName(str(loglevel).upper())
            logging.getLogger("celery").setLevel(level)
        return (True,)  # it is set up, and standard output stays what it is

    def setup_task_loggers(self, *args: Any, **kwargs: Any) -> logging.Logger:
        return logging.getLogger("celery.task")
