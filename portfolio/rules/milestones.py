"""How a milestone stands as of a day: what is recorded as done later has not been done yet."""

from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """How a milestone stands."""

    LATE = "late"
    TO_COME = "to_come"
    NO_DATE = "no_date"
    DONE_LATE = "done_late"
    DONE = "done"


def standing(due_on: date | None, done_on: date | None, as_of: date) -> Standing:
    """Return how a milestone stands as of a day; on the day it is due it isn't late yet."""
    if done_on is not None and done_on <= as_of:
        return Standing.DONE_LATE if due_on is not None and done_on > due_on else Standing.DONE
    if due_on is None:
        return Standing.NO_DATE
    return Standing.LATE if due_on < as_of else Standing.TO_COME
