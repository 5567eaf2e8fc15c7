"""What the text of a spreadsheet's cell is, apart from what it means: spaces, and words for "unknown"."""

import re

from portfolio.names import folded

# Every space that Unicode knows, and what cannot be seen: no-break, thin and figure spaces, soft hyphens.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile(r"[\s\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
UNKNOWN_WORDS = frozenset(
    {"", "-", "--", "—", "–", "−", "n/a", "#n/a", "n.a.", "n.v.t.", "nvt", "k.a.", "s.o.", "?", "unknown"}
)
_MASKED = re.compile(r"\*+")
LONGEST_SLUG = 100


def tidy(text: str) -> str:
    """Return a text with every run of spaces, of any kind, as one space; none at its ends."""
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()


def is_unknown(text: str) -> bool:
    """Whether a tidied text says that nothing is known: blank, `-`, `n/a`, `n.v.t.`, or masked by asterisks.

    Zero is not unknown.
    """
    folded = text.casefold().replace(" ", "")
    return folded in UNKNOWN_WORDS or bool(_MASKED.fullmatch(folded))


def slug(text: str) -> str:
    """Return a key made from a text: ASCII letters and digits, hyphens between; empty where none is left.

    Letters of other scripts are no part of a key, so a name in Greek or Cyrillic gives nothing.
    """
    plain = folded(tidy(text))
    if any(char.isalpha() and not char.isascii() for char in plain):
        return ""
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
