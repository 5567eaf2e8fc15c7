"""Names as people look for them: without case, diacritics and typographic marks."""

import unicodedata

# Letters that Unicode does not decompose, or that one letter has two of, and marks that a keyboard has in
# one form only.
PLAIN = {
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
    "ς": "σ",
    **dict.fromkeys("‘’‚‛ʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
# Below are the letters of Europe; what other characters become is not kept.
KEPT = 0x3000


class _Letters(dict[int, str]):
    """What characters become, by code: decomposed, without marks, in lower case, plain."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code))
        letters = "".join(part for part in parts if not unicodedata.combining(part)).lower()
        found = "".join(PLAIN.get(letter, letter) for letter in letters)
        if code < KEPT:
            self[code] = found
        return found


_LETTERS = _Letters()


def folded(text: str) -> str:
    """Return a text for comparison: in lower case, diacritics stripped, blanks squeezed.

    “ Śląska  Fabryka ” and “slaska fabryka” are the same. Folded again, it stays as it is. Databases do the
    same to a column (`models.folding`): what is changed here is changed there.
    """
    plain = text.lower() if text.isascii() else text.translate(_LETTERS)
    return " ".join(plain.split())
