"""What gunicorn is told here, whoever starts it in this folder; options of the command line come on top."""

import atexit
import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from operations.logs import FORMATS, logging_as
from portfolio.exports import giving_way

# Each process counts into files of its own, which are added up for /metrics.
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="investai-metrics-")
METRICS_FOLDER = os.environ["PROMETHEUS_MULTIPROC_DIR"]
MASTER = os.getpid()

# A wrong LOG_FORMAT is refused by the settings, with a sentence.
_form = os.environ.get("LOG_FORMAT", "").strip().lower()
logconfig_dict = logging_as(_form if _form in FORMATS else "text", requests=False)
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"handlers": ["console"], "propagate": False},  # --log-level says from which level
    # It would name addresses and queries; LOG_REQUESTS has lines of the application instead.
    "gunicorn.access": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
}


def pre_fork(server: Any, worker: Any) -> None:
    """Give the new process a place to count in; make the folder again if somebody tidied /tmp.

    Without the folder it could not start.
    """
    Path(METRICS_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in count() if place not in taken)
    giving_way.begin_process(worker.place)


def post_worker_init(worker: Any) -> None:
    """Let the new process read what takes long once, before it takes requests."""
    from operations.beginning import begin

    begin()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a process that has ended, and whom it was answering; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
    giving_way.end_process(worker.place)


def _clean() -> None:
    if os.getpid() == MASTER:
        shutil.rmtree(METRICS_FOLDER, ignore_errors=True)


atexit.register(_clean)
