"""A progress bar for a terminal."""

import time
from typing import TextIO

WIDTH = 30
SECONDS_BETWEEN = 0.1


class ProgressBar:
    """Draws how much of a named thing is done, in place, a few times a second."""

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal
        self.drawn_at = 0.0

    def __call__(self, name: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.drawn_at < SECONDS_BETWEEN and done < total:
            return
        self.drawn_at = now
        part = done / total if total else 1.0
        bar = ("#" * round(part * WIDTH)).ljust(WIDTH, ".")
        self.terminal.write(f"\r\033[K{name:32} [{bar}] {part:4.0%}")
        self.terminal.flush()

    def clear(self) -> None:
        self.terminal.write("\r\033[K")
        self.terminal.flush()
