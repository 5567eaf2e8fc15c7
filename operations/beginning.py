"""What a web process does before it takes requests: what takes long once is nobody's to wait for."""

import gc
import logging
import sys
import threading

from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.urls import get_resolver

from investai.drawing.loader import write_ahead
from portfolio.queries.memories import read_ahead
from portfolio.queries.results import published_set
from portfolio.queries.snapshot import reading

logger = logging.getLogger(__name__)

MOST_SECONDS = 15.0
# A page asks the database forty times, and waits after each answer for its turn among the threads: with
# Python's 5 ms for a turn, beside one that draws a page, that would be most of its time.
SECONDS_A_TURN = 0.001
# A page makes some ten thousand objects that live as long as it does: looked for garbage every 700, as Python
# does by itself, most looks would find none.
GARBAGE_AFTER = 10_000


def begin() -> None:
    """Read the code and templates of all pages, and ahead what they remember.

    It takes some time at most, and does not fail: without a database, a process has to begin as well, and its
    probes tell.
    """
    sys.setswitchinterval(SECONDS_A_TURN)
    thread = threading.Thread(target=_read, name="reading ahead", daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)
    gc.collect()
    gc.freeze()  # what is there by now stays: the collector need not go through it again and again
    gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])


def _compile_templates() -> None:
    """Keep the templates of all pages, and the functions that draw them: no first reader waits for theirs."""
    folder = settings.BASE_DIR / "templates"
    for file in sorted(folder.rglob("*.html")):
        found = get_template(file.relative_to(folder).as_posix())
        write_ahead(found.template)  # type: ignore[attr-defined]


def _read() -> None:
    try:
        get_resolver().url_patterns  # noqa: B018 - importing them is what takes time
        _compile_templates()
        with reading():
            results = published_set()
            if results is not None:
                read_ahead(results)
    except Exception as error:
        logger.warning("Nothing was read ahead. %s: %s", type(error).__name__, error)
    finally:
        connection.close()
