"""What the words beside published numbers make of their sum."""

import pytest

from portfolio.rules.chip_bounds import bound_of_sum


@pytest.mark.parametrize(
    ("bounds", "lacks", "words"),
    [
        ([], False, ""),
        (["exact", "exact"], False, ""),
        (["exact", "about"], False, "about"),
        (["at_most", "exact"], False, "at most"),
        (["at_least"], True, "at least"),
        (["exact"], True, "at least"),
        (["about"], True, "at least about"),
        (["at_most", "at_least"], False, "about"),
        (["at_most"], True, "about"),
        (["at_most", "about", "at_least"], False, "about"),
    ],
)
def test_a_sum_is_as_exact_as_its_terms(bounds: list[str], lacks: bool, words: str) -> None:
    assert bound_of_sum(bounds, lacks=lacks) == words
