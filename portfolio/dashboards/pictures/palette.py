"""The colours of pictures: those of the light theme, from the style sheet that has them."""

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage


def static_text(name: str) -> str:
    """Return the text of a static file; raise OSError where there is none."""
    found = find(name)
    return Path(found if isinstance(found, str) else staticfiles_storage.path(name)).read_text("utf-8")


@cache
def tokens() -> dict[str, str]:
    """Return the colours by the names of tokens.css."""
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})\b", static_text("css/tokens.css")))


def colour(name: str) -> str:
    """Return a colour by its token, or by the word of a style; raise KeyError for an unknown one."""
    return tokens()[name.replace("_", "-")]
