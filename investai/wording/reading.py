"""In which language who reads is answered. A page asks some two thousand times, so it is kept at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import translation

from investai.languages import SOURCE

_code: ContextVar[str] = ContextVar("code", default="")


@contextmanager
def reading_in(code: str) -> Iterator[None]:
    """Answer in a language, as Django's texts are as well."""
    with translation.override(code):
        token = _code.set(translation.get_language() or SOURCE)
        try:
            yield
        finally:
            _code.reset(token)


def reader_s_language() -> str:
    """Return the code of the language of who reads."""
    return _code.get() or translation.get_language() or SOURCE
