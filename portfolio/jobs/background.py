"""Work in the background of this process, one piece after the other, where there is no broker."""

import logging
import time
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread

from django.db import connection

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 3.0


class Background:
    """A queue of numbered work, and the thread that does it: there is one while there is work.

    `work` returns whether the work is done; what is not, is tried again after the rest. The thread goes with
    the process: what it left undone has to be found by whoever looks after the work.
    """

    def __init__(self, work: Callable[[int], bool]) -> None:
        self._work = work
        self._waiting: deque[int] = deque()
        self._turn = Lock()
        self._thread: Thread | None = None

    def add(self, pk: int) -> None:
        """Have a piece of work done, unless it waits already."""
        with self._turn:
            if pk not in self._waiting:
                self._waiting.append(pk)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="background work", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the work is done, or so many seconds have passed."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        try:
            while True:
                with self._turn:
                    if not self._waiting:
                        self._thread = None
                        return
                    pk = self._waiting[0]
                done = self._done(pk)
                with self._turn:
                    self._waiting.popleft()
                    if not done:
                        self._waiting.append(pk)
                if not done:
                    time.sleep(AGAIN_SECONDS)
        finally:
            connection.close()

    def _done(self, pk: int) -> bool:
        try:
            return self._work(pk)
        except Exception:
            logger.exception("Background work %s stopped", pk)
            return True
