"""What the text of a spreadsheet's cell is, apart from what it means: spaces, and words for "unknown"."""

import hashlib
import re

from portfolio.names import folded

# What cannot be seen: soft hyphens, marks of width zero. Spaces of every kind are for str.split to know.
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u2060\ufeff]")
UNKNOWN_WORDS = frozenset(
    {"", "-", "--", "—", "–", "−", "n/a", "#n/a", "n.a.", "n.v.t.", "nvt", "k.a.", "s.o.", "?", "unknown"}
)
LONGEST_UNKNOWN = 12
_MASKED = re.compile(r"\*+")
LONGEST_SLUG = 100


def tidy(text: str) -> str:
    """Return a text with every run of spaces, of any kind, as one space; none at its ends."""
    return " ".join((text if text.isascii() else _UNSEEN.sub("", text)).split())


def is_unknown(text: str) -> bool:
    """Whether a tidied text says that nothing is known: blank, `-`, `n/a`, `n.v.t.`, or masked by asterisks.

    Zero is not unknown.
    """
    if len(text) > LONGEST_UNKNOWN and not text.startswith("*"):
        return False
    bare = text.casefold().replace(" ", "")
    return bare in UNKNOWN_WORDS or bool(_MASKED.fullmatch(bare))


def slug(text: str) -> str:
    """Return a key made from a text: ASCII letters and digits, hyphens between; empty where none is left.

    Letters of other scripts are no part of a key, so a name in Greek or Cyrillic gives nothing. A long one
    is cut, with a digest that keeps it apart from others that begin the same way.
    """
    plain = folded(tidy(text))
    if any(char.isalpha() and not char.isascii() for char in plain):
        return ""
    found = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    if len(found) <= LONGEST_SLUG:
        return found
    digest = hashlib.sha256(found.encode()).hexdigest()[:8]
    return f"{found[: LONGEST_SLUG - 9].strip('-')}-{digest}"
