"""How a milestone stands as of a day."""

from datetime import date

import pytest

from portfolio.rules.milestones import Standing, standing

D = date(2026, 6, 30)
BEFORE, AFTER = date(2026, 6, 29), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("due", "done", "expected"),
    [
        (BEFORE, None, Standing.LATE),
        (D, None, Standing.TO_COME),
        (AFTER, None, Standing.TO_COME),
        (None, None, Standing.NO_DATE),
        (None, D, Standing.DONE),
        (D, D, Standing.DONE),
        (BEFORE, D, Standing.DONE_LATE),
        (BEFORE, AFTER, Standing.LATE),
        (AFTER, AFTER, Standing.TO_COME),
        (None, AFTER, Standing.NO_DATE),
    ],
)
def test_a_milestone_stands_as_the_day_knows(due: date | None, done: date | None, expected: Standing) -> None:
    assert standing(due, done, D) is expected
