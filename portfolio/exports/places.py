"""How many large files are written at once: few, so that downloads never keep pages waiting."""

from contextlib import AbstractContextManager, ExitStack

from django.conf import settings

from portfolio.exports.giving_way import asks_for_much
from portfolio.jobs.locks import EXPORTS, Busy, a_place

LARGE = 20_000  # rows; what is smaller takes a moment, and is not counted
RETRY_SECONDS = 10


class TooManyExports(Exception):
    """As many large files are being written as may be at once; its text says so."""


def take_place(stack: ExitStack, row_count: int) -> None:
    """Take one of the places of large exports until the stack, and its snapshot, are closed, if it needs one.

    Other large files do not give way to who needs one. Raise TooManyExports where all are taken.
    """
    if row_count < LARGE:
        return
    asks_for_much()
    place: AbstractContextManager[None] = a_place(EXPORTS, settings.LARGE_EXPORTS)
    try:
        stack.enter_context(place)
    except Busy as error:
        raise TooManyExports(
            f"{settings.LARGE_EXPORTS} large files are being written, and more at once would keep pages"
            f" waiting. Ask again in {RETRY_SECONDS} seconds. Lists under {LARGE:,} rows are not counted."
        ) from error
