"""What a web process does before it takes requests: what takes long once is nobody's to wait for."""

import gc
import logging
import sys
import threading

from django.db import connection
from django.urls import get_resolver

from portfolio.queries.memories import read_ahead
from portfolio.queries.results import published_set
from portfolio.queries.snapshot import reading

logger = logging.getLogger(__name__)

MOST_SECONDS = 15.0
# A page asks the database forty times, and waits after each answer for its turn among the threads: with
# Python's 5 ms for a turn, beside one that draws a page, that would be most of its time.
SECONDS_A_TURN = 0.001


def begin() -> None:
    """Read the code of all pages, and ahead what they remember; for some time at most, and without failing.

    Without a database, a process has to begin as well: its probes tell.
    """
    sys.setswitchinterval(SECONDS_A_TURN)
    thread = threading.Thread(target=_read, name="reading ahead", daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)
    gc.collect()
    gc.freeze()  # what is there by now stays: the collector need not go through it again and again


def _read() -> None:
    try:
        get_resolver().url_patterns  # noqa: B018 - importing them is what takes time
        with reading():
            results = published_set()
            if results is not None:
                read_ahead(results)
    except Exception as error:
        logger.warning("Nothing was read ahead. %s: %s", type(error).__name__, error)
    finally:
        connection.close()
