"""How exact a sum of chips is, told by the words beside the numbers that were published (rule 9)."""

from collections.abc import Iterable

from portfolio.vocabulary import Bound


def bound_of_sum(bounds: Iterable[str], *, lacks: bool = False) -> str:
    """Return the words before a sum of numbers with these bounds: "" where it is exact.

    `lacks` is whether a number that belongs to the sum was not published. Numbers that bound the sum from
    different sides bound it from none: it is "about" that much.
    """
    kinds = {Bound(bound) for bound in bounds} - {Bound.EXACT}
    if lacks:
        kinds.add(Bound.AT_LEAST)
    if kinds == {Bound.ABOUT, Bound.AT_LEAST}:
        return "at least about"
    if len(kinds) > 1:
        kinds = {Bound.ABOUT}
    return "".join(str(kind.label).lower() for kind in kinds)
