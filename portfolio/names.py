"""Names as people look for them: without case, diacritics and typographic marks."""

import unicodedata

# Letters that Unicode does not decompose, and marks that a keyboard has in one form only.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        **dict.fromkeys("‘’‚‛ʼ′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)


def folded(text: str) -> str:
    """Return a text for comparison: case folded, diacritics stripped, blanks squeezed.

    “ Śląska  Fabryka ” and “slaska fabryka” are the same. Folded again, it stays as it is.
    """
    plain = _without_marks(_without_marks(text).casefold().translate(_PLAIN))
    return " ".join(plain.split())


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
