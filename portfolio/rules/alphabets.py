"""The letters beyond ASCII that the languages of Europe use, to tell encodings apart by what they spell."""

from collections import Counter

# Letters that a text in the language uses; rare ones of loanwords are left out on purpose.
ALPHABETS = {
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåéö",
    "de": "äöüßé",
    "el": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
    "es": "áéíñóúü",
    "et": "äõöüšž",
    "fi": "äöåé",
    "fr": "àâçéèêëîïôùûüœæ",
    "ga": "áéíóú",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìíòóù",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mt": "ċġħżàèìòù",
    "nl": "äëéèïöüó",
    "pl": "ąćęłńóśźż",
    "pt": "àáâãçéêíóôõú",
    "ro": "ăâîșşțţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšž",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "sv": "åäöé",
    "tr": "çğıöşüâîi\u0307",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
_LETTERS = {language: frozenset(letters) for language, letters in ALPHABETS.items()}
USUAL_SIGNS = frozenset("€£§°–—‘’“”„‚«»…•·²³½®©™¡¿ºª\u00a0\u202f­")


def covered_by_one_language(text: str) -> float:
    """Return the largest part of a text's characters beyond ASCII that belong to one language, 0 to 1.

    A sign inside or beside a word, such as the "³" of "z³oty", speaks against the text as a whole.
    """
    counts: Counter[str] = Counter()
    total = 0
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char.isascii():
            continue
        total += 1
        if char.isalpha():
            counts[char.lower()] += 1
        elif char in USUAL_SIGNS and not (before.isalpha() and after.isalpha() and char not in "’‘"):
            counts["sign"] += 1
    if not total:
        return 1.0
    best = max(sum(counts[letter] for letter in letters) for letters in _LETTERS.values())
    return (best + counts["sign"]) / total
