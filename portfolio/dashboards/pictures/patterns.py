"""Patterns of pictures: a state has one as well as its colour, as in the reports."""

from typing import NamedTuple

TILE = 8
STRIPES = "M-2 2l4-4M0 8l8-8M6 10l4-4"
BACK = "M-2 6l4 4M0 0l8 8M6-2l4 4"
CROSSES = STRIPES + BACK
DOTS = "M2 2h.01M6 6h.01"


class Pattern(NamedTuple):
    """What a shape is filled with: the token of its ground, and lines in another colour."""

    ground: str
    lines: str
    token: str
    width: float = 1.2


PATTERNS = {
    "approved": Pattern("approved", STRIPES, "surface"),
    "coming": Pattern("under-appraisal", STRIPES, "signed"),
    "over": Pattern("critical", CROSSES, "surface"),
    "under_appraisal": Pattern("under-appraisal", DOTS, "signed", 2),
    "announced": Pattern("announced", STRIPES, "approved", 1),
    "gap": Pattern("sunken", BACK, "edge"),
    "ended": Pattern("sunken", STRIPES, "edge"),
}
