"""Sentences of Python whose places take what is said already: figures, names, and lists of both."""

from investai.wording.book import current_book, filled


def sentence(text: str, *values: str) -> str:
    """Return a text of the catalogue in the language of who reads; its places take what is said already."""
    book = current_book()
    meaning = text if book is None else book.exact.get(text, text)
    return filled(meaning, {str(number): value for number, value in enumerate(values, 1)})
