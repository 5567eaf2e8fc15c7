"""The catalogues have every text that pages say, in every language, and templates say nothing beside them."""

import re

import pytest

from investai.languages import catalogue, translations
from investai.wording import catalogues
from investai.wording.book import PLACE, book_of

TAG = re.compile(r"</?(\w+)")


def test_templates_say_nothing_outside_the_catalogues() -> None:
    found = [f"{name}: {text}" for name in catalogues.templates() for text in catalogues.unsaid_texts(name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", translations())
def test_a_catalogue_is_up_to_date(code: str) -> None:
    """Where it is not: .venv/bin/python scripts/update_catalogues.py"""
    assert catalogue(code).read_bytes() == catalogues.updated(code)


@pytest.mark.parametrize("code", translations())
def test_a_catalogue_is_complete(code: str) -> None:
    missing = [text for text, meaning in catalogues.translations_in(code).items() if not meaning.strip()]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("code", translations())
def test_a_translation_keeps_places_and_tags(code: str) -> None:
    """What differs from sentence to sentence, and links and emphasis, are in each language."""
    wrong = [
        f"{text} → {meaning}"
        for text, meaning in catalogues.translations_in(code).items()
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(meaning))
        or sorted(TAG.findall(text)) != sorted(TAG.findall(meaning))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", translations())
def test_a_compiled_catalogue_understands_what_python_made(code: str) -> None:
    """A stored sentence has its figures in it; `make setup` compiles the catalogues."""
    book = book_of(code)
    assert book is not None
    said = book.say(
        "€1,250,000 is approved or signed of a budget of €1,000,000: €250,000 more than it holds."
    )
    assert "approved" not in said
    assert "budget of" not in said
    assert book.say("€1,250,000") in said
